/** A provider of every protocol that repeats what it is told, and says a secret of its own. */
import type { IncomingMessage, ServerResponse } from "node:http"
import { Effect } from "effect"
import { upstream } from "../calls/upstream.ts"

/** What it says besides. */
export const secret = "bob@example.org"

const json = { "content-type": "application/json" }

/** Pieces in which no address or placeholder is whole. */
const piecesOf = (text: string): ReadonlyArray<string> => text.match(/[^]{1,3}/g) ?? []

/** Every text below a value that somebody wrote. */
const textsIn = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string"
    ? [value]
    : Array.isArray(value)
      ? value.flatMap(textsIn)
      : typeof value === "object" && value !== null
        ? Object.entries(value).flatMap(([name, child]) =>
            ["content", "text", "parts", "input", "messages", "contents"].includes(name) ? textsIn(child) : []
          )
        : []

const sse = (events: ReadonlyArray<{ readonly [field: string]: unknown }>, isNamed: boolean): string =>
  events.map((event) => `${isNamed ? `event: ${event.type}\n` : ""}data: ${JSON.stringify(event)}\n\n`).join("")

const chat = (text: string, stream: boolean): string => {
  const head = { id: "c1", created: 1, model: "acme" }
  const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
  if (!stream)
    return JSON.stringify({
      ...head,
      object: "chat.completion",
      choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
      usage
    })
  const chunk = (choices: ReadonlyArray<object>, more: object = {}) => ({
    ...head,
    object: "chat.completion.chunk",
    choices,
    ...more
  })
  return `${sse(
    [
      ...piecesOf(text).map((content) => chunk([{ index: 0, delta: { content }, finish_reason: null }])),
      chunk([{ index: 0, delta: {}, finish_reason: "stop" }]),
      chunk([], { usage })
    ],
    false
  )}data: [DONE]\n\n`
}

const responses = (text: string, stream: boolean): string => {
  const part = { type: "output_text", text, annotations: [] }
  const item = { type: "message", id: "msg_1", role: "assistant", status: "completed", content: [part] }
  const response = {
    id: "resp_1",
    object: "response",
    created_at: 1,
    status: "completed",
    model: "acme",
    output: [item],
    usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 }
  }
  if (!stream) return JSON.stringify(response)
  const at = { item_id: "msg_1", output_index: 0, content_index: 0 }
  return sse(
    [
      { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
      { type: "response.output_item.added", output_index: 0, item: { ...item, status: "in_progress", content: [] } },
      { type: "response.content_part.added", ...at, part: { ...part, text: "" } },
      ...piecesOf(text).map((delta) => Object.assign({ type: "response.output_text.delta", delta }, at)),
      { type: "response.output_text.done", ...at, text },
      { type: "response.content_part.done", ...at, part },
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response }
    ].map((event, sequence_number) => Object.assign(event, { sequence_number })),
    true
  )
}

const messages = (text: string, stream: boolean): string => {
  const message = { id: "msg_1", type: "message", role: "assistant", model: "acme", stop_sequence: null }
  const usage = { input_tokens: 3, output_tokens: 2 }
  if (!stream) return JSON.stringify({ ...message, content: [{ type: "text", text }], stop_reason: "end_turn", usage })
  return sse(
    [
      { type: "message_start", message: { ...message, content: [], stop_reason: null, usage } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      ...piecesOf(text).map((text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })),
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage },
      { type: "message_stop" }
    ],
    true
  )
}

const google = (text: string, stream: boolean): string => {
  const usageMetadata = { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 }
  const response = (text: string, more: object = {}) => ({
    candidates: [{ index: 0, content: { role: "model", parts: [{ text }] }, ...more }],
    usageMetadata,
    modelVersion: "acme"
  })
  return stream
    ? sse([...piecesOf(text).map((piece) => response(piece)), response("", { finishReason: "STOP" })], false)
    : JSON.stringify(response(text, { finishReason: "STOP" }))
}

