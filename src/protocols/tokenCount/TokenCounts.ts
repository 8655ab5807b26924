import * as Result from "effect/Result"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { Json } from "../../domain/Json.ts"
import type { TokenCountResponse } from "../../domain/TokenCountResponse.ts"
import * as Usage from "../../domain/Usage.ts"
import { AnthropicMessages } from "../AnthropicMessages.ts"
import { BedrockConverse } from "../BedrockConverse.ts"
import type { CallProtocol, CallServer } from "../Protocol.ts"
import type { ChatProtocol } from "../ChatProtocol.ts"
import { GoogleGenerateContent } from "../GoogleGenerateContent.ts"
import { pathOf } from "../googleGenerateContent/ModelPath.ts"
import { OpenAiResponses } from "../OpenAiResponses.ts"
import { type CallParameters, encoder, sent } from "../wire/CallCodec.ts"
import { decodeError, unreadable } from "../wire/response/ErrorBody.ts"
import { unsupported } from "../wire/request/RequestCodec.ts"
import { setOf, isObject, nonNegativeInt, object, type WireObject } from "../wire/WireObject.ts"

/** How a provider counts the tokens of a request in the format of its chat. */
interface ChatTokenCount<Quirks extends object> {
  readonly id: string
  readonly chat: ChatProtocol<Quirks>
  /** Quirks of the chat protocol, where they differ from the provider's. */
  readonly quirks?: Partial<Quirks> | undefined
  readonly path: (model: string) => string
  /** The body to send, from the body of a chat. */
  readonly body: (chat: WireObject, model: string) => WireObject
  /** The body of a chat, from the body that was sent. */
  readonly chatBody: (body: WireObject, model: string | undefined) => WireObject
  /** Where the response has the count, and the cached part of it. */
  readonly counts: (body: WireObject) => { readonly input: unknown; readonly cached?: unknown }
  /** The response with a count. */
  readonly write: (counts: Pick<TokenCountResponse, "inputTokens" | "cachedTokens">) => Json
}

type TokenCount = CallProtocol<ChatRequest, TokenCountResponse> & CallServer<ChatRequest, TokenCountResponse>

/** Makes the protocol. Parameters that do not add to the input (temperature, stop sequences, ...) are left out. */
const make = <Quirks extends object>(self: ChatTokenCount<Quirks>): TokenCount => ({
  id: self.id,
  decodeError: self.chat.decodeError,
  words: self.chat.words,
  encodeRequest: (request, { chatQuirks, model, provider }) =>
    Result.map(
      self.chat.encodeRequest(only(request, counted), {
        provider,
        model,
        stream: false,
        quirks: self.quirks ?? (chatQuirks?.() as Partial<Quirks> | undefined)
      }),
      ({ body, headers, warnings }) => ({
        path: self.path(model),
        ...(headers && { headers }),
        body: self.body(body, model),
        warnings
      })
    ),
  decodeResponse: (body) => {
    const { cached, input } = isObject(body) ? self.counts(body) : {}
    const inputTokens = nonNegativeInt(input)
    if (inputTokens === undefined) return unreadable("the response has no count")
    return Result.succeed({
      inputTokens,
      cachedTokens: nonNegativeInt(cached),
      usage: Usage.make({ input: 0, output: 0 }),
      warnings: [],
      attempts: [],
      raw: body as Json
    })
  },
  decodeRequest: (body, model) =>
    Result.map(self.chat.decodeRequest(self.chatBody(isObject(body) ? body : {}, model)), (decoded) => ({
      model: model ?? decoded.model,
      request: decoded.request
    })),
  encodeResponse: self.write
})

/** The parameters that add to the input. */
const counts: { readonly [P in keyof ChatRequest]-?: boolean } = {
  messages: true,
  maxOutputTokens: true,
  temperature: false,
  topP: false,
  topK: false,
  stop: false,
  seed: false,
  frequencyPenalty: false,
  presencePenalty: false,
  logprobs: false,
  tools: true,
  toolChoice: true,
  parallelToolCalls: true,
  responseFormat: true,
  reasoning: true,
  user: false,
  metadata: false,
  serviceTier: false,
  headers: true,
  providerOptions: true,
  onUnsupported: true
}

const counted = new Set(Object.entries(counts).flatMap(([name, isCounted]) => (isCounted ? [name] : [])))

/** All fields but these: a chat has fields that do not affect the count, and fields of the caller's own. */
const without = (body: WireObject, names: ReadonlySet<string>): WireObject =>
  Object.fromEntries(Object.entries(body).filter(([name]) => !names.has(name)))

/** The fields of these names. */
const only = <A extends object>(body: A, names: ReadonlySet<string>): A =>
  Object.fromEntries(Object.entries(body).filter(([name]) => names.has(name))) as A

/** Parameters of a message that a token count does not accept. */
const uncountedByAnthropic = setOf(
  `container diagnostics fallback_credit_token fallbacks inference_geo max_tokens metadata service_tier stop_sequences stream
   temperature top_k top_p`
)

/**
 * Anthropic's count of the tokens of a message, free of charge.
 *
 * @see https://platform.claude.com/docs/en/api/messages/count_tokens
 */
