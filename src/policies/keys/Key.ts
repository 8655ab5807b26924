import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { isTooLarge, type ErrorFields } from "../../domain/ErrorFields.ts"
import { retryAfter } from "../../domain/ProviderError.ts"

/**
 * How a key is doing: `refused` keys are not used until they are changed. `cooling` is what is left of its rest, where it rests
 * for all models; `coolingModels` the models for which it does. `busy` is the number of calls in progress.
 *
 * @since 0.1.0
 * @category models
 */
export interface KeyState {
  readonly name: string
  readonly isRefused: boolean
  readonly cooling: Duration.Duration | undefined
  readonly coolingModels: ReadonlyArray<string>
  readonly busy: number
}

/**
 * What an error says about the key that was used:
 * - `cools`: it rests, for all models or for the one that was called.
 * - `refused`: it leaves the pool.
 * - `limited`: its own limits refused the call; `skipped`: it cannot serve this call. Both only lead to the next key.
 */
export type Verdict =
  | { readonly type: "cools"; readonly forAll: boolean; readonly millis: number; readonly isQuota: boolean }
  | { readonly type: "refused" }
  | { readonly type: "limited"; readonly millis: number }
  | { readonly type: "skipped" }

/** The verdict on a key, after which the next one is tried; `undefined` where another key would not help. */
export const verdictOf = (
  error: unknown,
  provider: string,
  rests: { readonly cooldown: number; readonly quotaCooldown: number }
): Verdict | undefined => {
  const fields = (error ?? {}) as ErrorFields & {
    readonly _tag?: unknown
    readonly requested?: unknown
    readonly allowed?: unknown
  }
  if (fields.provider !== undefined && fields.provider !== provider) return undefined
  const retryAfterMillis = Duration.toMillis(retryAfter(error) ?? Duration.zero)
  switch (fields._tag) {
    case "AuthenticationError":
      return { type: "refused" }
    case "QuotaExceededError":
      return { type: "cools", forAll: true, millis: rests.quotaCooldown, isQuota: true }
    case "PermissionDeniedError":
      return { type: "cools", forAll: false, millis: rests.cooldown, isQuota: false }
    case "RateLimitError": {
      if (isTooLarge(fields)) return { type: "skipped" }
      const millis = retryAfterMillis > 0 ? Math.min(retryAfterMillis, rests.quotaCooldown) : rests.cooldown
      return { type: "cools", forAll: false, millis, isQuota: false }
    }
    case "LocalRateLimitError":
      return { type: "limited", millis: retryAfterMillis }
    default:
      return undefined
  }
}

/** How long a key rests, and whether for lack of quota; a refused one for ever. */
export interface Rest {
  readonly millis: number
  readonly isQuota: boolean
}

const mostModels = 1000

/** One key, and what is known of it. A changed key is another one: late errors of the old one do not touch it. */
export class Key {
  readonly name: string
  busy = 0
  #isRefused = false
  #until = 0
  readonly #untilByModel = new Map<string, number>()

  constructor(name: string) {
    this.name = name
  }

  /** Counts a call in progress. */
  readonly use: Effect.Effect<unknown, never, Scope.Scope> = Effect.acquireRelease(
    Effect.sync(() => this.busy++),
    () => Effect.sync(() => this.busy--)
  )

  judge(verdict: Verdict, model: string, now: number): void {
    if (verdict.type === "refused") this.#isRefused = true
    if (verdict.type !== "cools") return
    const until = now + verdict.millis
    if (verdict.forAll) this.#until = Math.max(this.#until, until)
    else {
      if (this.#untilByModel.size >= mostModels) this.#forgetBefore(now)
      this.#untilByModel.set(model, Math.max(this.#untilByModel.get(model) ?? 0, until))
    }
  }

  /** How long it may not be used for a model, in milliseconds. */
  waitFor(model: string, now: number): number {
    return this.restFor(model, now).millis
  }

  restFor(model: string, now: number): Rest {
    if (this.#isRefused) return { millis: Infinity, isQuota: false }
    const forAll = this.#until - now
    const forModel = (this.#untilByModel.get(model) ?? 0) - now
    return { millis: Math.max(0, forAll, forModel), isQuota: forAll > 0 && forAll >= forModel }
  }

  stateAt(now: number): KeyState {
    const left = this.#until - now
    return {
      name: this.name,
      isRefused: this.#isRefused,
      cooling: left > 0 ? Duration.millis(left) : undefined,
      coolingModels: [...this.#untilByModel].flatMap(([model, until]) => (until > now ? [model] : [])),
      busy: this.busy
    }
  }

  /** Models that no longer rest, else the one that has rested longest. */
  #forgetBefore(now: number): void {
    for (const [model, until] of this.#untilByModel) if (until <= now) this.#untilByModel.delete(model)
    const [oldest] = this.#untilByModel.keys()
    if (this.#untilByModel.size >= mostModels && oldest !== undefined) this.#untilByModel.delete(oldest)
  }
}
