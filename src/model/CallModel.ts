import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { Capability } from "../domain/Capability.ts"
import type { TimeoutError } from "../domain/errors/TimeoutError.ts"
import { attempts } from "./call/callAttempts.ts"
import { type CallModel, isCallModel, make, streamOf } from "./call/make.ts"
import { retryPlan, type RetryOptions } from "./call/retryPlan.ts"
import { limitsOf, streamWithin, type TimeoutLimits, wholeWithin } from "./call/timeout.ts"
import { type CallEnd, observeStream, observeWhole } from "./call/onEnd.ts"
import { CurrentTrail } from "./call/Trail.ts"

export {
  type Any,
  type CallModel,
  type CapabilityOf,
  type Definition,
  type Error,
  isCallModel,
  make,
  type Services,
  type Streaming
} from "./call/make.ts"
export type { CallEnd } from "./call/onEnd.ts"
export type { Splitting } from "./call/inParts.ts"
export type { RetryOptions } from "./call/retryPlan.ts"
export type { TimeoutLimits } from "./call/timeout.ts"

/**
 * Asks again after an error that asking again may mend, as the schedule says: its input is the error, and its delay is
 * waited for. Of a request that is sent in parts only the part that failed is asked again. All tries stand in `attempts`
 * of the answer; the last error holds them too (`Attempt.trailOf`).
 *
 * @since 0.1.0
 * @category combinators
 */
export const retry: {
  <In, E1, R1>(
    policy: Schedule.Schedule<unknown, In, E1, R1>,
    options?: RetryOptions<In>
  ): <C extends Capability, E extends In, R>(self: CallModel<C, E, R>) => CallModel<C, E | E1, R | R1>
  <C extends Capability, E, R, E1, R1>(
    self: CallModel<C, E, R>,
    policy: Schedule.Schedule<unknown, NoInfer<E>, E1, R1>,
    options?: RetryOptions<NoInfer<E>>
  ): CallModel<C, E | E1, R | R1>
} = dual(
  (args) => isCallModel(args[0]),
  <C extends Capability, E, R, E1, R1>(
    self: CallModel<C, E, R>,
    policy: Schedule.Schedule<unknown, E, E1, R1>,
    options: RetryOptions<E> = {}
  ): CallModel<C, E | E1, R | R1> => attempts(self, retryPlan(self, policy, options), self.splitting)
)

/**
 * Fails with `TimeoutError` when a call takes too long; the call is interrupted, which closes its connection. An answer
 * that comes whole is held to `total` alone; the other limits are for streams.
 *
 * @since 0.1.0
 * @category combinators
 */
export const timeout: {
  (limits: TimeoutLimits): <C extends Capability, E, R>(self: CallModel<C, E, R>) => CallModel<C, E | TimeoutError, R>
  <C extends Capability, E, R>(self: CallModel<C, E, R>, limits: TimeoutLimits): CallModel<C, E | TimeoutError, R>
} = dual(
  2,
  <C extends Capability, E, R>(self: CallModel<C, E, R>, given: TimeoutLimits): CallModel<C, E | TimeoutError, R> => {
    const limits = limitsOf(given)
    const stream = streamOf(self)
    const { isContent = () => true } = self.capability
    return make<C, E | TimeoutError, R>(self, {
      ask: (request) => (limits.total === undefined ? self.ask(request) : wholeWithin(self, limits, self.ask(request))),
      stream: stream && ((request) => streamWithin(self, limits, stream(request), isContent))
    })
  }
)

/**
 * Changes every request before it is sent.
 *
 * @since 0.1.0
 * @category combinators
 */
export const mapRequest: {
  <C extends Capability>(
    f: (request: C["Request"]) => C["Request"]
  ): <E, R>(self: CallModel<C, E, R>) => CallModel<C, E, R>
  <C extends Capability, E, R>(
    self: CallModel<C, E, R>,
    f: (request: NoInfer<C>["Request"]) => NoInfer<C>["Request"]
  ): CallModel<C, E, R>
} = dual(
  2,
  <C extends Capability, E, R>(
    self: CallModel<C, E, R>,
    f: (request: C["Request"]) => C["Request"]
  ): CallModel<C, E, R> => {
    const stream = streamOf(self)
    return make<C, E, R>(self, {
      ask: (request) => Effect.suspend(() => self.ask(f(request))),
      stream: stream && ((request) => Stream.suspend(() => stream(f(request))))
    })
  }
)

