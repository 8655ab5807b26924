import type { Capability } from "../domain/Capability.ts"
import type { TimeoutError } from "../domain/errors/TimeoutError.ts"
import { type Any as AnyCallModel, type CallModel, isCallModel, timeout as callTimeout } from "../model/CallModel.ts"
import { type ChatModel, timeout, type TimeoutLimits } from "../model/ChatModel.ts"

/**
 * A limit on the phases of a call, as a function from model to model.
 *
 * @since 0.1.0
 * @category models
 */
export type Timeout = <M extends ChatModel<unknown, unknown> | AnyCallModel>(self: M) => WithTimeout<M>

/**
 * The model that may also fail with `TimeoutError`.
 *
 * @since 0.1.0
 * @category utility types
 */
export type WithTimeout<M> =
  M extends ChatModel<infer E, infer R>
    ? ChatModel<E | TimeoutError, R>
    : M extends CallModel<infer C, infer E, infer R>
      ? CallModel<C, E | TimeoutError, R>
      : never

/**
 * Limits the given phases (see `ChatModel.timeout`), of a chat model or of another: an answer that only comes whole is held
 * to `total` alone.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (limits: TimeoutLimits): Timeout => {
  const ofCall = callTimeout(limits)
  const ofChat = timeout(limits)
  return <M>(self: M): WithTimeout<M> =>
    (isCallModel(self)
      ? ofCall(self as unknown as CallModel<Capability, unknown, unknown>)
      : ofChat(self as unknown as ChatModel<unknown, unknown>)) as WithTimeout<M>
}

/**
 * For most uses: 10 s to connect, 60 s to the first token, 30 s of silence, 10 minutes in all.
 *
 * @since 0.1.0
 * @category presets
 */
export const standard: Timeout = make({
  connect: "10 seconds",
  firstToken: "60 seconds",
  idle: "30 seconds",
  total: "10 minutes"
})

/**
 * While a person waits: 5 s to connect, 15 s to the first token, 10 s of silence, 2 minutes in all.
 *
 * @since 0.1.0
 * @category presets
 */
export const interactive: Timeout = make({
  connect: "5 seconds",
  firstToken: "15 seconds",
  idle: "10 seconds",
  total: "2 minutes"
})

/**
 * For models that think long before they show anything: 10 minutes to the first token, 5 minutes of silence, an hour in
 * all. It does not limit the time to connect, since some providers answer only when the thinking is done.
 *
 * @since 0.1.0
 * @category presets
 */
export const reasoning: Timeout = make({ firstToken: "10 minutes", idle: "5 minutes", total: "1 hour" })
