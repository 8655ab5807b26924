import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { Json } from "../../../domain/Json.ts"
import type { Logprob } from "../../../domain/Logprob.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import type { AnswerOptions } from "../../ChatProtocol.ts"
import { statusOf } from "../../wire/ErrorBody.ts"
import { compact } from "../../wire/WireObject.ts"
import { encodeAssistant, protocolId } from "../Content.ts"
import { encodeFinishReason } from "../Response.ts"
import { encodeUsage } from "../Usage.ts"

/** Refusals and transcripts of audio are text. Images, sources of the whole response and its model have no field. */
export const encodeResponse = (response: ChatResponse, options: AnswerOptions): Json =>
  compact({
    id: response.id ?? options.id,
    message: encodeAssistant(response.content, { provider: protocolId, toolPlans: true }),
    finish_reason: encodeFinishReason(response.finishReason, response.rawFinishReason),
    usage: encodeUsage(response.usage),
    logprobs: response.logprobs?.map(encodeLogprob)
  }) as unknown as Json

export const encodeLogprob = ({ logprob, token }: Logprob): Json => ({
  text: token,
  token_ids: [],
  logprobs: [logprob]
})

/** Source: https://docs.cohere.com/reference/errors */
export const encodeError = (error: ProviderError): { readonly status: number; readonly body: Json } => ({
  status: statusOf(error),
  body: { id: error.requestId ?? "", message: error.message }
})
