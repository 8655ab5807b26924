import { ChatResponse } from "../ChatResponse.ts"
import { errorClass, sentence } from "./ErrorFields.ts"

/**
 * The stream broke off before its end. `partial` is what had arrived: it is not a complete answer. `cause` is the error that
 * cut it, where there was one.
 *
 * @since 0.1.0
 * @category errors
 */
export class StreamInterruptedError extends errorClass<StreamInterruptedError>()("StreamInterruptedError", {
  partial: ChatResponse
}) {
  override get message(): string {
    return sentence(
      this,
      "the answer was cut off before its end",
      'Use `partial` knowing that it is incomplete, or set onInterrupted: "restart" on the retry or fallback.'
    )
  }
}
