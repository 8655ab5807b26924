import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"
import { AllFailedError } from "../domain/errors/AllFailedError.ts"
import {
  type FailedModel,
  isFallbackable,
  type ProviderError,
  providerOf,
  refusersOf
} from "../domain/ProviderError.ts"
import type { Canonical, Capability } from "../domain/Capability.ts"
import type { Failure, Next, Plan } from "../model/call/attempts.ts"
import { attempts as callAttempts } from "../model/call/callAttempts.ts"
import * as CallModel from "../model/CallModel.ts"
import { attempts } from "../model/chat/attempts.ts"
import type * as ChatModel from "../model/ChatModel.ts"

/**
 * - `onInterrupted`: what becomes of a stream that breaks off after its first content: it fails (the default), or a
 *   `restarted` event tells the reader to discard what it showed and the next model answers.
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
 * Asks the models one after another until one answers; each is asked in its own way, retries and all.
 *
 * The next model is asked at once, and only about errors that it may do better with. A refusal as invalid
 * (`InvalidRequestError` of a provider) says nothing about another provider: it goes on, and that of a second provider ends
 * the call. Where two models of one provider refuse, its others are passed over. A conversation that was too long for
 * one model goes only to models whose `contextWindow` is known to be larger than what was exceeded: their own, else what
 * the embedded catalog says, which is read when that first happens. Whatever ends the
 * call, it fails with `AllFailedError`, whose `attempts` tell every try of every model.
 *
 * Models of any capability make a chain, as long as it is the same: embeddings of two models are not comparable, so a
 * request for many is taken to the next model as a whole.
 *
 * The chain's own `contextWindow` is the largest of those known: it can read what one of its models can.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: {
  <const Models extends readonly [ChatModel.Any, ...ReadonlyArray<ChatModel.Any>]>(
    models: Models,
    options?: FallbackOptions<ChatModel.Error<Models[number]>>
  ): ChatModel.ChatModel<AllFailedError, ChatModel.Services<Models[number]>>
  <const Models extends readonly [CallModel.Any, ...ReadonlyArray<CallModel.Any>]>(
    models: Models & Alike<Models>,
    options?: FallbackOptions<CallModel.Error<Models[number]>>
  ): CallModel.CallModel<CallModel.CapabilityOf<Models[0]>, AllFailedError, CallModel.Services<Models[number]>>
} = <E, R, C extends Capability>(
  models: ReadonlyArray<ChatModel.ChatModel<E, R> | CallModel.CallModel<C, E, R>>,
  given: FallbackOptions<E> = {}
): never => {
  const ids = models.map(({ id }) => id)
  const windows = models.flatMap(({ contextWindow }) => (contextWindow === undefined ? [] : [contextWindow]))
  const contextWindow = windows.length === 0 ? undefined : Math.max(...windows)
  const options = { ...given, id: ids.join(","), contextWindow, models: ids }
  const [first] = models
  return (
    first !== undefined && isCall(first)
      ? callAttempts({ ...first, ...options }, planOf(inOrder(models.filter(isCall)), options))
      : attempts(options, planOf(inOrder(models.filter(isChat)), options))
  ) as never
}

/** The models, all of which can be asked for the same. */
type Alike<Models extends ReadonlyArray<CallModel.Any>> = [Models[number]] extends [
  CallModel.CallModel<CallModel.CapabilityOf<Models[0]>, unknown, unknown>
]
  ? unknown
  : never

const isCall = <C extends Capability, E, R>(
  model: ChatModel.ChatModel<E, R> | CallModel.CallModel<C, E, R>
): model is CallModel.CallModel<C, E, R> => CallModel.isCallModel(model)

const isChat = <C extends Capability, E, R>(
  model: ChatModel.ChatModel<E, R> | CallModel.CallModel<C, E, R>
): model is ChatModel.ChatModel<E, R> => !CallModel.isCallModel(model)

const inOrder = <M>(models: ReadonlyArray<M>): Schedule.Schedule<M, unknown> =>
  Schedule.map(Schedule.recurs(models.length), ({ output }) => models[output] as M)

