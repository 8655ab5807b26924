interface Row {
  readonly provider: string
  readonly model: string
  readonly source: string
  readonly checked: string
}

interface Rates {
  readonly [meter: string]: number
}

interface Window {
  readonly start: string
  readonly end: string
  readonly days?: ReadonlyArray<number>
  readonly dayZone?: string
  readonly rates: Rates
}

declare const table: {
  readonly checked: string
  readonly tiers: ReadonlyArray<Row & { readonly tier: string; readonly multiplier?: number; readonly rates?: Rates }>
  readonly regions: ReadonlyArray<Row & { readonly region: string; readonly multiplier: number }>
  readonly fees: ReadonlyArray<Row & { readonly rates: Rates }>
  readonly schedules: ReadonlyArray<
    Row & {
      readonly versions: ReadonlyArray<{
        readonly from?: string
        readonly rates: Rates
        readonly windows?: ReadonlyArray<Window>
      }>
    }
  >
}

export = table
