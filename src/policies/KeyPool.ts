/**
 * Uses several keys or accounts of one provider in turn.
 *
 * ```ts
 * import { Effect, Redacted } from "effect"
 * import { OpenAi } from "effect-llm"
 * import * as KeyPool from "effect-llm/policies/KeyPool"
 *
 * const program = Effect.gen(function* () {
 *   const pool = yield* KeyPool.make(OpenAi, [
 *     { name: "team-a", credentials: { apiKey: Redacted.make("sk-...") } },
 *     { name: "team-b", credentials: { apiKey: Redacted.make("sk-...") } }
 *   ])
 *   return yield* OpenAi.model("gpt-5.4-mini").pipe(pool.policy).generate("Hello")
 * })
 * ```
 *
 * Put it directly on the provider's models, within retries and fallbacks. A call that brings its own key (`withCredentials`) uses
 * that and leaves the pool alone.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type Credentials, current, provide, type ScopedCredentials, type Target } from "../client/Credentials.ts"
import type { Capability } from "../domain/Capability.ts"
import type { AuthenticationError, QuotaExceededError } from "../domain/CallErrors.ts"
import type { RateLimitError } from "../domain/ChatResponse.ts"
import { currentSteadyMillis } from "../domain/SteadyClock.ts"
import { type Model, withVariant } from "../model/Model.ts"
import { attempts, type Failure, type Plan } from "./Attempts.ts"
import { record } from "./Decision.ts"
import { headersOnly, sameCredentials } from "./keys/CallerCredentials.ts"
import { exhausted } from "./keys/Exhausted.ts"
import { Key, type KeyState, type Verdict, verdictOf } from "./keys/Key.ts"
import { perCall, type Policy } from "./Policy.ts"

export type { KeyState } from "./keys/Key.ts"

/**
 * The class of the provider whose keys are pooled.
 *
 * @since 0.1.0
 * @category models
 */
export interface PooledProvider<in Given> {
  readonly definition: { readonly id: string; readonly identity?: symbol | undefined }
  readonly withCredentials: (credentials: Given) => <T extends Target>(self: T) => T
}

/**
 * - `credentials`: as `withCredentials` takes them: a key, and where the account needs it a base URL, headers and settings.
 * - `name`: how decisions and states call it; its place in the list, `#1`, if left out. It is shown, so it is no secret.
 * - `limits`: a policy around the calls with this key alone, such as a rate limit. Where it refuses a call, the next key is tried.
 *
 * @since 0.1.0
 * @category models
 */
export interface Entry<out Given, out E1 = never, out R1 = never> {
  readonly credentials: Given
  readonly name?: string | undefined
  readonly limits?: Policy<E1, R1> | undefined
}

/**
 * - `strategy`: whether keys take turns (`round-robin`, the default) or the one with the fewest calls in progress is next
 *   (`least-busy`).
 * - `cooldown`: how long a key rests after a rate limit without `Retry-After`, or a permission that it lacks (30 s).
 * - `quotaCooldown`: how long it rests once its quota is used up, and the longest `Retry-After` to honour (1 hour).
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly strategy?: "round-robin" | "least-busy" | undefined
  readonly cooldown?: Duration.Input | undefined
  readonly quotaCooldown?: Duration.Input | undefined
}

/**
 * - `policy`: makes models call with the keys of the pool. A stream changes keys only before its first content.
 * - `replace`: puts other entries in place of all those there are; one of the same name and credentials keeps its state.
 *
 * @since 0.1.0
 * @category models
 */
export interface KeyPool<in Given, in out E1 = never, in out R1 = never> {
  readonly policy: Policy<RateLimitError | QuotaExceededError | AuthenticationError | E1, R1>
  readonly replace: (entries: ReadonlyArray<Entry<Given, E1, R1>>) => Effect.Effect<void>
  readonly states: Effect.Effect<ReadonlyArray<KeyState>>
}

/**
 * Makes a pool. Its models fail over from key to key within one call: a key that the rate limit stops rests for that model for as
 * long as the provider says (`RateLimitError`), one without quota rests longer (`QuotaExceededError`), one that is not accepted
 * (`AuthenticationError`) leaves the pool until `replace` changes it, and one that may not use a model (`PermissionDeniedError`)
 * rests for that model. Every other error is the call's.
 *
 * While all keys rest, calls fail with `RateLimitError` at once, whose `retryAfter` is the time until the first is back (with
 * `QuotaExceededError` where that one waits for its quota); without any usable key, with `AuthenticationError`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <Given extends Credentials<string>, E1 = never, R1 = never>(
  provider: PooledProvider<Given>,
  entries: ReadonlyArray<Entry<NoInfer<Given>, E1, R1>>,
  options: Options = {}
): Effect.Effect<KeyPool<Given, E1, R1>> =>
  Effect.sync(() => {
    const pool = new Pool<Given, E1, R1>(provider.definition, options)
    pool.replace(entries)
    return {
      policy: (self) => pooled(self, pool),
      replace: (entries) => Effect.sync(() => pool.replace(entries)),
      states: Effect.map(currentSteadyMillis, (now) => pool.keys.map(({ key }) => key.stateAt(now)))
    }
  })

interface PoolEntry<Given, E1, R1> extends Entry<Given, E1, R1> {
  readonly key: Key
  readonly scoped: ScopedCredentials
}

/** The entries of a pool, and whose turn it is. */
class Pool<Given extends Credentials<string>, E1, R1> {
  keys: ReadonlyArray<PoolEntry<Given, E1, R1>> = []
  readonly provider: string
  readonly identity: symbol | undefined
  readonly rests: { readonly cooldown: number; readonly quotaCooldown: number }
  readonly #strategy: "round-robin" | "least-busy"
  #turn = 0

