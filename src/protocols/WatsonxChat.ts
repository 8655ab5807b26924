import * as Result from "effect/Result"
import { InvalidRequestError } from "../domain/errors/InvalidRequestError.ts"
import type { ChatProtocol } from "./ChatProtocol.ts"
import { OpenAiChat, type OpenAiChatQuirks } from "./OpenAiChat.ts"
import { rules } from "./openaiChat/client/HistoryRules.ts"
import { fitted } from "./wire/FittedRequest.ts"
import { encodeRequest } from "./openaiChat/Request.ts"
import { withPath } from "./wire/RequestPath.ts"

const deploymentOf = (model: string): string | undefined => /^deployment\/(.+)$/.exec(model)?.[1]

/**
 * IBM watsonx.ai's chat: OpenAI's, except that the model is `model_id`, a choice of tools that names none is
 * `tool_choice_option`, and whether it streams is said by the path. `deployment/<id or serving name>` is a deployment, which
 * knows its model and its space itself.
 *
 * Sources: https://cloud.ibm.com/apidocs/watsonx-ai#deployments-text-chat and
 * https://github.com/BerriAI/litellm/blob/main/litellm/llms/watsonx/chat/transformation.py
 *
 * @since 0.1.0
 * @category protocols
 */
export const WatsonxChat: ChatProtocol<OpenAiChatQuirks> = {
  ...OpenAiChat,
  path: (model, stream) => {
    const deployment = deploymentOf(model)
    const place = deployment === undefined ? "" : `/deployments/${encodeURIComponent(deployment)}`
    return `${place}/text/${stream ? "chat_stream" : "chat"}`
  },

  encodeRequest: fitted(
    (request, options) =>
      encodeRequest(request, options, {
        shape: ({ model, stream: _stream, stream_options: _usage, tool_choice, ...rest }) => {
          const choice =
            tool_choice === undefined
              ? {}
              : { [typeof tool_choice === "string" ? "tool_choice_option" : "tool_choice"]: tool_choice }
          // What is undefined here takes the place of what the settings say of every request.
          const asked =
            deploymentOf(options.model) === undefined
              ? { model_id: model }
              : { project_id: undefined, space_id: undefined }
          return { ...asked, ...rest, ...choice }
        }
      }),
    rules
  ),

  decodeRequest: (received, path) => {
    const body = withPath(received, path, "model_id")
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
