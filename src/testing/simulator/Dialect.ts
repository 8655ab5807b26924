import type { ChatProtocol } from "../../protocols/ChatProtocol.ts"
import { AnthropicMessages } from "../../protocols/AnthropicMessages.ts"
import { OpenAiChat } from "../../protocols/OpenAiChat.ts"

/**
 * A protocol as the simulator serves it: where, and what its providers put around an answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Dialect {
  readonly protocol: Omit<ChatProtocol, "encodeRequest" | "decodeResponse" | "makeDecoder">
  readonly path: string
  /** What the ids of answers begin with. */
  readonly answerId: string
  /** The header that names the request. */
  readonly requestIdHeader: string
}

/**
 * Every protocol that the simulator speaks.
 *
 * @since 0.1.0
 * @category constants
 */
export const dialects: ReadonlyArray<Dialect> = [
  {
    protocol: OpenAiChat,
    path: `/v1${OpenAiChat.path("", true)}`,
    answerId: "chatcmpl-sim-",
    requestIdHeader: "x-request-id"
  },
  {
    protocol: AnthropicMessages,
    path: AnthropicMessages.path("", true),
    answerId: "msg_sim_",
    requestIdHeader: "request-id"
  }
]
