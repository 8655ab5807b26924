import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import * as Cost from "../catalog/Cost.ts"
import type { Price } from "../catalog/Price.ts"
import { Pricing } from "../catalog/Pricing.ts"
import type { PriceTable } from "../catalog/pricing/PriceTable.ts"
import { snapshot } from "../catalog/pricing/snapshot.ts"
import type { Attempt, ChatResponse } from "../domain/ChatResponse.ts"
import { withAttempts } from "../domain/ProviderError.ts"
import type { CallEvent } from "../domain/CallEvent.ts"
import type { CallRequest } from "../domain/CallRequest.ts"
import type { CallResponse } from "../domain/CallResponse.ts"
import { steadyMillis } from "../domain/SteadyClock.ts"
import { withFields } from "../domain/ResponseFields.ts"
import { AllFailedError } from "../domain/AllFailedError.ts"
import { type Usage, unknown } from "../domain/Usage.ts"
import { CurrentObserver } from "../model/Model.ts"
import { type ReportedModel, textIn } from "./AttemptLog.ts"
import { CostLog, isUnreported } from "./CostLog.ts"
import type { Entry } from "./watch/Entry.ts"
import { instantOf } from "./watch/Instant.ts"
import { completed, estimatedUsage } from "./journal/CutShort.ts"
import type { WatchedCall } from "./watch/WatchedCall.ts"
import type { Watched } from "./watch/WatchedStream.ts"

/**
 * `fuzzy`: whether the price of a model that only looks like the one that responded is taken (by default not: the cost is then
 * `Unpriced`). `region`: where the provider has prices by region and does not report which one it used. `unreported`: what a
 * response, or the part of one that arrived before it failed, costs whose provider does not report what it used: it is `unpriced` (the
 * default), or an `estimate` by the request and the response, flagged as one.
 *
 * @since 0.1.0
 * @category models
 */
export interface WithCostOptions {
  readonly fuzzy?: boolean | undefined
  readonly region?: string | undefined
  readonly unreported?: "unpriced" | "estimate" | undefined
}

/** A response, or its end. */
interface Spent extends Pick<CallResponse, "usage" | "cost"> {
  readonly attempts?: ReadonlyArray<Attempt> | undefined
}

/** A cost, and what it was computed from. */
interface Computed extends ReportedModel {
  readonly usage: Usage
  readonly table: PriceTable
  readonly requestedModel: string | undefined
  readonly cost: Cost.Cost
}

/** One call: what it may cost, and what became of its attempts. */
class Accounting {
  readonly log: CostLog
  readonly #id: string
  readonly #request: CallRequest
  readonly #options: WithCostOptions
  #context: Cost.Context | undefined
  readonly #clock: Clock.Clock
  /** When the call began, by the time of day. */
  readonly #nowMillis: number
  readonly #startedAtMillis: number
  readonly #pricing: Pricing["Service"]
  #table: PriceTable
  /** Policies within ask at the end of their call for what is computed here right after. */
  #last: Computed | undefined

  constructor(
    { clock, context, log, nowMillis, startedAtMillis }: Entry,
    table: PriceTable,
    id: string,
    request: CallRequest,
    options: WithCostOptions
  ) {
    this.#id = id
    this.#request = request
    this.#options = options
    this.#table = table
    this.#pricing = Context.getUnsafe(context, Pricing)
    this.#clock = clock
    this.#nowMillis = nowMillis
    this.#startedAtMillis = startedAtMillis
    this.log = new CostLog(
      log,
      (requestedModel, usage, reported) => this.#costOf(usage, requestedModel, reported),
      options.unreported === "estimate"
        ? (requestedModel, usage, partial) => this.#estimated(usage, charactersIn(partial), requestedModel, partial)
        : undefined
    )
  }

