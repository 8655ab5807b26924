import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Stream from "effect/Stream"
import * as Cost from "../catalog/Cost.ts"
import type { Price } from "../catalog/Price.ts"
import { Pricing } from "../catalog/Pricing.ts"
import type { PriceTable } from "../catalog/pricing/PriceTable.ts"
import { type Attempt, type AttemptError, TimeoutError } from "../domain/ChatResponse.ts"
import { withAttempts, partialOf } from "../domain/ProviderError.ts"
import type { CallEvent } from "../domain/CallEvent.ts"
import type { CallRequest } from "../domain/CallRequest.ts"
import type { CallResponse } from "../domain/CallResponse.ts"
import { withFields } from "../domain/ResponseFields.ts"
import { AllFailedError } from "../domain/AllFailedError.ts"
import { isKnown, type Usage, unknown } from "../domain/Usage.ts"
import { CurrentObserver } from "../model/Model.ts"
import { AttemptLog, CurrentAttemptLog, type Pricer, type ReportedModel } from "./Attempts.ts"
import type { Watched } from "./WatchedStream.ts"

/**
 * `fuzzy`: whether the price of a model that only looks like the one that responded is taken (by default not: the cost is then
 * `Unpriced`). `region`: where the provider has prices by region and does not report which one it used.
 *
 * @since 0.1.0
 * @category models
 */
export interface WithCostOptions {
  readonly fuzzy?: boolean | undefined
  readonly region?: string | undefined
}

/** A response, or its end. */
interface Spent extends Pick<CallResponse, "usage" | "cost"> {
  readonly attempts?: ReadonlyArray<Attempt> | undefined
}

/** One call: what it may cost, and what became of its attempts. */
const begin = Effect.fnUntraced(function* (
  id: string,
  request: Pick<CallRequest, "serviceTier">,
  options: WithCostOptions
) {
  const pricing = yield* Pricing
  const clock = yield* Clock.Clock
  const startedAtMillis = clock.currentTimeMillisUnsafe()
  let table = yield* pricing.table
  const context = { at: DateTime.makeUnsafe(startedAtMillis), serviceTier: request.serviceTier, region: options.region }

  // Policies within ask at the end of their call for what is computed here right after.
  let last: { readonly usage: Usage; readonly price: Price | undefined; readonly cost: Cost.Cost } | undefined
  const costOf = (usage: Usage, requestedModel: string | undefined, reported: ReportedModel): Cost.Cost => {
    const price = priceOf(table, [requestedModel, idOf(reported)], options)
    if (last?.usage === usage && last.price === price) return last.cost
    const cost = Cost.of(usage, price, context)
    last = { usage, price, cost }
    return cost
  }
  const log = new CostLog(yield* CurrentAttemptLog, (requestedModel, usage, reported) =>
    costOf(usage, requestedModel, reported)
  )

  const withCosts = (attempts: ReadonlyArray<Attempt>, successCost?: Cost.Cost) =>
    attempts.map((attempt) => {
      const cost = attempt.cost ?? (attempt.error === undefined ? successCost : log.costOf(attempt.error))
      return cost === undefined ? attempt : { ...attempt, cost }
    })
  return {
    log,
    withCosts,
    /** The cost of a response or its end, and the attempts with theirs. */
    priced: (spent: Spent, reported: ReportedModel) =>
      Effect.map(pricing.table, (newest) => {
        table = newest
        const last = spent.attempts?.at(-1)
        const requestedModel = last !== undefined && last.error === undefined ? last.model : (log.currentModel ?? id)
        const cost = spent.cost ?? costOf(spent.usage, requestedModel, reported)
        return { cost, attempts: spent.attempts && withCosts(spent.attempts, cost) }
      }),
    /** Records on the error what was spent on it. */
    failed: <E>(error: E): E => {
      log.failed(id, error, clock.currentTimeMillisUnsafe() - startedAtMillis)
      const withSpending =
        error instanceof AllFailedError
          ? (new AllFailedError({
              models: error.models,
              attempts: withCosts(error.attempts),
              ...(error.leftOut && { leftOut: error.leftOut })
            }) as E)
          : error
      return withAttempts(withSpending, log.attempts)
    }
  }
})

const idOf = ({ model, provider }: ReportedModel): string | undefined =>
  model === undefined || provider === undefined ? undefined : `${provider}/${model}`

/** The price under the reported name, or else the requested one, that is certain to be the model's. */
const priceOf = (table: PriceTable, names: ReadonlyArray<string | undefined>, options: WithCostOptions) => {
  const quotes = names.toReversed().flatMap((name) => (name === undefined ? [] : (table.find(name) ?? [])))
  const certain = quotes.find(({ match, price }) => match !== "fuzzy" && price !== undefined)
  return (certain ?? (options.fuzzy === true ? quotes.find(({ price }) => price !== undefined) : undefined))?.price
}

