import type { TimeoutError } from "../domain/errors/TimeoutError.ts"
import { type ChatModel, timeout, type TimeoutLimits } from "../model/ChatModel.ts"

/**
 * A limit on the phases of a call, as a function from model to model.
 *
 * @since 0.1.0
 * @category models
 */
export type Timeout = <E, R>(self: ChatModel<E, R>) => ChatModel<E | TimeoutError, R>

/**
 * Limits the given phases (see `ChatModel.timeout`).
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (limits: TimeoutLimits): Timeout => timeout(limits)

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
