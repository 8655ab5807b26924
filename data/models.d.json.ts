type Rates = ReadonlyArray<number | null | { readonly [meter: string]: number }>

interface Version {
  readonly p?: Rates
  readonly t?: ReadonlyArray<readonly [above: number, inclusive: 0 | 1, rates: Rates]>
  readonly w?: ReadonlyArray<readonly [start: string, end: string, rates: Rates, days?: string, dayZone?: string]>
}

interface Row extends Version {
  readonly i: string
  readonly n?: string
  readonly k?: string
  readonly c?: number
  readonly o?: number
  readonly m?: string
  readonly f?: string
  readonly e?: string
  readonly d?: 1 | string
  readonly v?: ReadonlyArray<readonly [from: string, version: Version]>
  readonly x?: { readonly [tier: string]: number | Pick<Version, "p" | "t"> }
  readonly r?: { readonly [region: string]: number }
  readonly b?: "free" | "subscription"
  readonly l?: { readonly [meter: string]: number }
  readonly a?: ReadonlyArray<string>
  readonly q?: ReadonlyArray<string>
  readonly s?: string
}

declare const table: {
  readonly checked: string
  readonly sources: {
    readonly [source: string]: { readonly name: string; readonly date: string }
  }
  readonly providers: {
    readonly [provider: string]: { readonly name: string; readonly models: ReadonlyArray<Row> }
  }
}

export = table
