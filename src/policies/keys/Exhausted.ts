import * as Duration from "effect/Duration"
import { AuthenticationError, QuotaExceededError } from "../../domain/CallErrors.ts"
import { RateLimitError } from "../../domain/ChatResponse.ts"
import type { ErrorFields } from "../../domain/ErrorFields.ts"
import type { Rest } from "./Key.ts"

/** The keys of a pool, none of which can serve a call: how long each rests, and how long the own limits of some refuse. */
interface Exhaustion {
  readonly provider: string
  readonly model: string
  readonly waits: ReadonlyArray<Rest>
  readonly localWaits: ReadonlyArray<number>
}

/**
 * The error of a call that no key can serve: the last one of the provider, with the time until the first key is back. `last` itself
 * where it says all there is to say.
 */
export const exhausted = <E>(
  { localWaits, model, provider, waits }: Exhaustion,
  last: E | undefined
): E | RateLimitError | QuotaExceededError | AuthenticationError => {
  const resting = waits.filter(({ millis }) => millis > 0 && millis < Infinity)
  const soonest = resting.toSorted((a, b) => a.millis - b.millis)[0]
  const local = localWaits.length === 0 ? Infinity : Math.min(...localWaits)
  if (soonest === undefined) {
    return last ?? new AuthenticationError({ ...named(provider, model), remedy: allRefused(waits.length) })
  }
  const fields = detailed(last, named(provider, model), waits.length)
  return soonest.isQuota && soonest.millis <= local
    ? new QuotaExceededError(fields)
    : new RateLimitError({ ...fields, retryAfter: Duration.millis(Math.min(soonest.millis, local)) })
}

const named = (provider: string, model: string) => ({
  provider,
  model: model.startsWith(`${provider}/`) ? model.slice(provider.length + 1) : model
})

const detailed = (last: unknown, names: ReturnType<typeof named>, keys: number) => {
  const { code, detail, requestId, status } = (last ?? {}) as ErrorFields
  const resting = keys === 1 ? "the only key of the pool rests" : `all ${keys} keys of the pool rest`
  return {
    ...names,
    status,
    requestId,
    code,
    detail: detail === undefined ? resting : `${resting}; ${detail}`,
    cause: last
  }
}

const allRefused = (keys: number): string =>
  keys === 0
    ? "The pool has no keys: give it some."
    : `The provider refused ${keys === 1 ? "the only key" : `all ${keys} keys`} of the pool: replace them.`
