/**
 * The type of models. Import `Model` from `effect-llm`, which has the policies too: this path is what TypeScript writes into
 * the declarations of a library that exports a model.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Attempt } from "../domain/ChatResponse.ts"
import type { CallEvent } from "../domain/CallEvent.ts"
import type { CallResponse } from "../domain/CallResponse.ts"
import type { Capability, Kind, Streaming } from "../domain/Capability.ts"
import { InvalidRequestError } from "../domain/CallErrors.ts"
import * as ModelId from "../domain/ModelId.ts"
import { withFields } from "../domain/ResponseFields.ts"
import { currentSteadyMillis } from "../domain/SteadyClock.ts"
import { unwrap } from "./PullStream.ts"

const TypeId = "~effect-llm/model/Model"

/**
 * A model of any capability, as far as it can be used without knowing which.
 *
 * @since 0.1.0
 * @category models
 */
export interface Any extends Pipeable {
  readonly [TypeId]: typeof TypeId
  /** `provider/model`, or the parts of a composed model joined by commas. */
  readonly id: string
  /** The longest input it reads (of a chat, with the response), in tokens; absent when it is not known. */
  readonly contextWindow?: number | undefined
  /** What the model was given that its `id` does not say, such as credentials or defaults: a part of the keys of caches. What may change is a function. */
  readonly variant?: ReadonlyArray<unknown> | undefined
}

/**
 * A model of a capability: `C` says what goes in and what comes out, `E` is every way a call can fail, and `R` every
 * provider it needs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Model<in out C extends Capability, out E = never, out R = never> extends Any {
  readonly kind: Kind<C>
  /** Makes a call and waits for the whole response. Interrupting it closes the connection. */
  readonly generate: (input: C["Input"]) => Effect.Effect<C["Response"], E, R>
  /**
   * Makes a call and delivers the response as it is made; `undefined` where responses only come whole. The stream has
   * exactly one `finish` event, at its end, or it fails. It is cold: running it twice makes two calls.
   */
  readonly stream: StreamOf<C, E, R>
  /** How a request that is too large for one call is split into several. */
  readonly splitting?: Effect.Effect<Splitting<C, E>, never, R> | undefined
}

/**
 * The type of `stream`, for a capability that has events.
 *
 * @since 0.1.0
 * @category utility types
 */
export type StreamOf<C extends Capability, E, R> = [C["Event"]] extends [never]
  ? undefined
  : (input: C["Input"]) => Stream.Stream<C["Event"], E, R>

/**
 * What a model needs.
 *
 * @since 0.1.0
 * @category utility types
 */
export type Services<M> = M extends Model<infer _C, infer _E, infer R> ? R : never

/**
 * How a model fails.
 *
 * @since 0.1.0
 * @category utility types
 */
export type Error<M> = M extends Model<infer _C, infer E, infer _R> ? E : never

/**
 * The capability of a model.
 *
 * @since 0.1.0
 * @category utility types
 */
export type CapabilityOf<M> = M extends Model<infer C, infer _E, infer _R> ? C : never

/**
 * How a request that is too large for one call is split into several, and how their responses become one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Splitting<in out C extends Capability, out E> {
  /** The requests in order; one, where the whole fits into one call. */
  readonly split: (request: C["Request"]) => ReadonlyArray<C["Request"]>
  /** One response out of those to the parts, in their order. */
  readonly join: (responses: ReadonlyArray<C["Response"]>) => C["Response"]
  /** The error of a call of which one part failed: the parts without a response are `undefined`. */
  readonly incomplete: (
    parts: ReadonlyArray<C["Request"]>,
    responses: ReadonlyArray<C["Response"] | undefined>,
    error: unknown
  ) => E
  /** How many parts are sent at a time. */
  readonly concurrency: number
}

/**
 * The functions that a model is made of; they take requests in canonical form.
 *
 * @since 0.1.0
 * @category models
 */
export interface Calls<in out C extends Capability, out E, out R> {
  readonly generate: (request: C["Request"]) => Effect.Effect<C["Response"], E, R>
  /** `streaming` is that of the kind, which says what the events mean. */
  readonly stream?: ((request: C["Request"], streaming: Streaming<C>) => Stream.Stream<C["Event"], E, R>) | undefined
  readonly splitting?: Effect.Effect<Splitting<C, E>, never, R> | undefined
}

/**
 * What makes a model out of what calls a provider.
 *
 * @since 0.1.0
 * @category models
 */