/**
 * Changes every whole answer. Streams are not touched: map their events with `Stream.map`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const mapResponse: {
  <C extends Capability>(
    f: (answer: C["Answer"]) => C["Answer"]
  ): <E, R>(self: CallModel<C, E, R>) => CallModel<C, E, R>
  <C extends Capability, E, R>(
    self: CallModel<C, E, R>,
    f: (answer: NoInfer<C>["Answer"]) => NoInfer<C>["Answer"]
  ): CallModel<C, E, R>
} = dual(
  2,
  <C extends Capability, E, R>(self: CallModel<C, E, R>, f: (answer: C["Answer"]) => C["Answer"]): CallModel<C, E, R> =>
    make<C, E, R>(self, { ask: (request) => Effect.map(self.ask(request), f), stream: streamOf(self) })
)

/**
 * Looks at every whole answer. Streams are not touched.
 *
 * @since 0.1.0
 * @category combinators
 */
export const tap: {
  <C extends Capability, X, E1, R1>(
    f: (answer: C["Answer"]) => Effect.Effect<X, E1, R1>
  ): <E, R>(self: CallModel<C, E, R>) => CallModel<C, E | E1, R | R1>
  <C extends Capability, E, R, X, E1, R1>(
    self: CallModel<C, E, R>,
    f: (answer: NoInfer<C>["Answer"]) => Effect.Effect<X, E1, R1>
  ): CallModel<C, E | E1, R | R1>
} = dual(
  2,
  <C extends Capability, E, R, X, E1, R1>(
    self: CallModel<C, E, R>,
    f: (answer: C["Answer"]) => Effect.Effect<X, E1, R1>
  ): CallModel<C, E | E1, R | R1> =>
    make<C, E | E1, R | R1>(self, {
      // What is asked on the side is no try of the call.
      ask: (request) =>
        Effect.tap(self.ask(request), (answer) => Effect.provideService(f(answer), CurrentTrail, undefined)),
      stream: streamOf(self)
    })
)

/**
 * Runs an effect at the end of every call, exactly once: when it succeeded, failed or was interrupted, unary or streamed,
 * as `ChatModel.onEnd` does. Of a stream that has finished, `exit` holds no answer.
 *
 * @since 0.1.0
 * @category combinators
 */
export const onEnd: {
  <C extends Capability, E, X, R1>(
    observer: (end: CallEnd<C["Request"], C["Answer"] | undefined, E>) => Effect.Effect<X, never, R1>
  ): <R>(self: CallModel<C, E, R>) => CallModel<C, E, R | R1>
  <C extends Capability, E, R, X, R1>(
    self: CallModel<C, E, R>,
    observer: (
      end: CallEnd<NoInfer<C>["Request"], NoInfer<C>["Answer"] | undefined, NoInfer<E>>
    ) => Effect.Effect<X, never, R1>
  ): CallModel<C, E, R | R1>
} = dual(
  2,
  <C extends Capability, E, R, X, R1>(
    self: CallModel<C, E, R>,
    observer: (end: CallEnd<C["Request"], C["Answer"] | undefined, E>) => Effect.Effect<X, never, R1>
  ): CallModel<C, E, R | R1> => {
    const stream = streamOf(self)
    const { isContent = () => true } = self.capability
    return make<C, E, R | R1>(self, {
      ask: (request) => observeWhole<C["Request"], C["Answer"], E, R, X, R1>(self.id, request, self.ask, observer),
      stream: stream && ((request) => observeStream(self.id, request, stream, isContent, noReader, observer))
    })
  }
)

const noReader = () => ({ add: () => {}, answer: () => undefined })
