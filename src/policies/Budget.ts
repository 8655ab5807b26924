/**
 * Budgets: how much money or how many tokens may be spent in a window of time, by a user, a team, a key, a run or anything else.
 * A call reserves what it is expected to cost, a stream reserves more as it arrives, and what it really cost is settled once,
 * however it ends.
 *
 * ```ts
 * import { OpenAi } from "effect-llm"
 * import * as Budget from "effect-llm/policies/Budget"
 *
 * const team = Budget.usd("team-a", { limit: "50", per: "month" })
 *
 * export const model = OpenAi.model("gpt-5.4-mini").pipe(
 *   Budget.enforce(({ request }) => [team, Budget.usd(`user-${request.user}`, { limit: "2", per: "day" })])
 * )
 * ```
 *
 * Put it next to the model, within retries and limits: each attempt then reserves and settles for itself.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import { type Cost, formatReason, type Unpriced } from "../catalog/Cost.ts"
import { Pricing } from "../catalog/Pricing.ts"
import { snapshot } from "../catalog/pricing/snapshot.ts"
import type { Capability, Streaming } from "../domain/Capability.ts"
import type { CallRequest } from "../domain/CallRequest.ts"
import { BudgetExceededError } from "../domain/ChatResponse.ts"
import type { PolicyStoreError } from "../domain/PolicyErrors.ts"
import { standard as standardLimits } from "../domain/Limits.ts"
import type { Any, Model } from "../model/Model.ts"
import { zero } from "./budget/Amounts.ts"
import { BudgetedCall } from "./budget/BudgetedCall.ts"
import { BudgetedStream } from "./budget/BudgetedStream.ts"
import { CallEstimate } from "./budget/CallEstimate.ts"
import type { Budget } from "./budget/Limit.ts"
import { Budgets, type BudgetStatus } from "./Budgets.ts"
import { record } from "./Decision.ts"
import { choicesOf } from "./estimate/Choices.ts"
import type { Entry } from "./watch/Entry.ts"
import { instantOf } from "./watch/Instant.ts"
import { observing, observingSummary } from "./watch/Observation.ts"
import { type CallInfo, make, type Policy } from "./Policy.ts"
import { watchedCall } from "./watch/WatchedCall.ts"
import { watched, type Watched } from "./watch/WatchedStream.ts"
import { withCost, type WithCostOptions } from "./WithCost.ts"

export { type Budget, type BudgetInput, tokens, usd } from "./budget/Limit.ts"
export type { CalendarUnit, Window } from "./budget/Window.ts"

/**
 * The budgets of a call: all must permit it. A function of the call may return them, or an effect that finds them (the user
 * of the fiber, say). None: the call is not limited.
 *
 * @since 0.1.0
 * @category models
 */
export type Scopes<R = never> =
  | Budget
  | ReadonlyArray<Budget>
  | ((call: CallInfo) => ReadonlyArray<Budget> | Effect.Effect<ReadonlyArray<Budget>, never, R>)

/**
 * - `unpriced`: what happens to a call whose model has no price, where a budget is in dollars: it is refused (the default), or
 *   allowed and counted in `BudgetStatus.unpriced`.
 * - `whenStoreFails`: whether a call fails with `PolicyStoreError` while the store does not respond (`fail`, the default), or is
 *   allowed and settled when the store is there again.
 * - `step`: how many output tokens a stream reserves at a time (default: 500). Less where a budget is nearly used up.
 * - `onWarning`: runs when a budget passes its `warnAt`, once in its window and process; the call waits for it.
 *
 * @since 0.1.0
 * @category models
 */
export interface BudgetOptions extends WithCostOptions {
  readonly unpriced?: "refuse" | "allow" | undefined
  readonly whenStoreFails?: "allow" | "fail" | undefined
  readonly step?: number | undefined
  readonly onWarning?: ((status: BudgetStatus) => Effect.Effect<unknown>) | undefined
}

/**
 * Fails calls with `BudgetExceededError` that a budget does not permit. A stream whose budget is used up while it arrives is
 * stopped with that error, which holds what had arrived and what it cost; its connection is closed.
 *
 * A whole response reserves its `maxOutputTokens`, or else an estimate: its cost may exceed a budget by what it is longer. A
 * stream exceeds it by one chunk at most, and by reasoning that is not shown. Costs are as `withCost` computes them, whose
 * `cost` responses then have; what no provider reported is an estimate, unless `unreported` says otherwise.
 *
 * @since 0.1.0
 * @category combinators
 */
