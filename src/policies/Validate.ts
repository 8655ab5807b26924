/**
 * Responses that must satisfy checks: where one does not, the model is called again with the reason, a bounded number of
 * times.
 *
 * ```ts
 * import { OpenAi, Validate } from "effect-llm"
 *
 * const brief = OpenAi.model("gpt-5.4-mini").pipe(
 *   Validate.make([Validate.notEmpty, ({ text }) => (text.length > 500 ? "it is longer than 500 characters" : undefined)])
 * )
 * ```
 *
 * A stream is held back until it is found valid, so that its first event comes with its last: put limits on the time to the
 * first token inside of this policy, or choose `stream: "restart"`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { CallResponse } from "../domain/CallResponse.ts"
import type { Capability, Streaming } from "../domain/Capability.ts"
import { ValidationError } from "../domain/ChatResponse.ts"
import { type Model, streamOf, wrap } from "../model/Model.ts"
import { aside, attempts, type Failure, type Next } from "./Attempts.ts"
import { asPartial, hold } from "./content/HeldStream.ts"
import { record } from "./Decision.ts"
import { unwrap } from "../model/PullStream.ts"

/**
 * What is wrong with a response, in words for the model; `undefined` where nothing is. An effect may ask another
 * model or a database; where it fails, the call fails with its error.
 *
 * @since 0.1.0
 * @category models
 */
export interface Check<in Response, out E = never, out R = never> {
  (response: Response): string | undefined | Effect.Effect<string | undefined, E, R>
}

/**
 * - `times`: the number of retries, at most (2).
 * - `stream`: `hold-back` (the default) shows nothing of a stream before it is whole and valid. `restart` shows it as it
 *   arrives; where it then turns out invalid, a `restarted` event tells the reader to discard what it showed.
 *
 * @since 0.1.0
 * @category models
 */
export interface ValidateOptions {
  readonly times?: number | undefined
  readonly stream?: "hold-back" | "restart" | undefined
}

/**
 * Lets only responses pass that satisfy all checks, which are made in order up to the first that fails. After an invalid one
 * the model is called again: a chat with that response and the reason at the end of its messages (as the result of each tool
 * call, where it made some), anything else with the same request. Fails with `ValidationError`, which has the reasons of all
 * and the last response. Every response is in `attempts`, with its cost and, in `error.partial`, its usage.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make =
  <C extends Capability, E1 = never, R1 = never>(
    checks: Check<C["Response"], E1, R1> | ReadonlyArray<Check<C["Response"], E1, R1>>,
    options: ValidateOptions = {}
  ): (<E, R>(self: Model<C, E, R>) => Model<C, E | E1 | ValidationError, R | R1>) =>
  (self) => {
    const all = typeof checks === "function" ? [checks] : checks
    return validated(self, (response) => firstReason(all, response), options)
  }

const firstReason = Effect.fnUntraced(function* <Response, E, R>(
  checks: ReadonlyArray<Check<Response, E, R>>,
  response: Response
): Effect.fn.Return<string | undefined, E, R> {
  for (const check of checks) {
    const verdict = check(response)
    const reason = Effect.isEffect(verdict) ? yield* aside(verdict) : verdict
    if (reason !== undefined) return reason
  }
  return undefined
})

/** An invalid response, as the next attempt needs it. */
interface Invalid<Response> {
  readonly response: Response
  readonly reason: string
  readonly error: ValidationError
}

