/** One request of each kind that says as much as requests say, and ways to spoil it. */

export interface Valid {
  readonly path: string
  readonly body: { readonly [field: string]: unknown }
}

const image = `data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==`
const parameters = {
  type: "object",
  properties: { city: { type: "string", enum: ["Paris"] }, days: { type: "array", items: { type: "integer" } } },
  required: ["city"],
  additionalProperties: false
}
const jsonSchema = { name: "place", strict: true, schema: parameters }

const chatBody = {
  messages: [
    { role: "system", content: "Be brief." },
    {
      role: "user",
      content: [
        { type: "text", text: "What is this?" },
        { type: "image_url", image_url: { url: image, detail: "low" } }
      ]
    },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Paris"}' } }]
    },
    { role: "tool", tool_call_id: "call_1", content: "Sunny" }
  ],
  tools: [{ type: "function", function: { name: "weather", description: "Weather", parameters, strict: true } }],
  tool_choice: "auto",
  parallel_tool_calls: true,
  temperature: 0.5,
  top_p: 0.9,
  max_completion_tokens: 100,
  stop: ["END"],
  seed: 7,
  response_format: { type: "json_schema", json_schema: jsonSchema },
  stream_options: { include_usage: true }
}

const anthropicBody = {
  system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }],
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text: "What is this?" },
        { type: "image", source: { type: "base64", media_type: "image/png", data: image.split(",")[1] } }
      ]
    },
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "Hm", signature: "c2ln" },
        { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Paris" } }
      ]
    },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "Sunny", is_error: false }] }
  ],
  tools: [{ name: "weather", description: "Weather", input_schema: parameters }],
  tool_choice: { type: "auto", disable_parallel_tool_use: true },
  thinking: { type: "enabled", budget_tokens: 1024 },
  metadata: { user_id: "u" },
  max_tokens: 2000,
  stop_sequences: ["END"]
}

const googleBody = {
  systemInstruction: { parts: [{ text: "Be brief." }] },
  contents: [
    {
      role: "user",
      parts: [{ text: "What is this?" }, { inlineData: { mimeType: "image/png", data: image.split(",")[1] } }]
    },
    {
      role: "model",
      parts: [{ functionCall: { name: "weather", args: { city: "Paris" } }, thoughtSignature: "c2ln" }]
    },
    { role: "user", parts: [{ functionResponse: { name: "weather", response: { result: "Sunny" } } }] }
  ],
  tools: [{ functionDeclarations: [{ name: "weather", description: "Weather", parametersJsonSchema: parameters }] }],
  toolConfig: { functionCallingConfig: { mode: "AUTO" } },
  safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
  generationConfig: { temperature: 0.5, topP: 0.9, maxOutputTokens: 100, stopSequences: ["END"], seed: 7 }
}

/** By the dialect of their clients, as `clients` names it. */
export const valid: { readonly [dialect: string]: ReadonlyArray<Valid> } = {
  "OpenAI's chat": [
    { path: "/v1/chat/completions", body: { model: "openai", ...chatBody, stream: false } },
    { path: "/v1/chat/completions", body: { model: "anthropic", ...chatBody, seed: undefined, stream: true } }
  ],
  "OpenAI's responses": [
    {
      path: "/v1/responses",
      body: {
        model: "responses",
        instructions: "Be brief.",
        input: [
          {
            role: "user",
            content: [
              { type: "input_text", text: "What is this?" },
              { type: "input_image", image_url: image, detail: "low" }
            ]
          },
          { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "c2ln" },
          { type: "function_call", call_id: "call_1", name: "weather", arguments: "{}" },
          { type: "function_call_output", call_id: "call_1", output: "Sunny" }
        ],
        tools: [{ type: "function", name: "weather", parameters, strict: true }],
        tool_choice: "auto",
        text: { format: { type: "json_schema", ...jsonSchema } },
        reasoning: { effort: "low", summary: "auto" },
        include: ["reasoning.encrypted_content"],
        max_output_tokens: 100,
        store: false,
        stream: true
      }
    }
  ],
  "Anthropic's messages": [
    { path: "/v1/messages", body: { model: "anthropic", ...anthropicBody, stream: true } },
    { path: "/v1/messages/count_tokens", body: { model: "anthropic", messages: anthropicBody.messages } }
  ],
  "Google's generateContent": [
    { path: "/v1beta/models/google:generateContent", body: googleBody },
    { path: "/v1beta/models/google:streamGenerateContent?alt=sse", body: googleBody },
    { path: "/v1beta/models/google:countTokens", body: { contents: googleBody.contents } },
    {
      path: "/v1beta/models/vectors:batchEmbedContents",
      body: { requests: [{ model: "models/vectors", content: { parts: [{ text: "a" }] }, outputDimensionality: 8 }] }
    }
  ],
  "Ollama's chat": [
    {
      path: "/api/chat",
      body: {
        model: "ollama",
        messages: [
          { role: "user", content: "What is this?", images: [image.split(",")[1]] },
          {
            role: "assistant",
            content: "",
            tool_calls: [{ function: { name: "weather", arguments: { city: "Paris" } } }]
          },
          { role: "tool", content: "Sunny", tool_name: "weather" }
        ],
        tools: [{ type: "function", function: { name: "weather", description: "Weather", parameters } }],
        format: parameters,
        options: { temperature: 0.5, num_predict: 100, stop: ["END"], seed: 7 },
        think: false,
        keep_alive: "5m",
        stream: true
      }
    },
    { path: "/api/generate", body: { model: "ollama", prompt: "Hi", system: "Be brief.", stream: false } },
    { path: "/api/embed", body: { model: "vectors", input: ["a"] } },
    { path: "/api/show", body: { model: "ollama", verbose: true } }
  ],
  neutral: [
    {
      path: "/llm/generate",
      body: {
        model: "openai",
        messages: [{ role: "user", content: "Hi" }],
        temperature: 0.5,
        max_tokens: 100,
        top_p: 0.9,
        stop: ["END"],
        reasoning_effort: "low",
        response_format: { type: "json_object" },
        stream: true
      }
    }
  ]
}