  constructor({ id, identity }: PooledProvider<never>["definition"], options: Options) {
    this.provider = id
    this.identity = identity
    this.#strategy = options.strategy ?? "round-robin"
    this.rests = {
      cooldown: Duration.toMillis(Duration.fromInputUnsafe(options.cooldown ?? "30 seconds")),
      quotaCooldown: Duration.toMillis(Duration.fromInputUnsafe(options.quotaCooldown ?? "1 hour"))
    }
  }

  replace(entries: ReadonlyArray<Entry<Given, E1, R1>>): void {
    const before = this.keys
    this.keys = entries.map((entry, index) => {
      const name = entry.name ?? `#${index + 1}`
      const same = before.find(
        ({ credentials, key }) => key.name === name && sameCredentials(credentials, entry.credentials)
      )
      // Models are kept by this object, with their limits.
      const isSame = same !== undefined && same.limits === entry.limits
      const scoped = isSame ? same.scoped : { identity: this.identity, credentials: entry.credentials }
      return { ...entry, key: same?.key ?? new Key(name), scoped }
    })
  }

  /** The key whose turn it is, of those that may serve the model and were not tried. */
  next(model: string, now: number, tried: ReadonlySet<Key>): PoolEntry<Given, E1, R1> | undefined {
    const { length } = this.keys
    let best: PoolEntry<Given, E1, R1> | undefined
    let bestIndex = 0
    for (let step = 0; step < length; step++) {
      const index = (this.#turn + step) % length
      const entry = this.keys[index]
      if (entry === undefined || tried.has(entry.key) || entry.key.waitFor(model, now) > 0) continue
      if (best !== undefined && !(this.#strategy === "least-busy" && entry.key.busy < best.key.busy)) continue
      best = entry
      bestIndex = index
    }
    if (best !== undefined) this.#turn = bestIndex + 1
    return best
  }
}

const pooled = <C extends Capability, E, R, Given extends Credentials<string>, E1, R1>(
  self: Model<C, E, R>,
  pool: Pool<Given, E1, R1>
): Model<C, E | E1 | PoolError, R | R1> => {
  /** The model as it calls with each key, and with the headers of each caller who adds some. */
  const models = new WeakMap<ScopedCredentials, WeakMap<ScopedCredentials, Model<C, E | E1, R | R1>>>()
  const modelWith = ({ key, limits, scoped }: PoolEntry<Given, E1, R1>, caller = scoped) => {
    const known = models.get(caller) ?? new WeakMap<ScopedCredentials, Model<C, E | E1, R | R1>>()
    models.set(caller, known)
    const found = known.get(scoped)
    if (found !== undefined) return found
    const headers = { ...scoped.credentials.headers, ...caller.credentials.headers }
    const credentials = Object.assign({}, scoped.credentials, { headers })
    const counted = perCall(() => Effect.as(key.use, {}))(provide(pool.provider, { ...scoped, credentials })(self))
    const model: Model<C, E | E1, R | R1> = limits === undefined ? counted : limits(counted)
    known.set(scoped, model)
    return model
  }

  const planOf = (): Plan<Model<C, E | E1, R | R1>, E | E1, never, never, E | E1 | PoolError> => {
    const tried = new Set<Key>()
    const localWaits: Array<number> = []
    let using: Key | undefined
    let giveUp: ((failure: { readonly error: E | E1 } | undefined) => E | E1 | PoolError) | undefined
    const after = (failure: Failure<unknown, E | E1> | undefined, caller: ScopedCredentials | undefined) =>
      Effect.flatMap(currentSteadyMillis, (now) => {
        let decided: Effect.Effect<void> = Effect.void
        if (failure !== undefined && using !== undefined) {
          const verdict = verdictOf(failure.error, pool.provider, pool.rests)
          if (verdict === undefined) return Effect.succeed(undefined)
          using.judge(verdict, self.id, now)
          if (verdict.type === "limited") localWaits.push(verdict.millis)
          decided = decide(verdict, using)
        }
        const next = pool.next(self.id, now, tried)
        using = next?.key
        if (next === undefined) {
          const waits = pool.keys.map(({ key }) => key.restFor(self.id, now))
          giveUp = (failure) =>
            exhausted({ provider: pool.provider, model: self.id, waits, localWaits }, failure?.error)
          return Effect.as(decided, undefined)
        }
        tried.add(next.key)
        return Effect.as(decided, { model: modelWith(next, caller), isRetry: true })
      })
    return {
      start: () =>
        Effect.map(current(pool.provider), (scoped) => {
          const caller = scoped !== undefined && scoped.identity === pool.identity ? scoped : undefined
          if (caller === undefined || headersOnly(caller.credentials)) return (failure) => after(failure, caller)
          return (failure) => Effect.succeed(failure === undefined ? { model: self } : undefined)
        }),
      giveUp: (failure) => giveUp?.(failure) ?? (failure?.error as E | E1)
    }
  }

  const varying = withVariant(self, () => pool.keys.map(({ credentials }) => credentials))
  return attempts<C, E | E1, R | R1, never, never, E | E1 | PoolError>(varying, planOf, self.splitting)
}

type PoolError = RateLimitError | QuotaExceededError | AuthenticationError

const decide = (verdict: Verdict, { name }: Key): Effect.Effect<void> => {
  switch (verdict.type) {
    case "refused":
      return record({ type: "key-refused", key: name })
    case "cools":
      return record({ type: "key-cooled", key: name })
    case "limited":
    case "skipped":
      return Effect.void
  }
}
