interface Row {
  readonly token: string
}

declare const table: {
  readonly tokens: ReadonlyArray<Row>
}

export default table

// In NodeNext a default import of JSON has the type of this module, so its members stand here too. Import the default only.
export declare const tokens: (typeof table)["tokens"]
