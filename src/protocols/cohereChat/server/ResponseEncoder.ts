import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { Json } from "../../../domain/Json.ts"
import type { Logprob } from "../../../domain/Logprob.ts"
import type { AnswerOptions } from "../../ChatProtocol.ts"
import { encodeAnswer } from "../wire/Answer.ts"
import { encodeFinishReason } from "../Response.ts"
import { compact, protocolId } from "../wire/Wire.ts"
import { encodeUsage } from "../Usage.ts"

/**
 * Writes a whole answer. A refusal and what is said in a recording are text; images, sources of the answer as a whole
 * and the model's name have no word.
 */
export const encodeResponse = (response: ChatResponse, options: AnswerOptions): Json =>
  compact({
    id: response.id ?? options.id,
    message: encodeAnswer(response.content, { provider: protocolId, toolPlans: true }),
    finish_reason: encodeFinishReason(response.finishReason, response.rawFinishReason),
    usage: encodeUsage(response.usage),
    logprobs: response.logprobs?.map(encodeLogprob)
  }) as unknown as Json

export const encodeLogprob = ({ logprob, token }: Logprob): Json => ({
  text: token,
  token_ids: [],
  logprobs: [logprob]
})
