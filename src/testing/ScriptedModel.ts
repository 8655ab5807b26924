import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import { type ChatEvent, isContent } from "../domain/ChatEvent.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import { foldEvents, toEvents } from "../domain/ChatFold.ts"
import { ChatResponse, StreamInterruptedError } from "../domain/ChatResponse.ts"
import { NetworkError } from "../domain/CallErrors.ts"
import * as ModelId from "../domain/ModelId.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import * as Usage from "../domain/Usage.ts"
import { type ChatModel, type Definition, make as makeModel } from "../model/ChatModel.ts"

/**
 * A chat model that responds as its script says, without a provider or a network, for tests of code that uses models.
 * Time passes on the `Clock`, so that `TestClock` moves it.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScriptedModel<out E = ProviderError> extends ChatModel<E> {
  /** The calls so far, oldest first. */
  readonly calls: ReadonlyArray<Call>
}

/**
 * A call that a scripted model has seen. `startedAtMillis` and `ended` are milliseconds on the `Clock`; a call is `interrupted` when
 * its caller left before its end.
 *
 * @since 0.1.0
 * @category models
 */
export interface Call {
  readonly request: ChatRequest
  readonly stream: boolean
  readonly startedAtMillis: number
  readonly ended?: number
  readonly outcome: "pending" | "answered" | "failed" | "interrupted"
}

/**
 * What happens in one call: a text or a response, returned at once; an `Error`, failed with at once; or a `Turn`, in detail.
 *
 * @since 0.1.0
 * @category models
 */
export type Step<E> = string | ChatResponse | E | Turn<E>

/**
 * A call in detail.
 *
 * - `answer`: the response; text comes in as many deltas as it has words.
 * - `connect`: the wait for `response-start`; `firstToken`: from there to the first content; `gap`: between contents after
 *   that, and before `finish`; `together`: how many contents arrive at a time (1).
 * - `after`: how many content events come before `error` or `hang` take effect; all of them but not `finish`, when it is
 *   left out. With neither, the response is cut there: `StreamInterruptedError`, or `NetworkError` of a unary call.
 * - `error`: what it fails with; without `answer`, before `response-start`. `hang`: it never continues.
 *
 * @since 0.1.0
 * @category models
 */
export interface Turn<out E> {
  readonly answer?: string | ChatResponse | ReadonlyArray<ChatEvent> | undefined
  readonly connect?: Duration.Input | undefined
  readonly firstToken?: Duration.Input | undefined
  readonly gap?: Duration.Input | undefined
  readonly together?: number | undefined
  readonly after?: number | undefined
  readonly error?: E | undefined
  readonly hang?: boolean | undefined
}

/**
 * A script: one step for every call, steps in order (a call past the last one is a defect), or a function of the request
 * and of how many calls came before.
 *
 * @since 0.1.0
 * @category models
 */
export type Script<E> = Step<E> | ReadonlyArray<Step<E>> | ((request: ChatRequest, calls: number) => Step<E>)

/**
 * Makes a model that responds by a script. Its id is `scripted/model` by default.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E = ProviderError>(
  script: Script<NoInfer<E>>,
  options: Partial<Pick<Definition<E, never>, "id" | "contextWindow" | "structuredOutput">> = {}
): ScriptedModel<E> => {
  const id = options.id ?? "scripted/model"
  const calls: Array<Call> = []
  const begin = (request: ChatRequest, stream: boolean, clock: Clock.Clock) => {
    const step = stepOf(script, request, calls.length)
    if (step === undefined) throw new Error(`the script of ${id} has no step for call ${calls.length + 1}`)
    const index =
      calls.push({ request, stream, startedAtMillis: clock.currentTimeMillisUnsafe(), outcome: "pending" }) - 1
    return {
      turn: turnOf(step),
      end: (outcome: Call["outcome"]) =>
        Effect.sync(() => {
          const call = calls[index]
          if (call?.outcome === "pending") calls[index] = { ...call, ended: clock.currentTimeMillisUnsafe(), outcome }
        })
    }
  }
  const model = makeModel<E, never>({
    ...options,
    id,
    generate: (request) =>
      Effect.clockWith((clock) => {
        const { end, turn } = begin(request, false, clock)
        return Effect.onExit(answered(turn, id), (exit) => end(outcomeOf(exit)))
      }),
    stream: (request) =>
      Stream.unwrap(
        Effect.clockWith((clock) =>
          Effect.sync(() => {
            const { end, turn } = begin(request, true, clock)
            return written(turn, id, (partial) => new StreamInterruptedError({ ...ids(id), partial }) as E).pipe(
              Stream.mapArrayEffect((events) =>
                Effect.as(events.at(-1)?.type === "finish" ? end("answered") : Effect.void, events)
              ),
              Stream.onExit((exit) => end(exit._tag === "Success" ? "interrupted" : outcomeOf(exit)))
            )
          })
        )
      )
  })
  return Object.assign(model, { calls })
}

const stepOf = <E>(script: Script<E>, request: ChatRequest, calls: number): Step<E> | undefined => {
  if (typeof script === "function") return (script as (request: ChatRequest, calls: number) => Step<E>)(request, calls)
  return Array.isArray(script) ? (script as ReadonlyArray<Step<E>>)[calls] : (script as Step<E>)
}

const turnOf = <E>(step: Step<E>): Turn<E> => {
  if (typeof step === "string" || step instanceof ChatResponse) return { answer: step }
  return step instanceof Error ? { error: step as E } : (step as Turn<E>)
}

const outcomeOf = (exit: Exit.Exit<unknown, unknown>): Call["outcome"] => {
  if (Exit.isSuccess(exit)) return "answered"
  return Cause.hasInterruptsOnly(exit.cause) ? "interrupted" : "failed"
}

/** What arrives, in which order and after which waits, and whether the response is complete. */
interface Timeline {
  readonly arrivals: ReadonlyArray<{ readonly wait: Duration.Duration; readonly events: ReadonlyArray<ChatEvent> }>
  readonly whole: boolean
}

