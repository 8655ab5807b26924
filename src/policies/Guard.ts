/**
 * Guards: what may not go to a model, or come from it. A guard lets a request, a response or a text pass, rejects it
 * (`GuardrailError`), or rewrites it.
 *
 * ```ts
 * import { OpenAi } from "effect-llm"
 * import * as Detector from "effect-llm/policies/Detector"
 * import * as Guard from "effect-llm/policies/Guard"
 *
 * const model = OpenAi.model("gpt-5.4-mini").pipe(
 *   Guard.text({ name: "no-keys", check: Guard.rejects([Detector.apiKey]), stream: { characters: 600 } })
 * )
 * ```
 *
 * A guard that fails, dies or takes too long is an error, never a pass. By default nothing of a stream is shown before all of it
 * has passed; with a window more is shown, and what is longer than the window may be seen in part only.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { CallEvent } from "../domain/CallEvent.ts"
import type { CallResponse } from "../domain/CallResponse.ts"
import type { Capability, Moderation, Streaming } from "../domain/Capability.ts"
import { GuardrailError } from "../domain/ChatResponse.ts"
import { type Model, streamOf, wrap } from "../model/Model.ts"
import { gated } from "./content/GatedEvents.ts"
import { streamWithoutMemory, withoutMemory } from "./content/WithoutMemory.ts"
import { hold } from "./content/HeldStream.ts"
import * as Judging from "./content/Judging.ts"
import type { Rejection, Rewriting, Verdict } from "./content/Judging.ts"
import { textsOf } from "./content/Texts.ts"
import { gatesOf, guardTexts, type TextCheck } from "./content/TextGuard.ts"
import { record } from "./Decision.ts"
import { type Detector, find, type Span } from "./Detector.ts"
import { make as makePolicy, type Policy } from "./Policy.ts"
import { unwrap } from "../model/PullStream.ts"

export type { Rejection, Rewriting, TextCheck, Verdict }
export type { TextVerdict, TextView } from "./content/TextGuard.ts"
export type { Edit } from "./content/Windows.ts"

/**
 * Judges a whole request or response. An effect may ask another model.
 *
 * @since 0.1.0
 * @category models
 */
export interface Judge<in out A, out R = never> {
  (value: A): Verdict<A> | Effect.Effect<Verdict<A>, unknown, R>
}

/**
 * - `name`: what errors and telemetry call the guard.
 * - `request`, `response`: what judges them.
 * - `timeLimit`: how long a verdict may take (10 seconds).
 *
 * @since 0.1.0
 * @category models
 */
export interface GuardOptions<in out C extends Capability, out R = never> {
  readonly name: string
  readonly request?: Judge<C["Request"], R> | undefined
  readonly response?: Judge<C["Response"], R> | undefined
  readonly timeLimit?: Duration.Input | undefined
}

/**
 * Lets what a guard judges pass.
 *
 * @since 0.1.0
 * @category verdicts
 */
export const pass: Verdict<never> = undefined

/**
 * Ends the call with `GuardrailError`.
 *
 * @since 0.1.0
 * @category verdicts
 */
export const reject = (reason: string): Rejection => ({ _tag: "Reject", reason })

/**
 * Lets something else pass instead.
 *
 * @since 0.1.0
 * @category verdicts
 */
export const rewrite = <A>(value: A): Rewriting<A> => ({ _tag: "Rewrite", value })

const judgingOf = (
  { name, timeLimit = "10 seconds" }: { readonly name: string; readonly timeLimit?: Duration.Input | undefined },
  at: Judging.Judging["at"],
  partial?: Judging.Judging["partial"]
): Judging.Judging => ({ guard: name, at, timeLimit: Duration.fromInputUnsafe(timeLimit), partial })

