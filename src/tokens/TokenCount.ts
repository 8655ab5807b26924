/**
 * How precise a count is: `Exact` equals the provider's own count. `Estimated` has the expected error as a fraction of
 * the count (nine of ten estimates lie within it), and the reasons for it.
 *
 * @since 0.1.0
 * @category models
 */
export type Precision =
  | { readonly _tag: "Exact" }
  | { readonly _tag: "Estimated"; readonly expectedError: number; readonly reasons: ReadonlyArray<string> }

/**
 * A number of tokens, and how precise it is.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenCount {
  readonly tokens: number
  readonly precision: Precision
}

/**
 * A count equal to the provider's own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const exact = (tokens: number): TokenCount => ({ tokens, precision: { _tag: "Exact" } })

/**
 * A count that may be off by the fraction `expectedError` (0.1 is a tenth), and why.
 *
 * @since 0.1.0
 * @category constructors
 */
export const estimated = (tokens: number, expectedError: number, reasons: ReadonlyArray<string>): TokenCount => ({
  tokens,
  precision: { _tag: "Estimated", expectedError, reasons }
})

/**
 * The count plus its expected error: the upper bound to compare with a limit.
 *
 * @since 0.1.0
 * @category accessors
 */
export const atMost = ({ precision, tokens }: TokenCount): number =>
  precision._tag === "Exact" ? tokens : Math.ceil(tokens * (1 + precision.expectedError) - 1e-6)
