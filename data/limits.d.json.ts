interface Row {
  readonly provider: string
  readonly model: string
  readonly images?: number
  readonly imageBytes?: number
  readonly imageBase64Bytes?: number
  readonly imagePixels?: number
  readonly manyImages?: number
  readonly manyImagePixels?: number
  readonly requestBytes?: number
  readonly stop?: number
  readonly topLogprobs?: number
  readonly tools?: number
  readonly temperature?: ReadonlyArray<number>
  readonly metadata?: number
  readonly metadataKeyChars?: number
  readonly metadataValueChars?: number
  readonly checked: string
}

declare const table: {
  readonly limits: ReadonlyArray<Row>
}

export default table

// In NodeNext a default import of JSON has the type of this module, so its members stand here too. Import the default only.
export declare const limits: (typeof table)["limits"]