  #costOf(usage: Usage, requestedModel: string | undefined, reported: ReportedModel): Cost.Cost {
    const table = this.#table
    const { model, provider } = reported
    const last = this.#last
    if (
      last !== undefined &&
      last.usage === usage &&
      last.table === table &&
      last.requestedModel === requestedModel &&
      last.model === model &&
      last.provider === provider
    )
      return last.cost
    const price = priceOf(table, [idOf(reported), requestedModel], this.#options)
    const { serviceTier } = this.#request
    this.#context ??= { at: instantOf(this.#nowMillis), serviceTier, region: this.#options.region }
    const cost = Cost.of(usage, price, this.#context)
    this.#last = { usage, table, requestedModel, model, provider, cost }
    return cost
  }

  withCosts(attempts: ReadonlyArray<Attempt>, successCost?: Cost.Cost): ReadonlyArray<Attempt> {
    // A model within has computed them already.
    if (attempts.every(({ cost }) => cost !== undefined)) return attempts
    return attempts.map((attempt) => {
      const cost = attempt.cost ?? (attempt.error === undefined ? successCost : this.log.costOf(attempt.error))
      return cost === undefined ? attempt : { ...attempt, cost }
    })
  }

  /** What a response costs as far as its usage was reported, and as far as not by the characters that it has. */
  #estimated(usage: Usage, characters: number | undefined, requestedModel: string, reported: ReportedModel): Cost.Cost {
    const estimate = estimatedUsage(this.#request, characters)
    const cost = this.#costOf(completed(usage, estimate), requestedModel, reported)
    return cost._tag === "Priced" ? { ...cost, flags: [...cost.flags, { _tag: "Estimated" }] } : cost
  }

  /** Switches to the latest prices. */
  refresh(): Effect.Effect<void> {
    return Effect.mapEager(snapshot(this.#pricing), (newest) => void (this.#table = newest))
  }

  /** The cost of a response or its end, and the attempts with theirs. `characters` are those of the response. */
  priced(
    spent: Spent,
    reported: ReportedModel,
    characters: () => number | undefined
  ): { readonly cost: Cost.Cost; readonly attempts: ReadonlyArray<Attempt> | undefined } {
    const last = spent.attempts?.at(-1)
    const requestedModel =
      last !== undefined && last.error === undefined ? last.model : (this.log.currentModel ?? this.#id)
    const known = spent.cost ?? this.#costOf(spent.usage, requestedModel, reported)
    const cost =
      this.#options.unreported === "estimate" && isUnreported(known)
        ? this.#estimated(spent.usage, characters(), requestedModel, reported)
        : known
    return { cost, attempts: spent.attempts && this.withCosts(spent.attempts, cost) }
  }

  /** Records on the error what was spent on it. */
  failed<E>(error: E): E {
    this.log.failed(this.#id, error, steadyMillis(this.#clock) - this.#startedAtMillis)
    const withSpending =
      error instanceof AllFailedError
        ? (new AllFailedError({
            models: error.models,
            attempts: this.withCosts(error.attempts),
            ...(error.leftOut && { leftOut: error.leftOut })
          }) as E)
        : error
    return withAttempts(withSpending, this.log.attempts)
  }
}

/** Begins the accounts of a call, as soon as there are prices. */
const accounting = (
  entry: Entry,
  id: string,
  request: CallRequest,
  options: WithCostOptions
): Effect.Effect<Accounting, never, Pricing> =>
  Effect.mapEager(
    snapshot(Context.getUnsafe(entry.context, Pricing)),
    (table) => new Accounting(entry, table, id, request, options)
  )

/** The number of characters in a response's texts and tool calls; unknown for other capabilities than chat. */
const charactersIn = (response: CallResponse): number | undefined =>
  "content" in response && Array.isArray(response.content)
    ? (response.content as ChatResponse["content"]).reduce((sum, part) => sum + charactersOf(part), 0)
    : undefined

const charactersOf = (part: ChatResponse["content"][number]): number =>
  part.type === "text" || part.type === "reasoning"
    ? part.text.length
    : part.type === "tool-call"
      ? (JSON.stringify(part.input) ?? "").length
      : 0

const idOf = ({ model, provider }: ReportedModel): string | undefined =>
  model === undefined || provider === undefined ? undefined : `${provider}/${model}`

/** The price under the first of these names that is certain to be the model's, or else, by choice, of one that looks like it. */
const priceOf = (table: PriceTable, names: ReadonlyArray<string | undefined>, { fuzzy }: WithCostOptions) => {
  let similar: Price | undefined
  for (const name of names) {
    const quote = name === undefined ? undefined : table.find(name)
    if (quote?.match !== "fuzzy" && quote?.price !== undefined) return quote.price
    similar ??= quote?.price
  }
  return fuzzy === true ? similar : undefined
}

/** A whole response, with its cost. */
export const call = <A extends CallResponse, E, R>(
  entry: Entry,
  id: string,
  run: Effect.Effect<A, E, R>,
  request: CallRequest,
  options: WithCostOptions
): Effect.Effect<WatchedCall<A, E, R>, never, Pricing> =>
  Effect.mapEager(accounting(entry, id, request, options), (account) => {
    const { log } = account
    const observer = Context.get(entry.context, CurrentObserver)
    const see = observer && ((event: CallEvent) => (log.see(event), observer(event)))
    return {
      run,
      log,
      services: see && Context.add(CurrentObserver, see),
      succeeded: (response) =>
        Effect.mapEager(account.refresh(), () => {
          const { attempts = [], cost } = account.priced(response, response, () => charactersIn(response))
          return cost === response.cost && attempts === response.attempts
            ? response
            : withFields(response, { cost, attempts })
        }),
      failed: Cause.map((error) => account.failed(error))
    }
  })

/** A stream, with the cost at its end. */
export const stream = <Event extends CallEvent, E, R>(
  entry: Entry,
  id: string,
  run: Stream.Stream<Event, E, R>,
  request: CallRequest,
  options: WithCostOptions
): Effect.Effect<Watched<Event, E, R>, never, Pricing> =>
  Effect.mapEager(accounting(entry, id, request, options), (account) => {
    const { log } = account
    let reported: ReportedModel = {}
    let characters = 0
    let hasCost = false
    const see = (event: Event): void => {
      log.note(event)
      switch (event.type) {
        case "response-start":
          reported = event
          characters = 0
          return
        case "response-metadata":
          reported = { ...reported, model: event.model ?? reported.model }
          return
        case "restarted":
        case "finish":
          hasCost = true
          return
      }
      characters += textIn(event).length
    }
    const priced = (event: Event): Event => {
      switch (event.type) {
        case "restarted":
          return { ...event, attempts: account.withCosts(event.attempts ?? []) }
        case "finish":
          return {
            ...event,
            ...account.priced({ ...event, usage: event.usage ?? unknown }, reported, () => characters)
          }
        default:
          return event
      }
    }
    return {
      stream: () => run,
      log,
      pass: (events) => {
        hasCost = false
        events.forEach(see)
        return hasCost ? Effect.mapEager(account.refresh(), () => Arr.map(events, priced)) : undefined
      },
      failed: Cause.map((error) => account.failed(error))
    }
  })