/**
 * Asks the models that a schedule puts out, until one answers or the schedule is done: it decides, by the error, which
 * model is next and how long to wait before. Its first input is `undefined`: no model has failed yet, and the delay
 * of that step is not waited for. Everything else is as with `make`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const schedule: {
  <M extends ChatModel.Any, R1 = never>(
    models: Schedule.Schedule<M, ChatModel.Error<NoInfer<M>> | undefined, never, R1>,
    options?: ScheduleOptions<ChatModel.Error<NoInfer<M>>>
  ): ChatModel.ChatModel<AllFailedError, ChatModel.Services<M> | R1>
  <C extends Capability, M extends CallModel.Any, R1 = never>(
    models: Schedule.Schedule<M, CallModel.Error<NoInfer<M>> | undefined, never, R1>,
    options: ScheduleOptions<CallModel.Error<NoInfer<M>>> & {
      /** What the models can be asked for, such as `EmbeddingModel.capability`. */
      readonly capability: Canonical<C>
    }
  ): CallModel.CallModel<C, AllFailedError, CallModel.Services<M> | R1>
} = <C extends Capability, E, R, R1>(
  models: Schedule.Schedule<unknown, E | undefined, never, R1>,
  given: ScheduleOptions<E> & { readonly capability?: Canonical<C> } = {}
): never => {
  const options = { ...given, id: given.id ?? "fallback" }
  const { capability } = given
  type Chats = Schedule.Schedule<ChatModel.ChatModel<E, R>, E | undefined, never, R1>
  type Calls = Schedule.Schedule<CallModel.CallModel<C, E, R>, E | undefined, never, R1>
  return (
    capability === undefined
      ? attempts(options, planOf(models as Chats, options))
      : callAttempts({ ...options, capability }, planOf(models as Calls, options))
  ) as never
}

/**
 * What is said of a chain that is a schedule.
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
  readonly id: string
  readonly contextWindow?: number | undefined
  /** The chain as it was configured, where it is a list. */
  readonly models?: ReadonlyArray<string> | undefined
}

const planOf = <M extends Asked, E, R1>(
  models: Schedule.Schedule<M, E | undefined, never, R1>,
  options: ChainOptions<E>
): Plan<M, E, never, R1, AllFailedError> => ({
  start: Effect.map(Schedule.toStep(models), (step) => chooser(step, options)),
  giveUp: (_, trail) =>
    new AllFailedError({ models: options.models ?? [...new Set(trail.map(({ model }) => model))], attempts: trail }),
  onInterrupted: options.onInterrupted ?? "fail"
})

type Asked = Pick<ChatModel.Any, "id" | "contextWindow">

type Step<M, E, R1> = (now: number, input: E | undefined) => Pull.Pull<[M, Duration.Duration], never, M, R1>

/** Names the next model of one call. It knows how long the conversation is known to be. */
const chooser = <M extends Asked, E, R1>(step: Step<M, E, R1>, options: ChainOptions<E>) => {
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
    Clock.currentTimeMillis.pipe(
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
      // A schedule without end must not be searched for ever.
      if (skipped.has(model)) return undefined
      skipped.add(model)
    }
  })
}

/** Whether two models of the same provider have refused the request already; a chain has the ids of its models. */
const hasRefused = ({ id }: Asked, refusers: ReadonlyMap<string, number>): boolean =>
  refusers.size > 0 && id.split(",").every((model) => (refusers.get(providerOf(model)) ?? 0) > 1)

/** What went wrong with a model: of a chain within the chain, with each of its models in order. */
const causes = (error: unknown): ReadonlyArray<ProviderError | undefined> =>
  error instanceof AllFailedError ? error.attempts.map(({ error }) => error) : [error as ProviderError]

const isTooLong = (error: ProviderError | undefined): boolean => error?._tag === "ContextWindowExceededError"

type WindowOf = (model: Asked) => number | undefined

const knownWindows: Effect.Effect<WindowOf> = Effect.promise(() => import("./fallback/KnownWindow.ts")).pipe(
  Effect.flatMap(({ windows }) => windows),
  Effect.map(
    (known) =>
      ({ contextWindow, id }) =>
        contextWindow ?? known(id)
  )
)

const isContentPolicy = (error: unknown): boolean => causes(error).at(-1)?._tag === "ContentPolicyError"

/** What a window must be larger than after this failure: 0 when it was not about length, infinite when nobody tells. */
const exceededBy = ({ error, model }: Failure<Asked, unknown>, windowOf: WindowOf): number =>
  causes(error).reduce((largest, cause) => {
    if (cause?._tag !== "ContextWindowExceededError") return largest
    const limit = cause.limit ?? (cause === error ? windowOf(model) : undefined)
    const known = limit !== undefined || cause.asked !== undefined
    return Math.max(largest, known ? Math.max(limit ?? 0, cause.asked ?? 0) : Infinity)
  }, 0)
