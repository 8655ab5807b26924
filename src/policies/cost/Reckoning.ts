import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Cost from "../../catalog/Cost.ts"
import { Pricing } from "../../catalog/Pricing.ts"
import type { PriceTable } from "../../catalog/pricing/PriceTable.ts"
import { type Attempt, withTrail } from "../../domain/Attempt.ts"
import type { ChatEvent } from "../../domain/ChatEvent.ts"
import type { CallAnswer } from "../../domain/CallAnswer.ts"
import type { CallEvent } from "../../domain/Capability.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ChatResponse } from "../../domain/ChatResponse.ts"
import { AllFailedError } from "../../domain/errors/AllFailedError.ts"
import { type Usage, unknown } from "../../domain/Usage.ts"
import { CurrentWatch } from "../../model/chat/CurrentWatch.ts"
import type { ChatModel } from "../../model/ChatModel.ts"
import { CurrentTrail, type Named } from "../../model/call/Trail.ts"
import type { WithCostOptions } from "../WithCost.ts"
import { CostTrail } from "./CostTrail.ts"

/** An answer, or its end. */
interface Spent extends Pick<CallAnswer, "usage" | "cost"> {
  readonly attempts?: ReadonlyArray<Attempt> | undefined
}

/** One call: what it may cost, and what became of its tries. */
const begin = Effect.fnUntraced(function* (
  id: string,
  request: Pick<ChatRequest, "serviceTier">,
  options: WithCostOptions
) {
  const pricing = yield* Pricing
  const clock = yield* Clock.Clock
  const startedAtMillis = clock.currentTimeMillisUnsafe()
  let table = yield* pricing.table
  const context = { at: DateTime.makeUnsafe(startedAtMillis), serviceTier: request.serviceTier, region: options.region }

  const costOf = (usage: Usage, asked: string | undefined, said: Named): Cost.Cost =>
    Cost.of(usage, priceOf(table, [asked, idOf(said)], options), context)
  const trail = new CostTrail(yield* CurrentTrail, (asked, usage, said) => costOf(usage, asked, said))

  const attempts = (all: ReadonlyArray<Attempt>, answered?: Cost.Cost) =>
    all.map((attempt) => {
      const cost = attempt.cost ?? (attempt.error === undefined ? answered : trail.costOf(attempt.error))
      return cost === undefined ? attempt : { ...attempt, cost }
    })
  return {
    trail,
    attempts,
    /** Adds the cost to an answer or its end. */
    priced: (answer: Spent, said: Named) =>
      Effect.map(pricing.table, (newest) => {
        table = newest
        const last = answer.attempts?.at(-1)
        const asked = last !== undefined && last.error === undefined ? last.model : (trail.asking ?? id)
        const cost = answer.cost ?? costOf(answer.usage, asked, said)
        return { cost, attempts: answer.attempts && attempts(answer.attempts, cost) }
      }),
    /** Notes on the error what was spent on it. */
    failed: <E>(error: E): E => {
      trail.failed(id, error, clock.currentTimeMillisUnsafe() - startedAtMillis)
      const told =
        error instanceof AllFailedError
          ? (new AllFailedError({ models: error.models, attempts: attempts(error.attempts) }) as E)
          : error
      return withTrail(told, trail.attempts)
    }
  }
})

const idOf = ({ model, provider }: Named): string | undefined =>
  model === undefined || provider === undefined ? undefined : `${provider}/${model}`

/** The price under the name that was answered for, or else asked for, that is surely a model's. */
const priceOf = (table: PriceTable, names: ReadonlyArray<string | undefined>, options: WithCostOptions) => {
  const quotes = names.toReversed().flatMap((name) => (name === undefined ? [] : (table.find(name) ?? [])))
  const sure = quotes.find(({ match, price }) => match !== "fuzzy" && price !== undefined)
  return (sure ?? (options.fuzzy === true ? quotes.find(({ price }) => price !== undefined) : undefined))?.price
}

/** As `self` answers, with its cost. */
export const generate = Effect.fnUntraced(function* <E, R>(
  self: ChatModel<E, R>,
  request: ChatRequest,
  options: WithCostOptions
): Effect.fn.Return<ChatResponse, E, R | Pricing> {
  const call = yield* begin(self.id, request, options)
  const watch = yield* CurrentWatch
  const see = watch === undefined ? undefined : (event: ChatEvent) => (call.trail.see(event), watch(event))
  const result = yield* self
    .generate(request)
    .pipe(Effect.provideService(CurrentTrail, call.trail), Effect.provideService(CurrentWatch, see), Effect.result)
  if (Result.isFailure(result)) return yield* Effect.fail(call.failed(result.failure))
  const response = result.success
  const { attempts, cost } = yield* call.priced(response, response)
  return response.with({ cost, attempts: attempts ?? [] })
})

/** As a model answers that is asked for something other than a chat, with its cost. */
export const ask = Effect.fnUntraced(function* <A extends CallAnswer, E, R>(
  id: string,
  answer: Effect.Effect<A, E, R>,
  request: Pick<ChatRequest, "serviceTier">,
  options: WithCostOptions
): Effect.fn.Return<A, E, R | Pricing> {
  const call = yield* begin(id, request, options)
  const result = yield* answer.pipe(Effect.provideService(CurrentTrail, call.trail), Effect.result)
  if (Result.isFailure(result)) return yield* Effect.fail(call.failed(result.failure))
  const { attempts, cost } = yield* call.priced(result.success, result.success)
  return { ...result.success, cost, attempts: attempts ?? [] }
})

/** As a model streams, with the cost at its end. */
export const stream = Effect.fnUntraced(function* <Event extends CallEvent, E, R>(
  id: string,
  given: Stream.Stream<Event, E, R>,
  request: Pick<ChatRequest, "serviceTier">,
  options: WithCostOptions
): Effect.fn.Return<Stream.Stream<Event, E, R>, never, Pricing> {
  const call = yield* begin(id, request, options)
  let said: Named = {}
  const see = (event: Event): void => {
    call.trail.see(event)
    if (event.type === "response-start") said = event
    else if (event.type === "response-metadata") said = { ...said, model: event.model ?? said.model }
  }
  const priced = (event: Event): Effect.Effect<Event> => {
    see(event)
    switch (event.type) {
      case "restarted":
        return Effect.succeed({ ...event, attempts: call.attempts(event.attempts ?? []) })
      case "finish":
        return Effect.map(call.priced({ ...event, usage: event.usage ?? unknown }, said), (cost) => ({
          ...event,
          ...cost
        }))
      default:
        return Effect.succeed(event)
    }
  }
  const told = Stream.provideService(given, CurrentTrail, call.trail)
  const events = Stream.transformPull(told, (pull) =>
    Effect.succeed(
      Effect.flatMap(pull, (events) => {
        if (events.some(hasCost)) return Effect.forEach(events, priced)
        for (const event of events) see(event)
        return Effect.succeed(events)
      })
    )
  )
  return Stream.mapError(events, call.failed)
})

const hasCost = ({ type }: CallEvent): boolean => type === "finish" || type === "restarted"
