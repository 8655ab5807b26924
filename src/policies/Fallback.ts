import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"
import { AllFailedError } from "../domain/AllFailedError.ts"
import { type FailedModel, isFallbackable, refusersOf } from "../domain/ProviderError.ts"
import type { Capability, Chat, Kind } from "../domain/Capability.ts"
import { currentSteadyMillis } from "../domain/SteadyClock.ts"
import { kind as chat } from "../model/ChatKind.ts"
import type * as Model from "../model/Model.ts"
import { attempts, type Failure, type Next, type Plan } from "./Attempts.ts"
import { causes, exceededBy, hasRefused, isContentPolicy, isTooLong, knownWindows, type WindowOf } from "./Failures.ts"

/**
 * - `onInterrupted`: what becomes of a stream that breaks off after its first content: it fails (the default), or a
 *   `restarted` event tells the reader to discard what it showed and the next model takes over.
 * - `onContentPolicy`: whether a refusal by policy ends the call (the default) or is taken to the next model.
 * - `while`: which errors are taken to the next model, in place of `ProviderError.isFallbackable`, and however many of
 *   them are refusals of an invalid request.
 *
 * @since 0.1.0
 * @category models
 */
export interface FallbackOptions<in E> {
  readonly onInterrupted?: "fail" | "restart" | undefined
  readonly onContentPolicy?: "fail" | "fallback" | undefined
  readonly while?: ((error: E) => boolean) | undefined
}

/**
 * Calls the models one after another until one succeeds; each as it is, with its own retries.
 *
 * The next model is called at once, and only after errors that it may do better with. A refusal as invalid
 * (`InvalidRequestError` of a provider) says nothing about another provider: it goes on, and that of a second provider ends
 * the call. Where two models of one provider refuse, its others are passed over. A conversation that was too long for
 * one model goes only to models whose `contextWindow` is known to be larger than what was exceeded: their own, else what
 * the embedded catalog says, which is read when that first happens. Whatever ends the call, it fails with
 * `AllFailedError`, whose `attempts` list every attempt of every model.
 *
 * The models are of one capability, any one. Embeddings of two models are not comparable, so a request for many goes to the
 * next model as a whole.
 *
 * The chain's own `contextWindow` is the largest of those known: it can read what one of its models can.
 *
 * @since 0.1.0
 * @category constructors
 */
export function make<const Models extends readonly [Model.Any, ...ReadonlyArray<Model.Any>]>(
  models: Models & SameCapability<Models>,
  options?: FallbackOptions<Model.Error<Models[number]>>
): Model.Model<Model.CapabilityOf<Models[0]>, AllFailedError, Model.Services<Models[number]>>
export function make<C extends Capability, E, R>(
  models: readonly [Model.Model<C, E, R>, ...ReadonlyArray<Model.Model<C, E, R>>],
  options: FallbackOptions<E> = {}
): Model.Model<C, AllFailedError, R> {
  const ids = models.map(({ id }) => id)
  const windows = models.flatMap(({ contextWindow }) => (contextWindow === undefined ? [] : [contextWindow]))
  const contextWindow = windows.length === 0 ? undefined : Math.max(...windows)
  const [first]: ReadonlyArray<Model.Model<C, E, R>> = models
  // Programs in JavaScript are not held to the type.
  if (first === undefined) throw new TypeError("Fallback.make needs at least one model")
  const { kind, stream } = first
  const inOrder = Schedule.map(Schedule.recurs(models.length), ({ output }) => models[output] ?? first)
  const variant = models.some(({ variant }) => variant !== undefined) ? models.map(({ variant }) => variant) : undefined
  return attempts(
    { id: ids.join(","), kind, stream, contextWindow, variant },
    planOf(inOrder, { ...options, models: ids })
  )
}

/**
 * What a list of models must be besides, where it is of several capabilities: it says so in the error of the compiler.
 *
 * @since 0.1.0
 * @category utility types
 */
export type SameCapability<Models extends readonly [Model.Any, ...ReadonlyArray<Model.Any>]> = [
  Models[number]
] extends [Model.Model<Model.CapabilityOf<Models[0]>, unknown, unknown>]
  ? unknown
  : { readonly "all models must have the same capability": never }

/**
 * Calls the models that a schedule puts out, until one succeeds or the schedule is done: it decides, by the error, which
 * model is next and how long to wait before. Its first input is `undefined`: no model has failed yet, and the delay
 * of that step is not waited for. Everything else is as with `make`.
 *
 * @since 0.1.0
 * @category constructors
 */
