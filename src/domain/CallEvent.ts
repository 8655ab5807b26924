import type { Cached } from "./Cached.ts"
import type { Attempt } from "./ChatResponse.ts"
import type { Cost } from "./Cost.ts"
import type { RateLimits } from "./RateLimits.ts"
import type { Usage } from "./Usage.ts"

/**
 * What policies need to know of an event of a stream. `response-start` is the first: the provider accepted the request.
 * `restarted`: the response starts over. `usage` replaces the one before. `finish` is the last, exactly once.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallEvent {
  readonly type: string
  readonly provider?: string | undefined
  readonly model?: string | undefined
  readonly usage?: Usage | undefined
  readonly cost?: Cost | undefined
  readonly attempts?: ReadonlyArray<Attempt> | undefined
  /** Of `response-start`: what the headers say. */
  readonly rateLimits?: RateLimits | undefined
  /** Of `response-start` and `finish`: present where a cache replays a response of an earlier call. */
  readonly cached?: Cached | undefined
  /** Of `malformed-frame`: why a message of the stream could not be read. */
  readonly message?: string | undefined
}
