/**
 * Limits the requests and tokens within any window of time, and the calls at the same time: by model, key, tenant or whatever
 * a function makes of a call.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { OpenAi } from "effect-llm"
 * import * as RateLimit from "effect-llm/policies/RateLimit"
 *
 * const model = OpenAi.model("gpt-5.4-mini").pipe(
 *   RateLimit.make({ requests: 500, tokens: 200_000, per: "1 minute", concurrency: 20, wait: "5 seconds" })
 * )
 * const response = Effect.provide(model.generate("Hello"), RateLimit.layerStoreMemory)
 * ```
 *
 * Put it within retries, so that each attempt is counted: around them, a call is one request however often it is tried.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { CallRequest } from "../domain/CallRequest.ts"
import type { LocalRateLimitError, PolicyStoreError } from "../domain/PolicyErrors.ts"
import { type Counter, countInput, outputTokens } from "./Estimate.ts"
import { type Entry, isDone } from "./watch/Entry.ts"
import { observing, observingSummary } from "./watch/Observation.ts"
import { type CallInfo, make as makePolicy, type Policy } from "./Policy.ts"
import { Access } from "./rateLimit/Access.ts"
import { Admission } from "./rateLimit/Admission.ts"
import { type Gate, LimitedCall } from "./rateLimit/LimitedCall.ts"
import { type Amounts, type Left, type Limit, Limits, millisOf, positiveMillis } from "./rateLimit/Limits.ts"
import { makeMemory } from "./rateLimit/MemoryStore.ts"
import { Places } from "./rateLimit/Places.ts"
import { RateLimitStore } from "./RateLimitStore.ts"
import { watchedCall } from "./watch/WatchedCall.ts"
import { watched } from "./watch/WatchedStream.ts"

export type { Left, Limit, Meter } from "./rateLimit/Limits.ts"
export { RateLimitStore } from "./RateLimitStore.ts"

/**
 * What holds for all limits of a policy.
 *
 * @since 0.1.0
 * @category models
 */
export interface Settings<out R = never> {
  /** How long a call may wait for its turn before it fails. Default 0: not at all. */
  readonly wait?: Duration.Input | undefined
  /**
   * Whose turns are shared fairly: the next to pass is the longest waiting call of the tenant that has been served least.
   * Default: the `user` of the request.
   */
  readonly tenant?: ((call: CallInfo) => string | undefined) | undefined
  /**
   * Whether to heed what the provider says of its own limits: after a 429 nothing passes for as long as it asks (an hour at
   * most), and no more passes than its headers say remains. Default true.
   */
  readonly learn?: boolean | undefined
  /** How long the place of a process that died stays taken. Default 30 seconds. */
  readonly lease?: Duration.Input | undefined
  /** Counts input tokens in place of the estimate (`Estimate.forChat`). */
  readonly counter?: Counter<CallInfo["request"], R> | undefined
  /** Whether calls pass unlimited, or fail with `PolicyStoreError`, while the store is down. Default `allow`. */
  readonly whenStoreFails?: "allow" | "fail" | undefined
  /**
   * Runs when a call has passed, with what is left of its limits as the store has just said, and the services around the call, which
   * waits for an effect that it returns.
   */
  readonly onPass?:
    | ((left: ReadonlyArray<Left>, context: Context.Context<never>) => Effect.Effect<unknown> | undefined)
    | undefined
  /** The longest that an access to the store may take. Default 250 ms. */
  readonly storeTimeout?: Duration.Input | undefined
}

/**
 * One limit, or several that all have to hold: a call that one of them refuses takes nothing of the others.
 *
 * @since 0.1.0
 * @category models
 */
export type Options<R = never> = Settings<R> & (Limit | { readonly limits: ReadonlyArray<Limit> })

