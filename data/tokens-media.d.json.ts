interface Row {
  readonly id: string
  /** Nine of ten counts lie within this share of the truth. */
  readonly error: number
  readonly source: string
}

type ImageRow = Row &
  (
    | { readonly type: "tile"; readonly base: number; readonly tile: number }
    | {
        readonly type: "patch"
        readonly multiplier: number
        readonly details: { readonly [detail: string]: { readonly edge: number; readonly patches?: number } }
      }
    | { readonly type: "area"; readonly patch: number; readonly edge: number; readonly most: number }
    | { readonly type: "grid"; readonly small: number; readonly cell: number; readonly tokens: number }
    | { readonly type: "fixed"; readonly tokens: { readonly [detail: string]: number } }
  )

declare const table: {
  readonly images: ReadonlyArray<ImageRow>
  readonly audio: ReadonlyArray<Row & { readonly input: number; readonly output: number }>
  readonly video: ReadonlyArray<Row & { readonly perSecond: number }>
  readonly documents: ReadonlyArray<Row & { readonly perPage: number }>
}

export default table

// In NodeNext a default import of JSON has the type of this module, so its members stand here too. Import the default only.
export declare const images: (typeof table)["images"]
export declare const audio: (typeof table)["audio"]
export declare const video: (typeof table)["video"]
export declare const documents: (typeof table)["documents"]
