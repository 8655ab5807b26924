/** One request in each dialect, and how its streams end. */
export interface SpokenDialect {
  readonly path: (model: string, stream: boolean) => string
  readonly body: (model: string, stream: boolean) => { readonly [key: string]: unknown }
  /** What only a stream has that is whole. */
  readonly end: RegExp
  readonly error: RegExp
}

const messages = [{ role: "user", content: "Hello" }]

export const spokenDialects: { readonly [name: string]: SpokenDialect } = {
  "OpenAI's chat": {
    path: () => "/v1/chat/completions",
    body: (model, stream) => ({ model, messages, stream }),
    end: /data: \[DONE\]/,
    error: /data: \{"error":\{"message":/
  },
  "OpenAI's responses": {
    path: () => "/v1/responses",
    body: (model, stream) => ({ model, input: "Hello", stream, store: false }),
    end: /response\.completed/,
    error: /"type":"(?:error|response\.failed)"/
  },
  "Anthropic's messages": {
    path: () => "/v1/messages",
    body: (model, stream) => ({ model, messages, stream, max_tokens: 1000 }),
    end: /event: message_stop/,
    error: /event: error\ndata: \{"type":"error","error":\{"type":/
  },
  "Google's generateContent": {
    path: (model, stream) => `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    body: () => ({ contents: [{ role: "user", parts: [{ text: "Hello" }] }] }),
    end: /"finishReason":"STOP"/,
    error: /data: \{"error":\{"code":/
  },
  "Ollama's chat": {
    path: () => "/api/chat",
    body: (model, stream) => ({ model, messages, stream }),
    end: /"done":true/,
    error: /\{"error":"/
  }
}