export const AnthropicTokenCount = make({
  id: "anthropic-count-tokens",
  chat: AnthropicMessages,
  path: () => "/v1/messages/count_tokens",
  body: (chat) => without(chat, uncountedByAnthropic),
  // The server half of a chat wants to be told how long the response may be.
  chatBody: (body) => ({ max_tokens: 1, ...body }),
  counts: (body) => ({ input: body.input_tokens }),
  write: ({ inputTokens }) => ({ input_tokens: inputTokens })
})

const converseFields = setOf("messages system toolConfig additionalModelRequestFields")

/** Tokens are counted by the model itself, not by an inference profile, which has the place before its name. */
const withoutProfile = (model: string): string => model.replace(/^(?:us|us-gov|eu|apac|jp|au|ca|sa|global)\./, "")

/**
 * Bedrock's count of the tokens of a Converse request, free of charge.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html
 */
export const BedrockTokenCount = make({
  id: "bedrock-count-tokens",
  chat: BedrockConverse,
  path: (model) => `/model/${encodeURIComponent(withoutProfile(model))}/count-tokens`,
  body: (chat) => ({ input: { converse: only(chat, converseFields) } }),
  chatBody: (body, model) => ({ modelId: model, ...object(object(body.input)?.converse) }),
  counts: (body) => ({ input: body.inputTokens }),
  write: ({ inputTokens }) => ({ inputTokens })
})

const google: Pick<ChatTokenCount<object>, "counts" | "write"> = {
  counts: (body) => ({ input: body.totalTokens, cached: body.cachedContentTokenCount }),
  write: ({ cachedTokens, inputTokens }) => ({
    totalTokens: inputTokens,
    ...(cachedTokens !== undefined && { cachedContentTokenCount: cachedTokens })
  })
}

const googlePath = (model: string): string => pathOf(model, "countTokens")

/**
 * Gemini's count of the tokens of a request, free of charge.
 *
 * @see https://ai.google.dev/api/tokens
 */
export const GoogleTokenCount = make({
  id: "google-count-tokens",
  chat: GoogleGenerateContent,
  path: googlePath,
  body: (chat, model) => ({
    generateContentRequest: { model: model.includes("/") ? model : `models/${model}`, ...chat }
  }),
  chatBody: (body) => {
    const { model: _, ...chat } = object(body.generateContentRequest) ?? body
    return chat
  },
  ...google
})

const vertexFields = setOf("contents systemInstruction tools generationConfig")

/**
 * The same on Vertex AI, where the fields stand at the top.
 *
 * @see https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/count-tokens
 */
export const VertexTokenCount = make({
  id: "google-count-tokens",
  chat: GoogleGenerateContent,
  path: googlePath,
  body: (chat) => only(chat, vertexFields),
  chatBody: (body) => body,
  ...google
})

/** Parameters of a message that a token count does not accept. */
const uncountedByOpenAi = setOf(
  `background context_management include max_output_tokens max_tool_calls metadata prompt prompt_cache_key prompt_cache_options
   prompt_cache_retention safety_identifier service_tier store stream stream_options temperature top_logprobs top_p user`
)

/**
 * OpenAI's count of the tokens that a request has as one of Responses.
 *
 * @see https://platform.openai.com/docs/api-reference/responses/input-tokens
 */
export const OpenAiTokenCount = make({
  id: "openai-responses-input-tokens",
  chat: OpenAiResponses,
  quirks: {},
  path: () => "/responses/input_tokens",
  body: (chat) => without(chat, uncountedByOpenAi),
  chatBody: (body) => body,
  counts: (body) => ({ input: body.input_tokens }),
  write: ({ inputTokens }) => ({ object: "response.input_tokens", input_tokens: inputTokens })
})

/** The longest text of one call, in characters. */
const longest = 65_536

/** Parameters that do not add to the input count as sent. */
const tokenizeParameters: CallParameters<ChatRequest> = {
  messages: sent,
  maxOutputTokens: sent,
  temperature: sent,
  topP: sent,
  topK: sent,
  stop: sent,
  seed: sent,
  frequencyPenalty: sent,
  presencePenalty: sent,
  logprobs: sent,
  tools: unsupported,
  toolChoice: sent,
  parallelToolCalls: sent,
  responseFormat: sent,
  reasoning: sent,
  user: sent,
  metadata: sent,
  serviceTier: sent
}

/**
 * Cohere's tokenizer: it counts texts, so what surrounds messages and tools is not in the number, as a warning says.
 *
 * @see https://docs.cohere.com/reference/tokenize
 */
export const CohereTokenize: CallProtocol<ChatRequest, TokenCountResponse> = {
  id: "cohere-tokenize",
  decodeError,
  encodeRequest: encoder("cohere-tokenize", tokenizeParameters, (call) => {
    const texts = call.request.messages.flatMap(({ content }, at) =>
      content.flatMap((part) => {
        if (part.type === "text" || part.type === "reasoning") return [part.text]
        call.content(`messages[${at}]`, `the provider counts text, not ${part.type}`)
        return []
      })
    )
    const text = texts.join("\n")
    if (text === "" || text.length > longest) {
      call.invalid("messages", `expected a text of 1 to ${longest} characters`)
    }
    call.warn("other", "messages", "only the text is counted, not the tokens between messages")
    return { path: "/v1/tokenize", json: { model: call.model, text } }
  }),
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
      : unreadable("the response has no tokens")
  }
}