export interface Definition<in out C extends Capability, out E, out R> extends Calls<C, E, R> {
  readonly id: string
  readonly kind: Kind<C>
  readonly contextWindow?: number | undefined
}

const Proto = {
  [TypeId]: TypeId,
  pipe(): unknown {
    return pipeArguments(this, arguments)
  }
}

/**
 * Makes a model out of what calls a provider. A model made of other models is made by a `Policy`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <C extends Capability, E, R>(definition: Definition<C, E, R>): Model<C, E, R> => {
  const { generate, id, kind, splitting, stream } = definition
  return wrap<C, E, R>(definition, {
    splitting,
    generate: (request) => {
      const error = refusalOf(request)
      if (error !== undefined) return refuse(id, error)
      const { streaming } = kind
      if (stream === undefined || streaming?.isObservable !== true) return generate(request)
      return Effect.withFiber((fiber): Effect.Effect<C["Response"], E, R> => {
        const observer = fiber.getRef(CurrentObserver)
        return observer === undefined ? generate(request) : collect(streaming, stream(request, streaming), observer)
      })
    },
    stream:
      stream &&
      ((request, streaming) => {
        const error = refusalOf(request)
        return error === undefined ? stream(request, streaming) : Stream.fromEffect(refuse(id, error))
      })
  })
}

/**
 * Makes a model that is what another one is, and whose calls go through these functions.
 *
 * @since 0.1.0
 * @category constructors
 */
export const wrap = <C extends Capability, E, R>(
  { contextWindow, id, kind, variant }: { readonly kind: Kind<C> } & Pick<Any, "id" | "contextWindow" | "variant">,
  { generate, splitting, stream }: Calls<C, E, R>
): Model<C, E, R> => {
  const streamNow = (input: C["Input"]): Stream.Stream<C["Event"], E, R> => {
    const { streaming } = kind
    return stream === undefined || streaming === undefined
      ? Stream.die(`${id} streams, but its kind (${kind.id}) has no \`streaming\``)
      : stream(canonical(kind, input), streaming)
  }
  const generateAll =
    splitting === undefined ? generate : (request: C["Request"]) => timed(inParts(id, splitting, request, generate))
  const model = {
    __proto__: Proto,
    id,
    contextWindow,
    variant,
    kind,
    splitting,
    generate: (input: C["Input"]) => {
      const { load } = kind
      if (load === undefined) return generateAll(canonical(kind, input))
      const kept = snapshot(input)
      return Effect.flatMap(load, () => generateAll(canonical(kind, kept)))
    },
    stream:
      stream &&
      ((input: C["Input"]) => {
        const { load } = kind
        if (load === undefined) return streamNow(input)
        const kept = snapshot(input)
        return unwrap(Effect.map(load, () => streamNow(kept)))
      })
  }
  return model as unknown as Model<C, E, R>
}

/**
 * The same model, which was given something that its `id` does not say: see `variant` of `Any`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withVariant = <C extends Capability, E, R>(self: Model<C, E, R>, variant: unknown): Model<C, E, R> =>
  // Not `Object.create`: see `PulledChannel`.
  ({ __proto__: Proto, ...self, variant: [...(self.variant ?? []), variant] }) as Model<C, E, R>

/**
 * The stream of a model of any capability, if it has one.
 *
 * @since 0.1.0
 * @category getters
 */
export const streamOf = <C extends Capability, E, R>(
  self: Model<C, E, R>
): ((input: C["Input"]) => Stream.Stream<C["Event"], E, R>) | undefined => self.stream

/**
 * Whether a value is a model.
 *
 * @since 0.1.0
 * @category guards
 */
export const isModel = (u: unknown): u is Any => Predicate.hasProperty(u, TypeId)

/**
 * Who sees a whole response being made. While someone does, a model that is to `generate` opens a stream, shows its events
 * as they arrive, and folds them: a unary call cannot tell a slow response from a silent provider.
 */
export const CurrentObserver: Context.Reference<((event: CallEvent) => void) | undefined> = Context.Reference<
  ((event: CallEvent) => void) | undefined
>("effect-llm/model/CurrentObserver", { defaultValue: () => undefined })