const timelineOf = <E>(turn: Turn<E>, id: string): Timeline => {
  const whole = turn.error === undefined && turn.hang !== true && turn.after === undefined
  const connect = duration(turn.connect)
  if (turn.answer === undefined && !whole) return { arrivals: [{ wait: connect, events: [] }], whole }
  const events = eventsOf(turn.answer ?? "", id).flatMap(byWords)
  const shown = whole ? events : first(events, turn.after ?? Infinity)
  const opening = shown.findIndex(isContent)
  const head = { wait: connect, events: opening < 0 ? shown : shown.slice(0, opening) }
  const groups = opening < 0 ? [[]] : byContents(shown.slice(opening), Math.max(1, turn.together ?? 1))
  const body = groups.map((events, at) => ({ wait: duration(at === 0 ? turn.firstToken : turn.gap), events }))
  return { arrivals: [head, ...body], whole }
}

const written = <E>(turn: Turn<E>, id: string, cut: (partial: ChatResponse) => E): Stream.Stream<ChatEvent, E> => {
  const { arrivals, whole } = timelineOf(turn, id)
  const shown = Stream.fromIterable(arrivals).pipe(
    Stream.mapEffect(({ events, wait }) => Effect.as(pause(wait), events)),
    Stream.flatMap((events) => Stream.fromArray(events))
  )
  if (whole) return shown
  const partial = () => foldEvents(arrivals.flatMap(({ events }) => events))
  return Stream.concat(shown, Stream.fromEffectDrain(Effect.suspend(() => inject(turn, () => cut(partial())))))
}

const answered = <E>(turn: Turn<E>, id: string): Effect.Effect<ChatResponse, E> => {
  const { arrivals, whole } = timelineOf(turn, id)
  const waited = Effect.forEach(arrivals, ({ wait }) => pause(wait), { discard: true })
  if (!whole)
    return Effect.andThen(
      waited,
      inject(turn, () => new NetworkError(ids(id)) as E)
    )
  const { answer } = turn
  return Effect.as(waited, answer instanceof ChatResponse ? answer : foldEvents(eventsOf(answer ?? "", id)))
}

const inject = <E>(turn: Turn<E>, cut: () => E): Effect.Effect<never, E> =>
  turn.hang === true ? Effect.never : Effect.fail(turn.error ?? cut())

const pause = (wait: Duration.Duration): Effect.Effect<void> =>
  Duration.isZero(wait) ? Effect.void : Effect.sleep(wait)

const duration = (input: Duration.Input | undefined): Duration.Duration => Duration.fromInputUnsafe(input ?? 0)

const ids = (id: string): { readonly provider?: string; readonly model: string } => ModelId.parse(id) ?? { model: id }

const eventsOf = (answer: NonNullable<Turn<never>["answer"]>, id: string): ReadonlyArray<ChatEvent> => {
  if (typeof answer !== "string") return answer instanceof ChatResponse ? toEvents(answer) : answer
  const content = answer === "" ? [] : [{ type: "text" as const, text: answer }]
  return toEvents(
    new ChatResponse({
      ...ids(id),
      content,
      finishReason: "stop",
      usage: Usage.unknown,
      warnings: [],
      attempts: []
    })
  )
}

const byWords = (event: ChatEvent): ReadonlyArray<ChatEvent> =>
  event.type === "text-delta"
    ? (event.delta.match(/\s*\S+|\s+$/g) ?? []).map((delta) => ({ type: "text-delta", id: event.id, delta }))
    : [event]

/** Groups of this many content events, each with the events before them. */
const byContents = (events: ReadonlyArray<ChatEvent>, together: number): ReadonlyArray<ReadonlyArray<ChatEvent>> => {
  const groups: Array<Array<ChatEvent>> = [[]]
  let contents = 0
  for (const event of events) {
    if (contents === together) {
      groups.push([])
      contents = 0
    }
    groups.at(-1)?.push(event)
    if (isContent(event)) contents++
  }
  return groups
}

/** The events up to this number of content events, without `finish`. */
const first = (events: ReadonlyArray<ChatEvent>, contents: number): ReadonlyArray<ChatEvent> => {
  let seen = 0
  const taken: Array<ChatEvent> = []
  for (const event of events) {
    if (event.type === "finish" || (isContent(event) && ++seen > contents)) break
    taken.push(event)
  }
  return taken
}