const ollama = (text: string, stream: boolean): string => {
  const line = (content: string, more: object) =>
    JSON.stringify({
      model: "acme",
      created_at: "2026-01-01T00:00:00Z",
      message: { role: "assistant", content },
      ...more
    })
  const end = { done: true, done_reason: "stop", prompt_eval_count: 3, eval_count: 2 }
  return stream
    ? [...piecesOf(text).map((piece) => line(piece, { done: false })), line("", end), ""].join("\n")
    : line(text, end)
}

const others: { readonly [path: string]: (body: { readonly [key: string]: unknown }, text: string) => unknown } = {
  "/embeddings": () => ({
    object: "list",
    model: "acme",
    data: [{ object: "embedding", index: 0, embedding: [0.1, 0.2] }],
    usage: { prompt_tokens: 3, total_tokens: 3 }
  }),
  "/moderations": (_, text) => ({
    id: "modr_1",
    model: "acme",
    results: [
      {
        flagged: text.includes("violence"),
        categories: { violence: text.includes("violence") },
        category_scores: { violence: 0 }
      }
    ]
  }),
  "/rerank": ({ documents }) => ({
    id: "r1",
    results: (documents as ReadonlyArray<string>).map((_, index) => ({ index, relevance_score: 0.5 })),
    meta: { billed_units: { search_units: 1 } }
  }),
  "/images/generations": ({ prompt }) => ({
    created: 1,
    data: [{ b64_json: "aGk=", revised_prompt: `${String(prompt)}, by ${secret}` }]
  }),
  ":countTokens": () => ({ totalTokens: 3 }),
  "/count_tokens": () => ({ input_tokens: 3 }),
  "/input_tokens": () => ({ object: "response.input_tokens", input_tokens: 3 })
}

const respond = (incoming: IncomingMessage, outgoing: ServerResponse, raw: string): void => {
  const path = (incoming.url ?? "").split("?")[0] ?? ""
  if (path.endsWith("/audio/speech"))
    return void outgoing.writeHead(200, { "content-type": "audio/mpeg" }).end(Buffer.from("sound"))
  if (path.endsWith("/audio/transcriptions"))
    return void outgoing.writeHead(200, json).end(JSON.stringify({ text: `I am ${secret}`, duration: 1 }))
  const body = JSON.parse(raw === "" ? "{}" : raw)
  const said = textsIn(body)
  const text = `You wrote: ${said.at(-1)}. I am ${secret}.`
  const other = Object.entries(others).find(([end]) => path.endsWith(end))
  if (other !== undefined) return void outgoing.writeHead(200, json).end(JSON.stringify(other[1](body, said.join(" "))))
  const isStream = body.stream === true || path.includes(":stream")
  const write = path.endsWith("/chat/completions")
    ? chat
    : path.endsWith("/responses")
      ? responses
      : path.endsWith("/messages")
        ? messages
        : path.endsWith("/api/chat")
          ? ollama
          : google
  const type = !isStream ? "application/json" : write === ollama ? "application/x-ndjson" : "text/event-stream"
  outgoing.writeHead(200, { "content-type": type }).end(write(text, isStream))
}

/** The provider, and all that was ever sent to it. */
export const echo = Effect.gen(function* () {
  const sent: Array<string> = []
  const state = { isDown: false }
  const address = yield* upstream((incoming, outgoing, body) => {
    sent.push(body)
    if (state.isDown) return void outgoing.writeHead(503, json).end('{"error":{"message":"down"}}')
    respond(incoming, outgoing, body)
  })
  return { address, sent, state }
})

/** Settings in which each provider is the echo: a chat model for each protocol, and a model of each other kind. */
export const settingsOf = (address: string): string => `providers:
  openai: { key: sk-upstream, baseUrl: "${address}" }
  responses: { provider: openai-responses, key: sk-upstream, baseUrl: "${address}" }
  anthropic: { key: sk-upstream, baseUrl: "${address}" }
  google: { key: sk-upstream, baseUrl: "${address}" }
  ollama: { baseUrl: "${address}" }
  cohere: { key: sk-upstream, baseUrl: "${address}" }
models:
  openai-chat: openai/acme
  openai-responses: responses/acme
  anthropic-messages: anthropic/acme
  google-generate-content: google/acme
  ollama-chat: ollama/acme
  embedding: { kind: embedding, deployments: [openai/acme] }
  moderation: { kind: moderation, deployments: [openai/acme] }
  rerank: { kind: rerank, deployments: [cohere/acme] }
  image: { kind: image, deployments: [openai/acme] }
  speech: { kind: speech, deployments: [openai/acme] }
  transcription: { kind: transcription, deployments: [openai/acme] }
`

