/** What every route that needs a key is called with, by the end of its path; and which of them cost nobody anything. */
import type { Route } from "../../../src/gateway/http/Routes.ts"

/** How a route that calls a provider is called. */
export interface Row {
  /** Whether the route is this row's. */
  readonly path: RegExp
  readonly dialect: "openai" | "anthropic" | "google" | "ollama" | "neutral"
  /** The model of the settings that it calls, and a body that does. */
  readonly model: string
  readonly body: (model: string) => object | FormData
  /** Whether it is about a file that has to be there: what it may cost is checked where files are. */
  readonly needsFile?: boolean
}

const messages = [{ role: "user", content: "Hello" }]
const contents = [{ role: "user", parts: [{ text: "Hello" }] }]

const form = (fields: { readonly [name: string]: string | Blob }): FormData => {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "string") data.append(name, value)
    else data.append(name, value, "file.wav")
  }
  return data
}

const recording = new Blob([Buffer.from("UklGRiQAAABXQVZF", "base64")], { type: "audio/wav" })

const lineOf = (model: string): string =>
  JSON.stringify({ custom_id: "1", method: "POST", url: "/v1/chat/completions", body: { model, messages } })

/** Routes that call a provider: each has its row. */
export const rows: ReadonlyArray<Row> = [
  {
    path: /\/chat\/completions$/,
    dialect: "openai",
    model: "chat",
    body: (model) => ({ model, messages, max_completion_tokens: 8 })
  },
  { path: /\/completions$/, dialect: "openai", model: "chat", body: (model) => ({ model, prompt: ["Hello", "You"] }) },
  {
    path: /\/responses\/input_tokens$/,
    dialect: "openai",
    model: "chat",
    body: (model) => ({ model, input: "Hello" })
  },
  { path: /\/responses$/, dialect: "openai", model: "chat", body: (model) => ({ model, input: "Hello" }) },
  {
    path: /(?<!^\/api)\/embeddings$/,
    dialect: "openai",
    model: "embedding",
    body: (model) => ({ model, input: "Hello" })
  },
  { path: /\/moderations$/, dialect: "openai", model: "moderation", body: (model) => ({ model, input: "Hello" }) },
  { path: /\/images\/generations$/, dialect: "openai", model: "image", body: (model) => ({ model, prompt: "A cat" }) },
  {
    path: /\/images\/edits$/,
    dialect: "openai",
    model: "image",
    body: (model) => form({ model, prompt: "A cat", image: new Blob(["png"], { type: "image/png" }) })
  },
  {
    path: /\/audio\/speech$/,
    dialect: "openai",
    model: "speech",
    body: (model) => ({ model, input: "Hello", voice: "alloy" })
  },
  {
    path: /\/audio\/(?:transcriptions|translations)$/,
    dialect: "openai",
    model: "transcription",
    body: (model) => form({ model, file: recording })
  },
  {
    path: /\/rerank$/,
    dialect: "openai",
    model: "rerank",
    body: (model) => ({ model, query: "Hello", documents: ["Hi", "Bye"] })
  },
  {
    path: /\/files$/,
    dialect: "openai",
    model: "chat",
    body: (model) => form({ purpose: "batch", file: new Blob([lineOf(model)]) })
  },
  {
    path: /\/batches$/,
    dialect: "openai",
    model: "chat",
    needsFile: true,
    body: () => ({ input_file_id: "file-unknown", endpoint: "/v1/chat/completions", completion_window: "24h" })
  },
  {
    path: /\/messages\/count_tokens$/,
    dialect: "anthropic",
    model: "chat",
    body: (model) => ({ model, messages })
  },
  {
    path: /\/messages$/,
    dialect: "anthropic",
    model: "chat",
    body: (model) => ({ model, messages, max_tokens: 8 })
  },
  { path: /:(?:generateContent|streamGenerateContent)$/, dialect: "google", model: "chat", body: () => ({ contents }) },
  { path: /:countTokens$/, dialect: "google", model: "chat", body: () => ({ contents }) },
  { path: /:embedContent$/, dialect: "google", model: "embedding", body: () => ({ content: contents[0] }) },
  {
    path: /:batchEmbedContents$/,
    dialect: "google",
    model: "embedding",
    body: (model) => ({ requests: [{ model: `models/${model}`, content: contents[0] }] })
  },
  { path: /^\/api\/chat$/, dialect: "ollama", model: "chat", body: (model) => ({ model, messages, stream: false }) },
  {
    path: /^\/api\/generate$/,
    dialect: "ollama",
    model: "chat",
    body: (model) => ({ model, prompt: "Hello", stream: false })
  },
  { path: /^\/api\/embed$/, dialect: "ollama", model: "embedding", body: (model) => ({ model, input: "Hello" }) },
  { path: /^\/api\/embeddings$/, dialect: "ollama", model: "embedding", body: (model) => ({ model, prompt: "Hello" }) },
  { path: /^\/llm\/generate$/, dialect: "neutral", model: "chat", body: (model) => ({ model, messages }) }
]

/** Routes that call nobody for money: lists, what is kept here, and what is known of models. */
export const free: ReadonlyArray<{ readonly method: Route["method"]; readonly path: RegExp }> = [
  { method: "GET", path: /\/models(?:\/\{model\.{3}\})?$/ },
  { method: "GET", path: /\/tunedModels\/\{model\.{3}\}$/ },
  { method: "POST", path: /^\/llm\/(?:providers\/\{provider\}\/)?models\/refresh$/ },
  { method: "GET", path: /^\/(?:admin\/me(?:\/\{rest\.{3}\})?|auth\/session|openapi\.json)$/ },
  { method: "POST", path: /^\/auth\/logout$/ },
  { method: "GET", path: /^\/api\/(?:tags|ps|version)$/ },
  { method: "POST", path: /^\/api\/show$/ },
  { method: "GET", path: /\/files(?:\/\{id\.{3}\}(?:\/content)?)?$/ },
  { method: "DELETE", path: /\/files\/\{id\.{3}\}$/ },
  { method: "GET", path: /\/batches(?:\/\{id\})?$/ },
  { method: "POST", path: /\/batches\/\{id\}\/cancel$/ },
  { method: "GET", path: /\/responses\/\{id\}(?:\/input_items)?$/ },
  { method: "DELETE", path: /\/responses\/\{id\}$/ },
  { method: "POST", path: /\/responses\/\{id\}\/cancel$/ }
]

/** Of routes of one path and method, that of the row's dialect. */
export const rowOf = ({ method, path }: Pick<Route, "method" | "path">): Row | undefined =>
  method === "POST" ? rows.find((row) => row.path.test(path)) : undefined

export const isFree = ({ method, path }: Pick<Route, "method" | "path">): boolean =>
  free.some((row) => row.method === method && row.path.test(path))

/** A path with what its parameters stand for. */
export const filled = (path: string, model: string): string =>
  path.replaceAll(/\{(\w+)(?:\.{3})?\}/g, (_, name: string) => (name === "model" ? model : "x"))