const validated = <C extends Capability, E, R, E1, R1>(
  self: Model<C, E, R>,
  check: (response: C["Response"]) => Effect.Effect<string | undefined, E1, R1>,
  { stream: mode = "hold-back", times = 2 }: ValidateOptions
): Model<C, E | E1 | ValidationError, R | R1> => {
  type M = Model<C, E | E1 | ValidationError, R | R1>
  const stream = streamOf(self)

  /** The model with a request that is corrected, whose invalid responses are failures. */
  const attempt = (
    correct: (request: C["Request"]) => C["Request"],
    judge: (response: C["Response"]) => Effect.Effect<void, E1 | ValidationError, R1>
  ): M =>
    wrap<C, E | E1 | ValidationError, R | R1>(self, {
      generate: (request) => Effect.tap(self.generate(correct(request)), judge),
      stream:
        stream &&
        ((request, streaming) =>
          mode === "restart"
            ? judgedAtEnd(stream(correct(request)), streaming, judge)
            : heldBack(stream(correct(request)), streaming, judge))
    })

  /** The attempts of one call. */
  const start = (): ((
    failure: Failure<M, E | E1 | ValidationError> | undefined
  ) => Effect.Effect<Next<M> | undefined>) => {
    const reasons: Array<string> = []
    let invalid: Invalid<C["Response"]> | undefined
    let correct = (request: C["Request"]): C["Request"] => request
    const judge = Effect.fnUntraced(function* (
      response: C["Response"]
    ): Effect.fn.Return<void, E1 | ValidationError, R1> {
      const reason = yield* check(response)
      if (reason === undefined) return
      yield* record({ type: "validation-failed", model: self.id })
      reasons.push(reason)
      const error = new ValidationError({ reasons: [...reasons], partial: asPartial(response) })
      invalid = { response, reason, error }
      return yield* error
    })
    return (failure) => {
      if (failure !== undefined) {
        if (invalid === undefined || failure.error !== invalid.error || reasons.length > times) {
          return Effect.succeed(undefined)
        }
        const { reason, response } = invalid
        const before = correct
        correct = (request) => {
          const last = before(request)
          return self.kind.correct?.(last, response, reason) ?? last
        }
      }
      return Effect.succeed({ model: attempt(correct, judge), isRetry: true })
    }
  }

  return attempts(self, {
    start: () => Effect.sync(start),
    // A call without a failure always has a model to call first.
    giveUp: (failure) => failure?.error as E | E1 | ValidationError,
    onInterrupted: mode === "restart" ? mode : undefined
  })
}

/** A stream that is shown only when it is whole and valid. */
const heldBack = <C extends Capability, E, R, E1, R1>(
  stream: Stream.Stream<C["Event"], E, R>,
  streaming: Streaming<C>,
  judge: (response: C["Response"]) => Effect.Effect<void, E1, R1>
): Stream.Stream<C["Event"], E | E1, R | R1> =>
  unwrap(
    Effect.flatMap(hold(stream, streaming), ({ events, response }) =>
      Effect.as(judge(response), Stream.fromArray(events))
    )
  )

/** A stream that is shown as it arrives, and fails before its end where it is invalid. */
const judgedAtEnd = <C extends Capability, E, R, E1, R1>(
  stream: Stream.Stream<C["Event"], E, R>,
  { makeFold }: Streaming<C>,
  judge: (response: C["Response"]) => Effect.Effect<void, E1, R1>
): Stream.Stream<C["Event"], E | E1, R | R1> =>
  Stream.suspend(() => {
    const fold = makeFold()
    return Stream.mapArrayEffect(stream, (events) => {
      for (const event of events) fold.add(event)
      const response = events.at(-1)?.type === "finish" ? fold.response() : undefined
      return response === undefined ? Effect.succeed(events) : Effect.as(judge(response), events)
    })
  })

/**
 * The response is not empty: it has more than white space and reasoning, whatever the capability.
 *
 * @since 0.1.0
 * @category checks
 */
export const notEmpty: Check<CallResponse> = (response) =>
  Object.entries(response).some(([field, value]) => contents.has(field) && !isBlank(value))
    ? undefined
    : "the response is empty"

/** Where responses have what was asked for. */
const contents: ReadonlySet<string> = new Set(["content", "text", "audio", "embeddings", "images", "results"])

const isBlank = (value: unknown): boolean => {
  if (typeof value === "string") return value.trim() === ""
  if (value instanceof Uint8Array) return value.length === 0
  if (Array.isArray(value)) return value.every(isBlank)
  if (!Predicate.isObject(value)) return value === undefined || value === null
  return value.type === "reasoning" || (value.type === "text" && isBlank(value.text))
}

/**
 * The text of the response is JSON, and nothing else.
 *
 * @since 0.1.0
 * @category checks
 */
export const json: Check<{ readonly text: string }> = ({ text }) => {
  const result = parse(text)
  return Result.isFailure(result) ? `the response is not JSON: ${result.failure.message}` : undefined
}

const parse = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Unknown))

/**
 * The text of the response is JSON that a schema decodes. `ChatModel.generateObject` decodes it for you, and asks the provider
 * to enforce the schema; this is for models and prompts where the text has to stay text.
 *
 * @since 0.1.0
 * @category checks
 */
export const schema = <A, RD>(
  schema: Schema.ConstraintCodec<A, unknown, RD, unknown>
): Check<{ readonly text: string }, never, RD> => {
  const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.toCodecJson(schema)))
  return ({ text }) =>
    Effect.match(decode(text), {
      onFailure: (error) => `the response does not conform to the schema: ${error.message}`,
      onSuccess: () => undefined
    })
}
