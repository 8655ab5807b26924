/**
 * What a provider's error answer says, as far as its form tells: which of our errors it is follows from the
 * provider's table, not from the protocol. `body` is the whole answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProviderFailure {
  readonly _tag: "ProviderFailure"
  /** The status that the body itself names (errors inside a 200 stream), else absent. */
  readonly status?: number | undefined
  readonly code?: string | undefined
  readonly type?: string | undefined
  /** The parameter that the provider complains about, by its own name. */
  readonly param?: string | undefined
  readonly message?: string | undefined
  readonly requestId?: string | undefined
  /** Seconds to wait, where the body says so. */
  readonly retryAfterSeconds?: number | undefined
  /** What was read before belongs to a response that does not go on as a whole: another begins, or a piece is missing. */
  readonly isInterrupted?: boolean | undefined
  readonly body: unknown
}
