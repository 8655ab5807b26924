import * as Result from "effect/Result"
import { InvalidRequestError } from "../domain/errors/InvalidRequestError.ts"
import type { ChatProtocol } from "./ChatProtocol.ts"
import { OpenAiChat, type OpenAiChatQuirks } from "./OpenAiChat.ts"

/**
 * IBM watsonx.ai's chat: OpenAI's, except that the model is `model_id`, a choice of tools that names none is
 * `tool_choice_option`, and whether it streams is said by the path.
 *
 * Sources: https://cloud.ibm.com/apidocs/watsonx-ai and
 * https://github.com/BerriAI/litellm/blob/main/litellm/llms/watsonx/chat/transformation.py
 *
 * @since 0.1.0
 * @category protocols
 */
export const WatsonxChat: ChatProtocol<OpenAiChatQuirks> = {
  ...OpenAiChat,
  path: (_model, stream) => (stream ? "/text/chat_stream" : "/text/chat"),

  encodeRequest: (request, options) =>
    Result.map(OpenAiChat.encodeRequest(request, options), (encoded) => {
      const { model, stream: _stream, stream_options: _usage, tool_choice, ...rest } = encoded.body
      const choice =
        tool_choice === undefined
          ? {}
          : { [typeof tool_choice === "string" ? "tool_choice_option" : "tool_choice"]: tool_choice }
      return { ...encoded, body: { model_id: model, ...rest, ...choice } }
    }),

  decodeRequest: (body) => {
    if (typeof body !== "object" || body === null || Array.isArray(body)) {
      return Result.fail(new InvalidRequestError({ detail: "the body is not an object" }))
    }
    const { model_id, tool_choice_option, ...rest } = body as { readonly [key: string]: unknown }
    return OpenAiChat.decodeRequest({
      ...rest,
      model: model_id,
      ...(tool_choice_option === undefined ? {} : { tool_choice: tool_choice_option })
    })
  }
}