/**
 * A guard of whole requests and responses, for every capability. A stream is held back until its response has passed; without
 * `response` it is not. A response that was rewritten arrives as a stream of its own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make =
  <C extends Capability, R1 = never>(
    options: GuardOptions<C, R1>
  ): (<E, R>(self: Model<C, E, R>) => Model<C, E | GuardrailError, R | R1>) =>
  <E, R>(self: Model<C, E, R>): Model<C, E | GuardrailError, R | R1> => {
    const stream = streamOf(self)
    const ofRequest = (request: C["Request"]) => judged(judgingOf(options, "request"), request, options.request)
    const ofResponse = (response: C["Response"]) => {
      const judging = judgingOf(options, "response", () => Judging.notShown(response))
      return judged(judging, Judging.withoutUnseenAttempts(response), options.response)
    }
    return wrap<C, E | GuardrailError, R | R1>(self, {
      generate: (request) =>
        Effect.flatMap(ofRequest(request), (request) =>
          options.response === undefined
            ? self.generate(request)
            : Effect.flatMap(
                Effect.mapError(withoutMemory(self.generate(request)), Judging.withoutUnseen<E>),
                ofResponse
              )
        ),
      stream:
        stream &&
        ((request, streaming) =>
          unwrap(
            Effect.map(ofRequest(request), (request) =>
              options.response === undefined
                ? stream(request)
                : heldBack(judgingOf(options, "response"), streamWithoutMemory(stream(request)), streaming, ofResponse)
            )
          ))
    })
  }

const judged = Effect.fnUntraced(function* <A, R>(
  judging: Judging.Judging,
  value: A,
  judge: Judge<A, R> | undefined
): Effect.fn.Return<A, GuardrailError, R> {
  if (judge === undefined) return value
  const verdict = yield* Judging.decide(judging, () => judge(value))
  if (verdict === undefined) return value
  if (verdict._tag === "Reject") return yield* Judging.rejectionOf(judging, verdict.reason)
  yield* record({ type: "guard-rewrote", guard: judging.guard, at: judging.at })
  return verdict.value
})

/** A stream that is shown only when its response has passed. */
const heldBack = <C extends Capability, E, R, R1>(
  judging: Judging.Judging,
  stream: Stream.Stream<C["Event"], E, R>,
  streaming: Streaming<C>,
  ofResponse: (response: C["Response"]) => Effect.Effect<C["Response"], GuardrailError, R1>
): Stream.Stream<C["Event"], E | GuardrailError, R | R1> =>
  unwrap(
    Effect.gen(function* () {
      const held = yield* Effect.mapError(hold(stream, streaming), Judging.withoutUnseen<E>)
      const passed = yield* ofResponse(held.response)
      if (passed === held.response) return Stream.fromArray(held.events.map(cleaned))
      const { unfold } = streaming
      return unfold === undefined
        ? Stream.fromEffect(
            Judging.rejectionOf(judging, "it could not run: streams of this capability cannot be rewritten", true)
          )
        : Stream.fromArray(unfold(passed))
    })
  )

/**
 * - `name`: what errors and telemetry call the guard.
 * - `check`: judges a text. It may also return edits, the only way to change a text within a window.
 * - `at`: whose texts it sees: those of `both` (the default), of the request or of the response.
 * - `stream`: how much of a stream is held back: all of it until it ends (`hold-back`, the default), or a window. Within
 *   windows, whatever is no longer than so many characters (a token is taken for four) is seen in one piece before any of it
 *   is shown, however the stream is cut; up to twice as much is held back.
 * - `timeLimit`: how long a verdict may take (10 seconds).
 *
 * @since 0.1.0
 * @category models
 */
export interface TextGuardOptions<out R = never> {
  readonly name: string
  readonly check: TextCheck<R>
  readonly at?: "request" | "response" | "both" | undefined
  readonly stream?: "hold-back" | { readonly characters: number } | { readonly tokens: number } | undefined
  readonly timeLimit?: Duration.Input | undefined
}

/**
 * A guard of texts: of messages, reasoning, tool calls (each string and number of their inputs) and their results, and of the
 * inputs and texts of every other capability. Where reasoning is rewritten, it loses its signature; log probabilities, which
 * spell out the text, and the provider's raw body are left out.
 *
 * The input of a tool call is held back until it is whole.
 *
 * @since 0.1.0
 * @category constructors
 */
export const text = <R1 = never>(options: TextGuardOptions<R1>): Policy<GuardrailError, R1> => {
  const { at = "both", check } = options
  const guardRequest = <Request extends object>(request: Request): Effect.Effect<Request, GuardrailError, R1> =>
    at === "response" ? Effect.succeed(request) : guardTexts(judgingOf(options, "request"), check, request)

  const guardResponse = <Response extends CallResponse>(response: Response) => {
    const judging = judgingOf(options, "response", () => Judging.notShown(response))
    return Effect.map(guardTexts(judging, check, Judging.withoutUnseenAttempts(response)), (passed) =>
      passed === response ? passed : withoutCopies(passed)
    )
  }

  /** Events that were read to their end, all of which have to pass. */
  const guardHeld = Effect.fnUntraced(function* <C extends Capability, E, R>(
    stream: Stream.Stream<C["Event"], E, R>,
    streaming: Streaming<C>
  ) {
    const { events, response } = yield* Effect.mapError(hold(stream, streaming), Judging.withoutUnseen<E>)
    const judging = judgingOf(options, "response", () => Judging.notShown(response))
    const passed = yield* Stream.runCollect(gated(Stream.fromArray(events), gatesOf(judging, check, Infinity)))
    return Stream.map(Stream.fromArray(passed), cleaned)
  })

  const guardWindows = <C extends Capability, E, R>(
    stream: Stream.Stream<C["Event"], E, R>,
    streaming: Streaming<C>,
    characters: number
  ) =>
    Stream.suspend(() => {
      const shown = streaming.makePartial?.(mostPartialBytes)
      const judging = judgingOf(options, "response")
      const windows = gated(stream, gatesOf(judging, check, Math.max(1, characters)), (events) => shown?.add(events, 0))
      return Stream.mapError(Stream.map(windows, cleaned), (error: E | GuardrailError) =>
        isOwn(error, options.name)
          ? Object.assign(error, { partial: shown?.partial() })
          : Judging.withoutUnseen(error, shown?.partial())
      )
    })

  return makePolicy<GuardrailError, R1>({
    generate: ({ model, request }) =>
      Effect.flatMap(guardRequest(request), (request) =>
        at === "request"
          ? model.generate(request)
          : Effect.flatMap(
              Effect.mapError(withoutMemory(model.generate(request)), Judging.withoutUnseen),
              guardResponse
            )
      ),
    stream: ({ model, request, run, streaming }) =>
      unwrap(
        Effect.flatMap(guardRequest(request), (passed) => {
          const stream = passed === request ? run : (streamOf(model)?.(passed) ?? run)
          if (at === "request") return Effect.succeed(stream)
          const { stream: mode = "hold-back" } = options
          const seen = streamWithoutMemory(stream)
          if (mode === "hold-back") return guardHeld(seen, streaming)
          return Effect.succeed(
            guardWindows(seen, streaming, "characters" in mode ? mode.characters : mode.tokens * charactersPerToken)
          )
        })
      )
  })
}

