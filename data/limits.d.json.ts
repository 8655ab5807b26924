interface Row {
  readonly provider: string
  readonly model: string
  readonly requestBytes?: number
  readonly requestBytesBase64?: number
  readonly images?: number
  readonly imageBytes?: number
  readonly imageBase64Bytes?: number
  readonly imageUrlBytes?: number
  readonly imagePixels?: number
  readonly pdfPages?: number
  readonly stop?: number
  readonly tools?: number
  readonly topLogprobs?: number
  readonly temperature?: readonly [min: number, max: number]
  readonly reasoningBudgetMin?: number
  readonly metadata?: number
  readonly metadataKeyChars?: number
  readonly metadataValueChars?: number
  readonly note?: string
  readonly source: string
  readonly checked: string
}

declare const table: {
  readonly checked: string
  readonly limits: ReadonlyArray<Row>
}

export default table

// In NodeNext a default import of JSON has the type of this module, so its members stand here too. Import the default only.
export declare const checked: (typeof table)["checked"]
export declare const limits: (typeof table)["limits"]