/** A whole response, with its cost. */
export const generate = Effect.fnUntraced(function* <A extends CallResponse, E, R>(
  id: string,
  run: Effect.Effect<A, E, R>,
  request: Pick<CallRequest, "serviceTier">,
  options: WithCostOptions
): Effect.fn.Return<A, E, R | Pricing> {
  const call = yield* begin(id, request, options)
  const observer = yield* CurrentObserver
  const see = observer === undefined ? undefined : (event: CallEvent) => (call.log.see(event), observer(event))
  const logged = Effect.provideService(run, CurrentAttemptLog, call.log)
  const result = yield* Effect.result(see === undefined ? logged : Effect.provideService(logged, CurrentObserver, see))
  if (Result.isFailure(result)) return yield* Effect.fail(call.failed(result.failure))
  const response = result.success
  const { attempts, cost } = yield* call.priced(response, response)
  return withFields(response, { cost, attempts: attempts ?? [] })
})

/** A stream, with the cost at its end. */
export const stream = Effect.fnUntraced(function* <Event extends CallEvent, E, R>(
  id: string,
  run: Stream.Stream<Event, E, R>,
  request: Pick<CallRequest, "serviceTier">,
  options: WithCostOptions
): Effect.fn.Return<Watched<Event, E, R>, never, Pricing> {
  const call = yield* begin(id, request, options)
  let reported: ReportedModel = {}
  const see = (event: Event): void => {
    call.log.note(event)
    switch (event.type) {
      case "response-start":
        reported = event
        return
      case "response-metadata":
        reported = { ...reported, model: event.model ?? reported.model }
    }
  }
  const priced = (event: Event): Effect.Effect<Event> => {
    see(event)
    switch (event.type) {
      case "restarted":
        return Effect.succeed({ ...event, attempts: call.withCosts(event.attempts ?? []) })
      case "finish":
        return Effect.map(call.priced({ ...event, usage: event.usage ?? unknown }, reported), (cost) => ({
          ...event,
          ...cost
        }))
      default:
        return Effect.succeed(event)
    }
  }
  return {
    stream: () => run,
    services: Context.make(CurrentAttemptLog, call.log),
    pass: (events) => {
      if (events.some(hasCost)) return Effect.forEach(events, priced)
      for (const event of events) see(event)
      return undefined
    },
    failed: Cause.map(call.failed)
  }
})

const hasCost = ({ type }: CallEvent): boolean => type === "finish" || type === "restarted"

/** The failed attempts of one call, each with what it cost. */
class CostLog extends AttemptLog {
  readonly #pricer: Pricer
  readonly #known = new Map<AttemptError, Cost.Cost>()
  /** What the current attempt has consumed, as far as it was reported. */
  #usage: Usage | undefined

  constructor(parent: AttemptLog | undefined, pricer: Pricer) {
    super(parent)
    this.#pricer = pricer
    this.priceBy(pricer)
  }

  override note(event: CallEvent): void {
    if (event.type === "usage") this.#usage = event.usage
    else if (event.type === "response-start") this.#usage = undefined
  }

  override push(attempt: Attempt): void {
    const cost = attempt.cost ?? this.#charged(attempt)
    this.#usage = undefined
    if (cost === undefined || attempt.error === undefined) return super.push(attempt)
    this.#known.set(attempt.error, cost)
    super.push({ ...attempt, cost })
  }

  override correct(error: AttemptError, cost: Cost.Cost): void {
    this.#known.set(error, cost)
    super.correct(error, cost)
  }

  override costOf(error: AttemptError): Cost.Cost | undefined {
    return this.#known.get(error) ?? super.costOf(error)
  }

  /** Of an attempt that was stopped, what a policy within was charged for it, or will be. */
  #charged(attempt: Attempt): Cost.Cost | undefined {
    const spent = this.#spentOn(attempt)
    return attempt.error instanceof TimeoutError ? (this.overridingCost ?? this.estimated(spent)) : spent
  }

  #spentOn({ error, model }: Attempt): Cost.Cost | undefined {
    if (error === undefined) return undefined
    const partial = partialOf(error)?.usage
    const usage = partial !== undefined && isKnown(partial) ? partial : this.#usage
    if (usage !== undefined && isKnown(usage)) {
      const cost = this.#pricer(model, usage, {})
      // The counts are those of the last report before the end.
      return cost._tag === "Priced" ? { ...cost, flags: [...cost.flags, { _tag: "Estimated" }] } : cost
    }
    return mayHaveConsumed(error) || (error instanceof TimeoutError && this.chargesWhenStopped)
      ? { _tag: "Unpriced", reason: { _tag: "UnknownUsage", side: "output" }, row: undefined }
      : undefined
  }
}

/** Whether a model was at work when it failed. Providers do not bill what they refused. */
const mayHaveConsumed = (error: AttemptError): boolean =>
  partialOf(error) !== undefined ||
  (error instanceof TimeoutError && error.phase !== "connect") ||
  error._tag === "ResponseParseError"