const charactersPerToken = 4

/** How much of what had passed is kept for an error. */
const mostPartialBytes = 8 * 1024 * 1024

/** An event without what no guard has seen: partial responses of attempts, and frames that could not be read. */
const cleaned = <Event extends CallEvent>(event: Event): Event => {
  if (event.type === "finish" || event.type === "restarted") return Judging.withoutUnseenAttempts(event)
  return event.type === "malformed-frame" ? Object.assign({}, event, { frame: { data: "" } }) : event
}

const isOwn = (error: unknown, guard: string): error is GuardrailError =>
  error instanceof GuardrailError && error.guard === guard && error.at === "response" && error.partial === undefined

/** A response without what spells out the original text. */
const withoutCopies = <Response extends object>(response: Response): Response =>
  Object.assign(Object.create(Object.getPrototypeOf(response)), response, { raw: undefined, logprobs: undefined })

/**
 * - `name`: what errors and telemetry call the guard.
 * - `at`: whose texts are judged: those of `both` (the default), of the request or of the response.
 * - `timeLimit`: how long a verdict may take (10 seconds).
 *
 * @since 0.1.0
 * @category models
 */
export interface ModerationGuardOptions extends Pick<TextGuardOptions, "name" | "at" | "timeLimit"> {}

/**
 * A guard that rejects what a moderation model flags. All texts of a request are judged by one call, and so are those of a
 * response, of which nothing is shown before.
 *
 * @since 0.1.0
 * @category constructors
 */
export const moderated = <E1, R1>(
  moderation: Model<Moderation, E1, R1>,
  { at = "both", ...options }: ModerationGuardOptions
): Policy<GuardrailError, R1> => {
  const judge = Effect.fnUntraced(function* (value: object): Effect.fn.Return<Verdict<never>, E1, R1> {
    const inputs = textsOf(value)
    if (inputs.length === 0) return pass
    const { results } = yield* moderation.generate({ inputs })
    const flagged = results.find(({ flagged }) => flagged)
    if (flagged === undefined) return pass
    const categories = Object.entries(flagged.categories).flatMap(([category, is]) => (is ? [category] : []))
    return reject(`it is flagged${categories.length === 0 ? "" : ` as ${categories.join(", ")}`}`)
  })
  return <C extends Capability, E, R>(self: Model<C, E, R>) =>
    make<C, R1>({
      ...options,
      request: at === "response" ? undefined : judge,
      response: at === "request" ? undefined : judge
    })(self)
}

/**
 * Rejects texts in which a detector finds something.
 *
 * @since 0.1.0
 * @category checks
 */
export const rejects =
  (detectors: ReadonlyArray<Detector>): TextCheck =>
  (text, { before, isLast }) => {
    const spans = find(detectors, text, before)
    // What reaches to the end of a window may turn out to be something else.
    const found = spans.find(({ end }) => isLast || end < text.length)
    return found === undefined ? spans : reject(`it contains data of the kind ${found.detector}`)
  }

/**
 * Replaces what detectors find, by `[EMAIL]` and the like unless `replacement` says otherwise.
 *
 * @since 0.1.0
 * @category checks
 */
export const replaces =
  (
    detectors: ReadonlyArray<Detector>,
    replacement: (span: Span) => string = ({ detector }) => `[${detector}]`
  ): TextCheck =>
  (text, { before }) =>
    find(detectors, text, before).map((span) => ({ start: span.start, end: span.end, text: replacement(span) }))
