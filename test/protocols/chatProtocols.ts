/** The protocols of chats, and a value of every parameter. */
import { AnthropicMessages } from "effect-llm/protocols/AnthropicMessages"
import { BedrockAnthropic } from "effect-llm/protocols/BedrockAnthropic"
import { BedrockConverse } from "effect-llm/protocols/BedrockConverse"
import type { ChatProtocol } from "effect-llm/protocols/ChatProtocol"
import { CohereChat } from "effect-llm/protocols/CohereChat"
import { GoogleGenerateContent } from "effect-llm/protocols/GoogleGenerateContent"
import { MistralChat } from "effect-llm/protocols/MistralChat"
import { OllamaChat } from "effect-llm/protocols/OllamaChat"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import { OpenAiResponses } from "effect-llm/protocols/OpenAiResponses"
import { VertexAnthropic } from "effect-llm/protocols/VertexAnthropic"
import { WatsonxChat } from "effect-llm/protocols/WatsonxChat"
import type { ChatParameter, ChatRequest } from "../../src/domain/ChatRequest.ts"
import type { UserMessage } from "../../src/domain/Message.ts"

export const chatProtocols: { readonly [name: string]: ChatProtocol } = {
  AnthropicMessages,
  BedrockAnthropic,
  BedrockConverse,
  CohereChat,
  GoogleGenerateContent,
  MistralChat,
  OllamaChat,
  OpenAiChat,
  OpenAiResponses,
  VertexAnthropic,
  WatsonxChat
}
export const tools = [{ name: "f", inputSchema: { type: "object", properties: {} } }]

/** The shortest request. */
export const hi: ChatRequest = { messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }] }

/** A value of every parameter that no protocol means by itself, and what it needs beside it. */
export const examples: { readonly [P in ChatParameter]: Pick<ChatRequest, P> & Partial<ChatRequest> } = {
  maxOutputTokens: { maxOutputTokens: 77 },
  temperature: { temperature: 0.3 },
  topP: { topP: 0.4 },
  topK: { topK: 5 },
  stop: { stop: ["END"] },
  seed: { seed: 7 },
  frequencyPenalty: { frequencyPenalty: 0.5 },
  presencePenalty: { presencePenalty: 0.6 },
  logprobs: { logprobs: 2 },
  tools: { tools },
  toolChoice: { toolChoice: "required", tools },
  parallelToolCalls: { parallelToolCalls: false, tools },
  responseFormat: {
    responseFormat: { type: "json-schema", schema: { type: "object", properties: {}, additionalProperties: false } }
  },
  reasoning: { reasoning: { effort: "high" } },
  user: { user: "u" },
  metadata: { metadata: { a: "b" } },
  serviceTier: { serviceTier: "priority" }
}

type UserPart = Exclude<UserMessage["content"][number], { readonly type: "provider" }>

/** A part of every kind that any protocol may be given, from the user. */
export const userParts: { readonly [Type in UserPart["type"]]: Extract<UserPart, { readonly type: Type }> } = {
  text: { type: "text", text: "more" },
  image: { type: "image", data: "data:image/png;base64,iVBORw0KGgo=" },
  audio: { type: "audio", data: "data:audio/wav;base64,UklGRgAAAABXQVZF" },
  file: { type: "file", data: "data:application/pdf;base64,JVBERi0xLjQK", fileName: "a.pdf" }
}
