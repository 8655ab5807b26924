import type { FeatureName } from "./Features.ts"
import type { Language } from "./Program.ts"

/** A client, and the program that uses it. */
export interface ClientRow {
  readonly title: string
  readonly language: Language
  readonly program: string
  readonly argument?: string
  /** The path of the dialect that it calls. */
  readonly calls: string
  /** The client's class for each status. */
  readonly errors: { readonly [status in 401 | 404 | 429 | 500]: string }
  /** What the client has no way to say or to show. */
  readonly lacks?: ReadonlyArray<FeatureName>
}

const named = {
  401: "AuthenticationError",
  404: "NotFoundError",
  429: "RateLimitError",
  500: "InternalServerError"
} as const

const ofLangChain = {
  401: "OpenAIAuthenticationError",
  404: "OpenAIModelNotFoundError",
  429: "OpenAIRateLimitError",
  500: "OpenAIAPIError"
} as const

const ofLangChainAnthropic = {
  401: "AnthropicAuthenticationError",
  404: "AnthropicModelNotFoundError",
  429: "AnthropicRateLimitError",
  500: "AnthropicAPIError"
} as const

const ofLangChainGoogle = {
  401: "GoogleAuthenticationError",
  404: "GoogleModelNotFoundError",
  429: "GoogleRateLimitError",
  500: "GoogleAPIError"
} as const

const ofJava = {
  401: "UnauthorizedException",
  404: "NotFoundException",
  429: "RateLimitException",
  500: "InternalServerException"
} as const

const ofLangChain4j = {
  401: "AuthenticationException",
  404: "ModelNotFoundException",
  429: "RateLimitException",
  500: "InternalServerException"
} as const

const one = (name: string) => ({ 401: name, 404: name, 429: name, 500: name }) as const

const reasoning = ["reasoning", "streamedReasoning"] as const
const helper = ["helper", "cutHelper"] as const

const chat = "/v1/chat/completions"
const responses = "/v1/responses"
const messages = "/v1/messages"

