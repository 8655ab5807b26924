interface Row {
  readonly provider: string
  readonly model: string
  readonly note?: string
  readonly source: string
  readonly checked: string
}

declare const table: {
  readonly models: ReadonlyArray<Row>
}

export default table

// In NodeNext a default import of JSON has the type of this module, so its members stand here too. Import the default only.
export declare const models: (typeof table)["models"]
