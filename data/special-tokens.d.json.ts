interface Row {
  readonly token: string
  readonly kind: "end" | "start"
  readonly where?: "end"
  readonly family: string
  readonly source: string
}

declare const table: {
  readonly checked: string
  readonly tokens: ReadonlyArray<Row>
}

export default table

// In NodeNext a default import of JSON has the type of this module, so its members stand here too. Import the default only.
export declare const checked: (typeof table)["checked"]
export declare const tokens: (typeof table)["tokens"]
