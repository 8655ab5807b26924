/**
 * IBM watsonx.ai's chat. Providers use it; write to it yourself to define a provider of your own, or to serve the protocol:
 *
 * ```ts
 * const encoded = WatsonxChat.encodeRequest(request, { provider: "acme", model: "ibm/granite-4-h-small", stream: true })
 * ```
 *
 * A model named `deployment/<id or serving name>` is a deployment, which has a model and a space of its own: neither is sent.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { ChatProtocol } from "./ChatProtocol.ts"
import { OpenAiChat, type OpenAiChatQuirks } from "./OpenAiChat.ts"
import { definition, parameters, tools as openAiTools } from "./openaiChat/Request.ts"
import * as RequestCodec from "./wire/request/RequestCodec.ts"

const tools: typeof openAiTools = {
  fields: { ...openAiTools.fields, tool_choice_option: Schema.Literals(["auto", "none", "required"]) },
  encode: (request, context) => {
    const { tool_choice: choice, ...rest } = openAiTools.encode(request, context)
    return { ...rest, [typeof choice === "string" ? "tool_choice_option" : "tool_choice"]: choice }
  },
  decode: ({ tool_choice_option: option, ...values }, context) =>
    openAiTools.decode({ ...values, tool_choice: option ?? values.tool_choice }, context)
}

const deploymentOf = (model: string): string | undefined => /^deployment\/(.+)$/.exec(model)?.[1]

const request = RequestCodec.make({
  ...definition,
  model: { field: "model_id" },
  stream: "in-path",
  parameters: { ...parameters, tools, toolChoice: tools, parallelToolCalls: tools },
  finish: ({ model_id: model, stream_options: _, ...body }, context) => ({
    // `undefined` here keeps out what the settings put into every request.
    body:
      deploymentOf(context.model) === undefined
        ? { model_id: model, ...body }
        : { project_id: undefined, space_id: undefined, ...body }
  })
})

/**
 * OpenAI's chat, except that the model is `model_id`, a choice of tools that names none is `tool_choice_option`, and the
 * path says whether the response is streamed.
 *
 * Sources: https://cloud.ibm.com/apidocs/watsonx-ai#deployments-text-chat and
 * https://github.com/BerriAI/litellm/blob/main/litellm/llms/watsonx/chat/transformation.py
 *
 * @since 0.1.0
 * @category protocols
 */
export const WatsonxChat: ChatProtocol<OpenAiChatQuirks> = {
  ...OpenAiChat,
  ...request,
  ownWords: true,
  path: (model, stream) => {
    const deployment = deploymentOf(model)
    const place = deployment === undefined ? "" : `/deployments/${encodeURIComponent(deployment)}`
    return `${place}/text/${stream ? "chat_stream" : "chat"}`
  }
}