const collect = <C extends Capability, E, R>(
  { makeFold }: Streaming<C>,
  stream: Stream.Stream<C["Event"], E, R>,
  observer: (event: CallEvent) => void
): Effect.Effect<C["Response"], E, R> =>
  Effect.suspend(() => {
    const fold = makeFold()
    const read = Stream.runForEachArray(stream, (events) =>
      Effect.sync(() => {
        for (const event of events) {
          fold.add(event)
          observer(event)
        }
      })
    )
    return Effect.flatMap(read, () => {
      const response = fold.response()
      return response === undefined
        ? Effect.die("the stream of a model ended without `finish`: it must fail or finish")
        : Effect.succeed(response)
    })
  })

/** A symbol, so that copies of a request (`{ ...request, seed: 1 }`) keep it. */
const Refusal = Symbol.for("effect-llm/model/Refusal")

/** The requests that were made here: all policies of a call see the same one, which is checked once. */
const checked = new WeakSet<object>()

const isObject = (u: unknown): u is object => typeof u === "object" && u !== null

/**
 * Of an input that is wrong it makes an empty request that holds the error: whatever policies do with it, the model at the
 * end refuses it, so that retries, fallbacks and observers see an ordinary failure.
 */
const canonical = <C extends Capability>({ check, empty, make }: Kind<C>, input: C["Input"]): C["Request"] => {
  if (check === undefined) return make(input)
  if (isObject(input) && checked.has(input)) return input
  const error = check(input)
  const request = error === undefined ? make(input) : { ...empty, [Refusal]: error }
  // The caller's own object may change before the next call.
  const kept = isSame(request, input) ? { ...request } : request
  checked.add(kept)
  return kept
}

/** Whether a request is one that was made here: it has been checked, and its caller has no hold of it. */
export const isCanonical = (request: object): boolean => checked.has(request)

const isSame = (a: unknown, b: unknown): boolean => a === b

const refusalOf = (request: object): InvalidRequestError | undefined =>
  (request as { readonly [Refusal]?: InvalidRequestError })[Refusal]

/** Typed `never`: a request that satisfies its type is never refused. */
const refuse = (id: string, { at, detail }: InvalidRequestError): Effect.Effect<never> => {
  const { model, provider } = ModelId.parse(id) ?? { model: id, provider: undefined }
  return Effect.fail(new InvalidRequestError({ provider, model, at, detail })) as Effect.Effect<never, never>
}

/** A request as it is now, for what looks at it later: the caller's own object may change until then. */
const snapshot = <Input>(input: Input): Input =>
  isObject(input) && Object.getPrototypeOf(input) === Object.prototype ? { ...input } : input

/** Sends part after part, and joins the responses. The first part that fails ends the others. */
const inParts = Effect.fnUntraced(function* <C extends Capability, E, R>(
  model: string,
  loaded: Effect.Effect<Splitting<C, E>, never, R>,
  request: C["Request"],
  generate: (request: C["Request"]) => Effect.Effect<C["Response"], E, R>
): Effect.fn.Return<C["Response"], E, R> {
  const splitting = yield* loaded
  const parts = splitting.split(request)
  const [only] = parts
  if (only !== undefined && parts.length === 1) return yield* generate(only)
  const responses: Array<C["Response"] | undefined> = parts.map(() => undefined)
  const sent = Effect.forEach(
    parts,
    (part, index) => Effect.map(generate(part), (response) => (responses[index] = response)),
    { concurrency: splitting.concurrency }
  )
  const result = yield* Effect.result(sent)
  if (Result.isFailure(result)) {
    const hasNone = responses.every((response) => response === undefined)
    return yield* Effect.fail(hasNone ? result.failure : splitting.incomplete(parts, responses, result.failure))
  }
  return withFields(splitting.join(result.success), { attempts: attemptsOf(model, result.success) })
})

/** All parts are one call: the attempts that failed, and one that succeeded. */
const attemptsOf = (model: string, responses: ReadonlyArray<CallResponse>): ReadonlyArray<Attempt> => {
  const all = responses.flatMap(({ attempts }) => attempts)
  const succeeded = all.filter(({ error }) => error === undefined)
  const duration = succeeded.reduce((sum, { duration }) => Duration.sum(sum, duration), Duration.zero)
  return [...all.filter(({ error }) => error !== undefined), { model: succeeded[0]?.model ?? model, duration }]
}

const timed = <A extends CallResponse, E, R>(response: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(currentSteadyMillis, (startedAtMillis) =>
    Effect.zipWith(response, currentSteadyMillis, (response, now) =>
      withFields(response, { timings: { ...response.timings, total: Duration.millis(now - startedAtMillis) } })
    )
  )