const user = (text: string) => [{ role: "user", content: text }]

/** Every path that carries text, by what it is called, with the protocol that its dialect is. */
export const textRoutes: {
  readonly [name: string]: {
    readonly own: string | undefined
    readonly isStream?: boolean
    readonly path: (model: string) => string
    readonly body: (model: string, text: string) => object
  }
} = Object.fromEntries(
  [false, true].flatMap((stream) =>
    Object.entries({
      "OpenAI's chat": {
        own: "openai-chat",
        path: () => "/v1/chat/completions",
        body: (model: string, text: string) => ({ model, messages: user(text), stream })
      },
      "OpenAI's completions": {
        own: undefined,
        path: () => "/v1/completions",
        body: (model: string, text: string) => ({ model, prompt: text, stream })
      },
      "OpenAI's responses": {
        own: "openai-responses",
        path: () => "/v1/responses",
        body: (model: string, text: string) => ({ model, input: text, stream, store: false })
      },
      "Anthropic's messages": {
        own: "anthropic-messages",
        path: () => "/v1/messages",
        body: (model: string, text: string) => ({ model, messages: user(text), max_tokens: 100, stream })
      },
      "Google's generateContent": {
        own: "google-generate-content",
        path: (model: string) =>
          `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
        body: (_: string, text: string) => ({ contents: [{ role: "user", parts: [{ text }] }] })
      },
      "Ollama's chat": {
        own: "ollama-chat",
        path: () => "/api/chat",
        body: (model: string, text: string) => ({ model, messages: user(text), stream })
      },
      "Ollama's generate": {
        own: undefined,
        path: () => "/api/generate",
        body: (model: string, text: string) => ({ model, prompt: text, stream })
      },
      "the neutral API": {
        own: undefined,
        path: () => "/llm/generate",
        body: (model: string, text: string) => ({ model, messages: user(text), stream })
      }
    }).map(([name, route]) => [`${name}, ${stream ? "streamed" : "whole"}`, { ...route, isStream: stream }] as const)
  )
)

/** The paths of the other kinds of models, and those that only count. */
export const otherRoutes: {
  readonly [name: string]: { readonly path: string; readonly body: (text: string) => object }
} = {
  embeddings: { path: "/v1/embeddings", body: (text) => ({ model: "embedding", input: [text] }) },
  moderations: { path: "/v1/moderations", body: (text) => ({ model: "moderation", input: text }) },
  rerank: { path: "/v2/rerank", body: (text) => ({ model: "rerank", query: text, documents: ["a", "b"] }) },
  "documents to rank": {
    path: "/v2/rerank",
    body: (text) => ({ model: "rerank", query: "q", documents: [text, "b"] })
  },
  images: { path: "/v1/images/generations", body: (text) => ({ model: "image", prompt: text }) },
  speech: { path: "/v1/audio/speech", body: (text) => ({ model: "speech", input: text, voice: "alloy" }) },
  "Google's embeddings": {
    path: "/v1beta/models/embedding:embedContent",
    body: (text) => ({ content: { parts: [{ text }] } })
  },
  "Ollama's embeddings": { path: "/api/embed", body: (text) => ({ model: "embedding", input: text }) },
  "Anthropic's count of tokens": {
    path: "/v1/messages/count_tokens",
    body: (text) => ({ model: "anthropic-messages", messages: user(text) })
  },
  "Google's count of tokens": {
    path: "/v1beta/models/google-generate-content:countTokens",
    body: (text) => ({ contents: [{ role: "user", parts: [{ text }] }] })
  }
}
