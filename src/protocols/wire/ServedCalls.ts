import type { AssistantMessage } from "../../domain/Message.ts"
import { isObject, type WireObject } from "./Wire.ts"

/**
 * Whether a message holds, among its blocks of this protocol, the result of a tool that the provider ran itself. A server
 * refuses calls of such tools without their results, and cannot be given those of another vendor.
 */
export const isAnsweredWithin = (
  content: AssistantMessage["content"],
  protocol: string,
  isResult: (block: WireObject) => boolean
): boolean =>
  content.some(
    (part) => part.type === "provider" && part.protocol === protocol && isObject(part.value) && isResult(part.value)
  )

/** What is told of a call that is left out. */
export const servedElsewhere = "a call of a tool that another server ran was left out"