/**
 * A policy that limits calls. A call that does not pass fails with `LocalRateLimitError`, before anything is sent; one that
 * needs more than a limit ever permits does so at once.
 *
 * - Within any window of `per`, no more than the limit is taken: counted from the moment of each call, not from the turn of
 *   a minute.
 * - Tokens are those that `Estimate` expects until the call is over, then those that the provider reports, whether it
 *   succeeded, failed or was interrupted. One that was refused by the provider takes none; one that reports none keeps the
 *   estimate.
 * - A place (`concurrency`) is held until a stream is closed, and comes back after `lease` when the process dies.
 * - Processes that share a store share its limits. They pass in turn, whatever the number that waits in each.
 *
 * Throws a `RangeError` for limits that are not positive whole numbers.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: {
  <R = never>(
    options: Options<R> & { readonly whenStoreFails: "fail" }
  ): Policy<LocalRateLimitError | PolicyStoreError, RateLimitStore | R>
  <R = never>(options: Options<R>): Policy<LocalRateLimitError, RateLimitStore | R>
} = <R>(options: Options<R>): Policy<LocalRateLimitError, RateLimitStore | R> => {
  const leaseMillis = positiveMillis("lease", options.lease ?? "30 seconds")
  const limits = new Limits("limits" in options ? options.limits : [options], leaseMillis)
  const lasting = new Limits("limits" in options ? options.limits : [options], Infinity)
  const timeoutMillis = positiveMillis("storeTimeout", options.storeTimeout ?? "250 millis")
  const waitMillis = millisOf("wait", options.wait ?? 0)
  const { counter, tenant = byUser } = options
  const newId = makeIds()

  const amountsOf = ({ model, request }: CallInfo): Effect.Effect<Amounts, never, R> =>
    limits.needsTokens
      ? Effect.mapEager(countInput(request, model.id, counter), (input) => amountsFor(request, Math.ceil(input)))
      : Effect.succeed(noAmounts)

  const gates = new WeakMap<Store, LimitedGate>()
  const gateOf = (store: Store): LimitedGate => {
    const known = gates.get(store)
    if (known !== undefined) return known
    const access = new Access(store, timeoutMillis)
    const admission = new Admission(access, waitMillis)
    // A store of this process alone does not outlive those who hold its places.
    const gate: LimitedGate =
      store.atOnce === undefined
        ? { access, admission, limits, places: new Places(access, leaseMillis) }
        : { access, admission, limits: lasting, places: undefined }
    gates.set(store, gate)
    return gate
  }

  const begin = (entry: Entry, call: CallInfo, isStream: boolean) => {
    const gate = gateOf(Context.getUnsafe(entry.context, RateLimitStore))
    const passing = (amounts: Amounts): Effect.Effect<LimitedCall | undefined, LocalRateLimitError> => {
      const claims = gate.limits.claims(call, amounts)
      if (claims.length === 0) return Effect.undefined
      const asked = { id: newId(), tenant: tenant(call) ?? "", claims, amounts, isStream }
      return new LimitedCall(gate, entry, options, asked).pass()
    }
    const amounts = amountsOf(call)
    return Effect.flatMapEager(isDone(amounts) ? amounts : entry.restore(amounts), passing)
  }

  return makePolicy<LocalRateLimitError, RateLimitStore | R>({
    generate: ({ model, request, run }) =>
      watchedCall((entry) =>
        Effect.mapEager(begin(entry, { model, request }, false), (limited) =>
          limited === undefined ? { run } : observing(entry, model.id, request, run, (end) => limited.end(end))
        )
      ),
    stream: ({ model, request, run, streaming }) =>
      watched((entry) =>
        Effect.mapEager(begin(entry, { model, request }, true), (limited) =>
          limited === undefined
            ? { stream: () => run }
            : observingSummary(entry, model.id, request, run, streaming, (end) => limited.end(end))
        )
      )
  })
}

type Store = typeof RateLimitStore.Service

interface LimitedGate extends Gate {
  readonly limits: Limits
}

const byUser = ({ request }: CallInfo): string | undefined => request.user

const noAmounts: Amounts = { input: 0, output: 0, isGuess: false }

const amountsFor = (request: CallRequest, input: number): Amounts => ({
  input,
  output: outputTokens(request),
  isGuess: !("maxOutputTokens" in request) || request.maxOutputTokens === undefined
})

/** Ids that no other process has. */
const makeIds = (): (() => string) => {
  const prefix = [...crypto.getRandomValues(new Uint32Array(3))].map((part) => part.toString(36)).join("")
  let count = 0
  return () => `${prefix}.${count++}`
}

/**
 * Counts of this process alone, for as long as the layer lives.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerStoreMemory: Layer.Layer<RateLimitStore> = Layer.sync(RateLimitStore, makeMemory)
