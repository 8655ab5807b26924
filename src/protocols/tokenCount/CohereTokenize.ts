import * as Result from "effect/Result"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import type { Json } from "../../domain/Json.ts"
import type { TokenCount } from "../../domain/TokenCount.ts"
import * as Usage from "../../domain/Usage.ts"
import { CallEncoder, type CallParameters } from "../wire/CallEncoder.ts"
import type { CallProtocol } from "../CallProtocol.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { object } from "../wire/WireObject.ts"

const id = "cohere-tokenize"

/** The longest text of one call, in characters. */
const longest = 65_536

/** What does not add to the input is as good as sent. */
const parameters: CallParameters<ChatRequest> = {
  messages: "sent",
  maxOutputTokens: "sent",
  temperature: "sent",
  topP: "sent",
  topK: "sent",
  stop: "sent",
  seed: "sent",
  frequencyPenalty: "sent",
  presencePenalty: "sent",
  logprobs: "sent",
  tools: "unsupported",
  toolChoice: "sent",
  parallelToolCalls: "sent",
  responseFormat: "sent",
  reasoning: "sent",
  user: "sent",
  metadata: "sent",
  serviceTier: "sent"
}

/**
 * Cohere's tokenizer: it counts texts, so what surrounds messages and tools is not in the number, as a warning says.
 *
 * @see https://docs.cohere.com/reference/tokenize
 */
export const CohereTokenize: CallProtocol<ChatRequest, TokenCount> = {
  id,
  decodeError,
  encodeRequest: (request, options) => {
    const encoder = new CallEncoder(id, request, options, parameters)
    const texts = request.messages.flatMap(({ content }, at) =>
      content.flatMap((part) => {
        if (part.type === "text" || part.type === "reasoning") return [part.text]
        encoder.content(`messages[${at}]`, `the provider counts texts, no ${part.type}`)
        return []
      })
    )
    const text = texts.join("\n")
    if (text === "" || text.length > longest)
      encoder.invalid("messages", `a text of 1 to ${longest} characters is expected`)
    encoder.warn("other", "messages", "the tokens of texts are counted, not those that stand between messages")
    return encoder.json("/v1/tokenize", { model: options.model, text })
  },
  decodeResponse: (body) => {
    const tokens = object(body)?.tokens
    return Array.isArray(tokens)
      ? Result.succeed({
          inputTokens: tokens.length,
          usage: Usage.make({ input: 0, output: 0 }),
          warnings: [],
          attempts: [],
          raw: object(body)?.meta as Json
        })
      : Result.fail(new ResponseParseError({ detail: "the answer has no tokens" }))
  }
}
