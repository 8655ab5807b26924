import * as Result from "effect/Result"
import type { ChatProtocol } from "../../protocols/ChatProtocol.ts"
import { AnthropicMessages } from "../../protocols/AnthropicMessages.ts"
import { BedrockAnthropic } from "../../protocols/BedrockAnthropic.ts"
import { BedrockConverse } from "../../protocols/BedrockConverse.ts"
import { CohereChat } from "../../protocols/CohereChat.ts"
import { GoogleGenerateContent } from "../../protocols/GoogleGenerateContent.ts"
import { MistralChat } from "../../protocols/MistralChat.ts"
import { OllamaChat } from "../../protocols/OllamaChat.ts"
import { OpenAiChat } from "../../protocols/OpenAiChat.ts"
import { OpenAiResponses } from "../../protocols/OpenAiResponses.ts"
import { VertexAnthropic } from "../../protocols/VertexAnthropic.ts"
import { WatsonxChat } from "../../protocols/WatsonxChat.ts"

/** A protocol as the simulator serves it: its paths, and what its providers put around a response. */
export interface Dialect {
  readonly protocol: Omit<ChatProtocol, "encodeRequest" | "decodeResponse" | "makeDecoder">
  /** What comes before the protocol's own paths: the path of a provider's base URL. */
  readonly base: string
  /** The routes of the dialect; `{model}` is any name, up to the next slash or colon. */
  readonly routes: ReadonlyArray<Route>
  /** Whether streams say what was used also to those who do not ask. */
  readonly alwaysUsage: boolean
  /** What the ids of responses begin with. */
  readonly responseId: string
  /** The header that names the request. */
  readonly requestIdHeader: string
}

/** A path, and whether what is asked there streams, where the path says that. */
export interface Route {
  readonly path: string
  readonly stream?: boolean | undefined
}

const dialect = (
  protocol: Dialect["protocol"],
  base: string,
  responseId: string,
  options: Partial<Pick<Dialect, "requestIdHeader" | "alwaysUsage">> & { readonly further?: ReadonlyArray<Route> } = {}
): Dialect => {
  const { alwaysUsage = false, further = [], requestIdHeader = "x-request-id" } = options
  const at = (stream: boolean) => base + (protocol.path("{model}", stream).split("?", 1)[0] ?? "")
  const own: ReadonlyArray<Route> =
    at(false) === at(true)
      ? [{ path: at(false) }]
      : [
          { path: at(false), stream: false },
          { path: at(true), stream: true }
        ]
  return { protocol, base, routes: [...own, ...further], alwaysUsage, responseId, requestIdHeader }
}

const aws = { requestIdHeader: "x-amzn-requestid" }

/** Every protocol that the simulator speaks, by its name. */
export const dialects = {
  "openai-chat": dialect(OpenAiChat, "/v1", "chatcmpl-sim-", {
    further: [{ path: "/openai/deployments/{model}/chat/completions" }]
  }),
  "openai-responses": dialect(OpenAiResponses, "/v1", "resp_sim_"),
  "anthropic-messages": dialect(AnthropicMessages, "", "msg_sim_", { requestIdHeader: "request-id" }),
  openrouter: dialect(OpenAiChat, "/api/v1", "gen-sim-", { alwaysUsage: true }),
  "watsonx-chat": dialect(WatsonxChat, "/ml/v1", "chatcmpl-sim-", { alwaysUsage: true }),
  "mistral-chat": dialect(MistralChat, "/mistral/v1", "sim-", { alwaysUsage: true }),
  "google-generate-content": dialect(GoogleGenerateContent, "/v1beta", "sim-", {
    further: [
      { path: "/v1beta/publishers/google/models/{model}:generateContent", stream: false },
      { path: "/v1beta/publishers/google/models/{model}:streamGenerateContent", stream: true }
    ]
  }),
  "vertex-anthropic": dialect(VertexAnthropic, "/vertex", "msg_vrtx_sim_", { requestIdHeader: "request-id" }),
  "cohere-chat": dialect(CohereChat, "", "sim-", { requestIdHeader: "x-debug-trace-id" }),
  "ollama-chat": dialect(OllamaChat, "", "sim-"),
  "bedrock-converse": dialect(BedrockConverse, "", "sim-", aws),
  "bedrock-anthropic": dialect(BedrockAnthropic, "", "msg_sim_", aws)
} as const satisfies { readonly [name: string]: Dialect }

/** The dialect of a path, and what the path says about the request. */
export const dialectAt = (
  path: string
):
  | { readonly dialect: Dialect; readonly model: string | undefined; readonly stream: boolean | undefined }
  | undefined => {
  for (const { expression, ...route } of table) {
    const found = expression.exec(path)
    if (found === null) continue
    const model = found[1]
    return {
      dialect: route.dialect,
      stream: route.stream,
      model:
        model === undefined
          ? undefined
          : Result.getOrElse(
              Result.try(() => decodeURIComponent(model)),
              () => model
            )
    }
  }
  return undefined
}

const table = Object.values<Dialect>(dialects).flatMap((dialect) =>
  dialect.routes.map(({ path, stream }) => ({
    dialect,
    stream,
    expression: new RegExp(
      `^${path.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{model\}|%7Bmodel%7D/, "([^/:]+)")}$`
    )
  }))
)
