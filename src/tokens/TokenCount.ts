/**
 * How far a count can be trusted: `Exact` is what the provider counts. `Estimated` comes with the error to expect, as a
 * share of the count (nine of ten estimates lie within it), and with what was not known exactly.
 *
 * @since 0.1.0
 * @category models
 */
export type Precision =
  | { readonly _tag: "Exact" }
  | { readonly _tag: "Estimated"; readonly expectedError: number; readonly reasons: ReadonlyArray<string> }

/**
 * How many tokens something has.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenCount {
  readonly tokens: number
  readonly precision: Precision
}

/**
 * A count that the provider would come to as well.
 *
 * @since 0.1.0
 * @category constructors
 */
export const exact = (tokens: number): TokenCount => ({ tokens, precision: { _tag: "Exact" } })

/**
 * A count that may be wrong by the share `expectedError` (0.1 is a tenth), and why.
 *
 * @since 0.1.0
 * @category constructors
 */
export const estimated = (tokens: number, expectedError: number, reasons: ReadonlyArray<string>): TokenCount => ({
  tokens,
  precision: { _tag: "Estimated", expectedError, reasons }
})

/**
 * The count with the expected error on top, for what must not be too long.
 *
 * @since 0.1.0
 * @category accessors
 */
export const atMost = ({ precision, tokens }: TokenCount): number =>
  precision._tag === "Exact" ? tokens : Math.ceil(tokens * (1 + precision.expectedError) - 1e-6)