export function schedule<M extends Model.Model<Chat, unknown, unknown>, R1 = never>(
  models: Schedule.Schedule<M, Model.Error<NoInfer<M>> | undefined, never, R1>,
  options?: ScheduleOptions<Model.Error<NoInfer<M>>>
): Model.Model<Chat, AllFailedError, Model.Services<M> | R1>
export function schedule<C extends Capability, M extends Model.Model<C, unknown, unknown>, R1 = never>(
  models: Schedule.Schedule<M, Model.Error<NoInfer<M>> | undefined, never, R1>,
  options: ScheduleOptions<Model.Error<NoInfer<M>>> & {
    /** The capability of the models, such as `EmbeddingModel.kind`; chat, if it is left out. */
    readonly kind: Kind<C>
  }
): Model.Model<C, AllFailedError, Model.Services<M> | R1>
export function schedule<E, R, R1>(
  models: Schedule.Schedule<Model.Model<Chat, E, R>, E | undefined, never, R1>,
  // The overloads say for every capability what is written here for chat.
  { kind = chat, ...options }: ScheduleOptions<E> & { readonly kind?: Kind<Chat> } = {}
): Model.Model<Chat, AllFailedError, R | R1> {
  const { contextWindow, id = "fallback" } = options
  return attempts(
    { id, contextWindow, kind, stream: kind.streaming ?? (kind.streams === true ? true : undefined) },
    planOf(models, options)
  )
}

/**
 * Options of a chain that is a schedule.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScheduleOptions<in E> extends FallbackOptions<E> {
  /** The id of the chain; `fallback` when it is left out. */
  readonly id?: string | undefined
  /** The largest window of its models, in tokens. */
  readonly contextWindow?: number | undefined
}

interface ChainOptions<E> extends FallbackOptions<E> {
  /** The chain as it was configured, where it is a list. */
  readonly models?: ReadonlyArray<string> | undefined
}

const planOf = <M extends Model.Any, E, R1>(
  models: Schedule.Schedule<M, E | undefined, never, R1>,
  options: ChainOptions<E>
): Plan<M, E, never, R1, AllFailedError> => ({
  start: () => Effect.map(Schedule.toStep(models), (step) => chooser(step, options)),
  giveUp: (_, trail) =>
    new AllFailedError({ models: options.models ?? [...new Set(trail.map(({ model }) => model))], attempts: trail }),
  onInterrupted: options.onInterrupted
})

type Step<M, E, R1> = (now: number, input: E | undefined) => Pull.Pull<[M, Duration.Duration], never, M, R1>

/** Names the next model of one call. It knows how long the conversation is known to be. */
const chooser = <M extends Model.Any, E, R1>(step: Step<M, E, R1>, options: ChainOptions<E>) => {
  const goesOn =
    options.while ??
    ((error: E) =>
      (isFallbackable(error) || (options.onContentPolicy === "fallback" && isContentPolicy(error))) &&
      refusers.size < 2)
  const failures: Array<FailedModel> = []
  let refusers: ReturnType<typeof refusersOf> = new Map()
  let exceeded = 0
  let windowOf: WindowOf | undefined
  const draw = (error: E | undefined) =>
    currentSteadyMillis.pipe(
      Effect.flatMap((now) => step(now, error)),
      Pull.catchDone(() => Effect.succeed(undefined))
    )
  return Effect.fnUntraced(function* (
    failure: Failure<M, E> | undefined
  ): Effect.fn.Return<Next<M> | undefined, never, R1> {
    if (failure === undefined) {
      const first = yield* draw(undefined)
      return first === undefined ? undefined : { model: first[0] }
    }
    failures.push({ model: failure.model.id, error: failure.error })
    refusers = refusersOf(failures)
    if (!goesOn(failure.error)) return undefined
    if (causes(failure.error).some(isTooLong)) {
      windowOf ??= yield* knownWindows
      exceeded = Math.max(exceeded, exceededBy(failure, windowOf))
    }
    const skipped = new Set<unknown>()
    while (true) {
      const drawn = yield* draw(failure.error)
      if (drawn === undefined) return undefined
      const [model, wait] = drawn
      const isLarger = exceeded === 0 || (windowOf?.(model) ?? 0) > exceeded
      if (isLarger && !hasRefused(model, refusers)) return { model, wait }
      // An endless schedule must not be searched endlessly.
      if (skipped.has(model)) return undefined
      skipped.add(model)
    }
  })
}
