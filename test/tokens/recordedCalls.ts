/** The recorded calls of which the response tells how many tokens the request had. */
import { EventStreamCodec } from "@smithy/eventstream-codec"
import { Predicate, Result } from "effect"
import { existsSync, readFileSync } from "node:fs"
import type { ChatRequest } from "../../src/domain/ChatRequest.ts"
import { AnthropicMessages } from "../../src/protocols/AnthropicMessages.ts"
import { BedrockAnthropic } from "../../src/protocols/BedrockAnthropic.ts"
import { BedrockConverse } from "../../src/protocols/BedrockConverse.ts"
import type { ChatProtocol } from "../../src/protocols/ChatProtocol.ts"
import { CohereChat } from "../../src/protocols/CohereChat.ts"
import { GoogleGenerateContent } from "../../src/protocols/GoogleGenerateContent.ts"
import { MistralChat } from "../../src/protocols/MistralChat.ts"
import { OllamaChat } from "../../src/protocols/OllamaChat.ts"
import { OpenAiChat } from "../../src/protocols/OpenAiChat.ts"
import { OpenAiResponses } from "../../src/protocols/OpenAiResponses.ts"
import { EventStreamReader } from "../../src/transport/EventStream.ts"

const folder = `${import.meta.dirname}/../../../shared/recordings/`

const protocols: Record<string, ChatProtocol> = {
  "anthropic-count-tokens": AnthropicMessages,
  "anthropic-messages": AnthropicMessages,
  "bedrock-converse": BedrockConverse,
  "bedrock-count-tokens": BedrockConverse,
  "bedrock-invoke-anthropic": BedrockAnthropic,
  "cohere-chat-v2": CohereChat,
  "google-count-tokens": GoogleGenerateContent,
  "google-generate-content": GoogleGenerateContent,
  "mistral-chat": MistralChat,
  "ollama-chat": OllamaChat,
  "openai-chat": OpenAiChat,
  "openai-responses": OpenAiResponses,
  "openai-responses-input-tokens": OpenAiResponses
}

export interface RecordedCall {
  readonly file: string
  readonly vendor: string
  readonly model: string
  /** The input that the provider reports, cached or not. */
  readonly tokens: number
  readonly request: ChatRequest
  /** Whether the request leaves open what the model reads: tools and conversations of the provider's own, and media
   * that is not in the request or of which the size cannot be told. */
  readonly isOpen: boolean
}

type Body = Readonly<Record<string, unknown>>

interface Recording {
  readonly protocol: string
  readonly request: { readonly url: string; readonly body?: unknown }
  readonly response: { readonly status: number; readonly body: unknown; readonly bodyEncoding?: string }
}

const decoder = new TextDecoder()
const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === "string" ? bytes : decoder.decode(bytes)),
  (text) => new TextEncoder().encode(text)
)

const textOf = ({ response: { body, bodyEncoding } }: Recording): string => {
  if (typeof body !== "string") return JSON.stringify(body ?? "")
  if (bodyEncoding !== "base64") return body
  const frames = new EventStreamReader(codec).read(Buffer.from(body, "base64"))
  if ("_tag" in frames) return ""
  // Bedrock's `invoke` wraps each event of the model in Base64.
  return frames
    .map(({ data }) => `${data}${Buffer.from(/"bytes":"([^"]*)"/.exec(data)?.[1] ?? "", "base64").toString()}`)
    .join("\n")
}

/** Read from the text, without our codecs: of each counter the largest, since a stream repeats them as they grow. */
const reported = (recording: Recording): number | undefined => {
  const text = textOf(recording)
  const largest = (...keys: ReadonlyArray<string>) => {
    const found = [...text.matchAll(new RegExp(`"(?:${keys.join("|")})"\\s*:\\s*(\\d+)`, "g"))]
    return found.length === 0 ? undefined : Math.max(...found.map(([, value]) => Number(value)))
  }
  switch (recording.protocol) {
    case "google-count-tokens":
      return largest("totalTokens")
    case "google-generate-content":
      return largest("promptTokenCount")
    case "anthropic-messages":
    case "anthropic-count-tokens":
    case "bedrock-invoke-anthropic": {
      const cached = (largest("cache_read_input_tokens") ?? 0) + (largest("cache_creation_input_tokens") ?? 0)
      const rest = largest("input_tokens")
      return rest === undefined ? undefined : rest + cached
    }
    case "bedrock-converse":
    case "bedrock-count-tokens": {
      const cached = (largest("cacheReadInputTokens") ?? 0) + (largest("cacheWriteInputTokens") ?? 0)
      const rest = largest("inputTokens")
      return rest === undefined ? undefined : rest + cached
    }
    default:
      return largest("prompt_tokens", "input_tokens", "prompt_eval_count")
  }
}

const isBody = (u: unknown): u is Body => Predicate.isObject(u)

/** The body of the request that is counted: that of some counting endpoints holds it. */
const bodyOf = ({ request: { body } }: Recording): Body | undefined => {
  if (!isBody(body)) return undefined
  const { generateContentRequest, input } = body
  if (isBody(generateContentRequest)) return generateContentRequest
  return isBody(input) && isBody(input.converse) ? input.converse : body
}

const ownTools =
  /web_?search|code_?execution|url_?context|google_?search|computer_|bash_2|text_editor|mcp|advisor|tool_search|image_generation|systemTool|container|plugins|tool_addition|"conversation":|"previous_response_id":"/i

const unknownMedia =
  /"file_?id"|"image_url"?:(?:\{"url":)?"http|file_?uri|input_audio|"(?:mime_type|mimeType|mediaType)":"(?:audio|video)|wordprocessingml|pdf/i

const isOpen = (body: string): boolean => ownTools.test(body) || unknownMedia.test(body)

const load = (file: string) => JSON.parse(readFileSync(folder + file, "utf8"))

interface Row {
  readonly file: string
  readonly provider: string
}

const rows: ReadonlyArray<Row> = existsSync(`${folder}index.json`) ? load("index.json") : []

export const recordedCalls: ReadonlyArray<RecordedCall> = rows.flatMap(({ file, provider }) => {
  const recording: Recording = load(file)
  const protocol = protocols[recording.protocol]
  const body = bodyOf(recording)
  if (protocol === undefined || body === undefined || recording.response.status !== 200) return []
  const tokens = reported(recording)
  if (tokens === undefined || tokens === 0) return []
  const path = decodeURIComponent(/\/models?\/([^/?:]+(?::\d+|%3A\d+)?)/.exec(recording.request.url)?.[1] ?? "")
  const model = typeof body.model === "string" ? body.model : path
  const complete = recording.protocol.startsWith("anthropic") ? { max_tokens: 1, ...body } : body
  const decoded = protocol.decodeRequest(complete, { model: path })
  if (Result.isFailure(decoded)) return []
  const { request } = decoded.success
  return [
    { file: file.replace("dev/", ""), vendor: provider, model, tokens, request, isOpen: isOpen(JSON.stringify(body)) }
  ]
})