export function enforce<R = never>(
  scopes: Scopes<R>,
  options: BudgetOptions & { readonly whenStoreFails: "allow" }
): Policy<BudgetExceededError, Budgets | Pricing | R>
export function enforce<R = never>(
  scopes: Scopes<R>,
  options?: BudgetOptions
): Policy<BudgetExceededError | PolicyStoreError, Budgets | Pricing | R>
export function enforce<R = never>(
  scopes: Scopes<R>,
  options: BudgetOptions = {}
): Policy<BudgetExceededError | PolicyStoreError, Budgets | Pricing | R> {
  type E1 = BudgetExceededError | PolicyStoreError
  type R1 = Budgets | Pricing | R
  const enforced = make<E1, R1>({
    generate: ({ model, request, run }) =>
      watchedCall((entry) =>
        Effect.mapEager(beginCall(entry, model, request, scopes, options, startCall), (call) =>
          observing(entry, model.id, request, run, (end) => call.settle(end))
        )
      ),
    stream: ({ model, request, run, streaming }) =>
      watched((entry) =>
        Effect.mapEager(beginCall(entry, model, request, scopes, options, startStream), (call) =>
          observingSummary(entry, model.id, request, metered(call, run, streaming), streaming, (end) =>
            call.settle(end)
          )
        )
      )
  })
  return <C extends Capability, E, R2>(self: Model<C, E, R2>) =>
    enforced(withCost(self, { unreported: "estimate", ...options }))
}

/** Counts the events of a stream, and reserves before more than is reserved goes on. */
const metered = <C extends Capability, E, R>(
  call: BudgetedStream,
  run: Stream.Stream<C["Event"], E, R>,
  { makePartial }: Streaming<C>
): Stream.Stream<C["Event"], E | BudgetExceededError | PolicyStoreError, R> => {
  const arrived = makePartial?.(standardLimits.responseBytes)
  return watched(() =>
    Effect.succeed<Watched<C["Event"], E | BudgetExceededError | PolicyStoreError, R>>({
      stream: () => run,
      pass: (events) => {
        call.see(events)
        arrived?.add(events, 0)
        return call.isCovered
          ? undefined
          : Effect.mapEager(
              call.cover(() => arrived?.partial()),
              () => events
            )
      }
    })
  )
}

/** What a call is made of, once its budgets and prices are there. */
interface Found {
  readonly entry: Entry
  readonly request: CallRequest
  readonly own: ReadonlyArray<Budget>
  readonly estimate: CallEstimate
  readonly options: BudgetOptions
}

type Started<Call> = Effect.Effect<Call, BudgetExceededError | PolicyStoreError>

const startCall = ({ entry, estimate, options, own }: Found): Started<BudgetedCall> => {
  const { clock, context, log } = entry
  const call = new BudgetedCall(Context.getUnsafe(context, Budgets), own, estimate, options, log, clock)
  return Effect.mapEager(call.begin(), () => call)
}

const startStream = ({ entry, estimate, options, own, request }: Found): Started<BudgetedStream> => {
  const { clock, context, log } = entry
  const call = new BudgetedStream(Context.getUnsafe(context, Budgets), own, estimate, options, log, clock, request)
  // Of several choices, the stream has the first.
  const isCounted = "messages" in request && choicesOf(request) === 1
  return Effect.mapEager(isCounted ? call.beginCounted() : call.begin(), () => call)
}

/** Begins a call as soon as its budgets and prices are there, and they permit it. */
const beginCall = <Call, R>(
  entry: Entry,
  model: Any,
  request: CallRequest,
  scopes: Scopes<R>,
  options: BudgetOptions,
  start: (found: Found) => Started<Call>
): Effect.Effect<Call, BudgetExceededError | PolicyStoreError, R> => {
  const found = typeof scopes === "function" ? scopes({ model, request }) : "id" in scopes ? [scopes] : scopes
  return Effect.flatMapEager(Effect.isEffect(found) ? found : Effect.succeed(found), (own) =>
    Effect.flatMapEager(snapshot(Context.getUnsafe(entry.context, Pricing)), (table) => {
      const estimate = new CallEstimate(model.id, request, table, instantOf(entry.nowMillis), options)
      const { cost } = estimate
      const inDollars = own.find(({ unit }) => unit === "usd")
      return isUnpriced(cost) && inDollars !== undefined && options.unpriced !== "allow"
        ? refuseUnpriced(inDollars, cost)
        : start({ entry, request, own, estimate, options })
    })
  )
}

/** Whether there is no price. Where there is one, for pages or videos, the response tells how many it is for. */
const isUnpriced = (cost: Cost): cost is Unpriced => cost._tag === "Unpriced" && cost.reason._tag !== "UnknownUsage"

const refuseUnpriced = ({ id, limit }: Budget, { reason }: Unpriced): Effect.Effect<never, BudgetExceededError> =>
  Effect.andThen(
    record({ type: "budget-refused", budget: id }),
    Effect.fail(
      new BudgetExceededError({
        budget: id,
        unit: "usd",
        limit,
        spent: zero,
        reserved: zero,
        unpriced: formatReason(reason)
      })
    )
  )