/** Numbers from 0 to 1 that are the same each time. */
export const randomOf = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Path = ReadonlyArray<string | number>

/** The places of a value, itself included. */
const placesOf = (value: unknown, at: Path = []): ReadonlyArray<Path> =>
  typeof value === "object" && value !== null
    ? [at, ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...at, key]))]
    : [at]

/** A copy with another value at a place; `undefined` takes it out. */
const changed = (value: unknown, [key, ...rest]: Path, change: (before: unknown) => unknown): unknown => {
  if (key === undefined) return change(value)
  if (Array.isArray(value)) {
    const copy = value.map((item, index) => (index === Number(key) ? changed(item, rest, change) : item))
    return copy.filter((item) => item !== undefined)
  }
  return { ...(value as object), [key]: changed((value as Record<string, unknown>)[key], rest, change) }
}

const nested = (depth: number, open: string, close: string): unknown =>
  JSON.parse(open.repeat(depth) + close.repeat(depth))

const values: ReadonlyArray<unknown> = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  -0,
  1e308,
  2 ** 60,
  "",
  " ",
  "\u0000",
  "\ud800",
  "\u202e\u200d🏳️‍🌈",
  "a".repeat(100_000),
  "../../etc/passwd",
  "http://169.254.169.254/latest/meta-data",
  "data:;base64,@@@@",
  [],
  {},
  [null],
  [[]],
  [[[{}]]],
  { type: 7 },
  { type: "nobody" },
  { "": "" },
  { toString: 1, constructor: { prototype: {} }, length: -1 },
  nested(200, "[", "]"),
  Array.from({ length: 2000 }, () => ({}))
]

/** What no JSON writer makes of a value: the text of a request spoilt. */
const texts: ReadonlyArray<(text: string, random: () => number) => string | Buffer> = [
  (text, random) => text.slice(0, Math.floor(random() * text.length)),
  (text) => `${text}${text}`,
  (text) => `\ufeff${text}`,
  (text) => text.replace("{", '{"model":"other","model":7,"__proto__":{"model":1},'),
  (text) => text.replace(/:(\d|"|\[|\{|true|false)/, ":NaN,$1"),
  (text) => text.replace(/:(\d|"|\[|\{|true|false)/, ':1e999,"x":$1'),
  (text) => text.replaceAll('"', "'"),
  (text) => text.replace("}", ",}"),
  (text) => text.replaceAll(":", "\u00a0:"),
  (text, random) => {
    const bytes = Buffer.from(text)
    bytes[Math.floor(random() * bytes.length)] = 0xff
    return bytes
  },
  (text, random) => {
    const at = Math.floor(random() * text.length)
    return `${text.slice(0, at)}\u0000${text.slice(at)}`
  },
  (text) => Buffer.from(text, "utf16le"),
  (text) => text.replace(/"([^"]{2,})"/, '"\\u$1"'),
  (text) => text.replace("{", `{"x":${"[".repeat(100_000)}${"]".repeat(100_000)},`)
]

/** A request spoilt in one to three places, and now and then in its text. */
export const spoilt = (
  { body, path }: Valid,
  random: () => number
): { readonly path: string; readonly body: string | Buffer } => {
  let value: unknown = body
  const pick = <A>(all: ReadonlyArray<A>): A => all[Math.floor(random() * all.length)] as A
  for (let times = 1 + Math.floor(random() * 3); times > 0; times--) {
    const place = pick(placesOf(value))
    const roll = random()
    const other = pick(values)
    value = changed(value, place, (before) => {
      if (roll < 0.2) return place.length === 0 ? null : undefined
      if (roll < 0.3) return [before, before]
      if (roll < 0.4)
        return typeof before === "string" ? [...before].reverse().join("") : { [JSON.stringify(before) ?? ""]: before }
      return other
    })
  }
  const text = JSON.stringify(value) ?? ""
  return { path, body: random() < 0.2 ? pick(texts)(text, random) : text }
}