export const clients: ReadonlyArray<ClientRow> = [
  { title: "openai (JS), chat", language: "js", program: "openaiChat.ts", calls: chat, errors: named },
  { title: "openai (JS), responses", language: "js", program: "openaiResponses.ts", calls: responses, errors: named },
  { title: "@anthropic-ai/sdk", language: "js", program: "anthropicMessages.ts", calls: messages, errors: named },
  {
    title: "@google/genai",
    language: "js",
    program: "googleGenai.ts",
    calls: "/v1/models/…",
    errors: one("ApiError")
  },
  {
    title: "ollama (JS)",
    language: "js",
    program: "ollama.ts",
    calls: "/api/chat",
    errors: one("ResponseError"),
    lacks: helper
  },
  ...(
    [
      ["openai responses", "@ai-sdk/openai, responses", responses],
      ["openai chat", "@ai-sdk/openai, chat", chat],
      ["openai-compatible", "@ai-sdk/openai-compatible", chat],
      ["anthropic", "@ai-sdk/anthropic", messages],
      ["google", "@ai-sdk/google", "/v1beta/models/…"]
    ] as const
  ).map(([argument, title, calls]): ClientRow => ({
    title,
    language: "js",
    program: "aiSdk.ts",
    argument,
    calls,
    errors: one("APICallError"),
    lacks: argument === "openai chat" ? reasoning : []
  })),
  {
    title: "@langchain/openai, chat",
    language: "js",
    program: "langchain.ts",
    argument: "chat",
    calls: chat,
    errors: named,
    lacks: [...reasoning, ...helper]
  },
  {
    title: "@langchain/openai, responses",
    language: "js",
    program: "langchain.ts",
    argument: "responses",
    calls: responses,
    errors: named,
    lacks: [...reasoning, ...helper]
  },
  {
    title: "@openai/agents, responses",
    language: "js",
    program: "openaiAgents.ts",
    argument: "responses",
    calls: responses,
    errors: named,
    lacks: [...reasoning, ...helper]
  },
  {
    title: "@openai/agents, chat",
    language: "js",
    program: "openaiAgents.ts",
    argument: "chat",
    calls: chat,
    errors: named,
    lacks: [...reasoning, ...helper]
  },
  { title: "openai (Python), chat", language: "python", program: "openai_chat.py", calls: chat, errors: named },
  {
    title: "openai (Python), responses",
    language: "python",
    program: "openai_responses.py",
    calls: responses,
    errors: named
  },
  { title: "anthropic", language: "python", program: "anthropic_messages.py", calls: messages, errors: named },
  {
    title: "google-genai",
    language: "python",
    program: "google_genai.py",
    calls: "/v1/models/…",
    errors: { ...one("ClientError"), 500: "ServerError" }
  },
  {
    title: "ollama (Python)",
    language: "python",
    program: "ollama_chat.py",
    calls: "/api/chat",
    errors: one("ResponseError"),
    lacks: helper
  },
  ...(["chat", "responses"] as const).flatMap((argument): ReadonlyArray<ClientRow> => {
    const calls = argument === "chat" ? chat : responses
    const lacks = [...reasoning, ...helper]
    const rest = { language: "python", argument, calls, lacks } as const
    return [
      { title: `langchain-openai, ${argument}`, program: "langchain_chat.py", errors: ofLangChain, ...rest },
      { title: `openai-agents, ${argument}`, program: "openai_agents.py", errors: named, ...rest }
    ]
  }),
  {
    title: "litellm, openai/",
    language: "frameworks",
    program: "litellm_chat.py",
    calls: chat,
    errors: named,
    lacks: helper
  },
  {
    title: "pydantic-ai, chat",
    language: "frameworks",
    program: "pydantic_ai_agent.py",
    calls: chat,
    errors: one("ModelHTTPError"),
    lacks: [...reasoning, ...helper]
  },
  {
    title: "llama-index",
    language: "frameworks",
    program: "llama_index_chat.py",
    calls: chat,
    errors: named,
    lacks: [...reasoning, ...helper, "streamedTools"]
  },
  ...(
    [
      ["anthropic", "langchain-anthropic", messages, ofLangChainAnthropic],
      ["google", "langchain-google-genai", "/v1beta/models/…", ofLangChainGoogle],
      ["ollama", "langchain-ollama", "/api/chat", one("ResponseError")]
    ] as const
  ).map(([argument, title, calls, errors]): ClientRow => ({
    title,
    language: "libraries",
    program: "langchain_chat.py",
    argument,
    calls,
    errors,
    lacks: helper
  })),
  ...(
    [
      ["chat", chat],
      ["responses", responses],
      ["anthropic", messages]
    ] as const
  ).map(([argument, calls]): ClientRow => ({
    title: `haystack-ai, ${argument}`,
    language: "libraries",
    program: "haystack_chat.py",
    argument,
    calls,
    errors: named,
    lacks: argument === "anthropic" ? [...reasoning, ...helper, "structured"] : [...reasoning, ...helper]
  })),
  {
    title: "smolagents",
    language: "libraries",
    program: "smolagents_model.py",
    calls: chat,
    errors: named,
    lacks: [...reasoning, ...helper, "cancelled", "cancelledStream"]
  },
  ...(
    [
      ["openai", chat, { ...named, 429: "ModelThrottledException" }],
      ["anthropic", messages, { ...named, 429: "ModelThrottledException" }],
      ["gemini", "/v1beta/models/…", { ...one("ClientError"), 429: "ModelThrottledException", 500: "ServerError" }],
      ["ollama", "/api/chat", one("ResponseError")]
    ] as const
  ).map(([argument, calls, errors]): ClientRow => ({
    title: `strands-agents, ${argument}`,
    language: "agents",
    program: "strands_agent.py",
    argument,
    calls,
    errors,
    lacks: [...reasoning, ...helper, "tools", ...(argument === "ollama" ? (["structured"] as const) : [])]
  })),
  { title: "openai-go, chat", language: "go", program: "openai-chat", calls: chat, errors: one("openai.Error") },
  {
    title: "openai-go, responses",
    language: "go",
    program: "openai-responses",
    calls: responses,
    errors: one("openai.Error")
  },
  { title: "anthropic-sdk-go", language: "go", program: "anthropic", calls: messages, errors: one("anthropic.Error") },
  {
    title: "google.golang.org/genai",
    language: "go",
    program: "genai",
    calls: "/v1beta/models/…",
    errors: one("genai.APIError")
  },
  {
    title: "ollama/api (Go)",
    language: "go",
    program: "ollama",
    calls: "/api/chat",
    errors: { ...one("api.StatusError"), 401: "api.AuthorizationError" },
    lacks: helper
  },
  {
    title: "sashabaranov/go-openai",
    language: "go",
    program: "go-openai",
    calls: chat,
    errors: one("openai.APIError"),
    lacks: helper
  },
  ...(
    [
      ["openai-chat", "openai-java, chat", chat],
      ["openai-responses", "openai-java, responses", responses],
      ["anthropic", "anthropic-java", messages]
    ] as const
  ).map(([program, title, calls]): ClientRow => ({
    title,
    language: "java",
    program,
    calls,
    errors: ofJava,
    lacks: ["cancelled"]
  })),
  {
    title: "google-genai (Java)",
    language: "java",
    program: "google-genai",
    calls: "/v1beta/models/…",
    errors: { ...one("ClientException"), 500: "ServerException" },
    lacks: ["cancelled"]
  },
  ...(
    [
      ["openai", chat],
      ["anthropic", messages],
      ["google", "/v1beta/models/…"],
      ["ollama", "/api/chat"]
    ] as const
  ).map(([provider, calls]): ClientRow => ({
    title: `langchain4j, ${provider}`,
    language: "java",
    program: `langchain4j-${provider}`,
    calls,
    errors: ofLangChain4j,
    lacks: helper
  })),
  {
    title: "spring-ai-openai",
    language: "java",
    program: "spring-ai",
    calls: chat,
    errors: ofJava,
    lacks: [...reasoning, ...helper, "cancelled"]
  },
  ...(
    [
      ["chat", chat],
      ["responses", responses]
    ] as const
  ).map(([api, calls]): ClientRow => ({
    title: `async-openai, ${api}`,
    language: "rust",
    program: `async-openai-${api}`,
    calls,
    errors: one("ApiError"),
    lacks: api === "chat" ? [...reasoning, ...helper] : helper
  })),
  {
    title: "ollama-rs",
    language: "rust",
    program: "ollama-rs",
    calls: "/api/chat",
    errors: one("OllamaError"),
    lacks: helper
  },
  ...(
    [
      ["openai", chat],
      ["openai-responses", responses],
      ["anthropic", messages],
      ["gemini", "/v1beta/models/…"],
      ["ollama", "/api/chat"]
    ] as const
  ).map(([adapter, calls]): ClientRow => ({
    title: `genai, ${adapter}`,
    language: "rust",
    program: `genai-${adapter}`,
    calls,
    errors: one("genai::Error"),
    lacks: adapter === "ollama" ? [...helper, "structured"] : helper
  }))
]
