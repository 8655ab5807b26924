import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spokenDialects } from "./dialects.ts"
import { post, recorder, serve, serveAt, upstream } from "./upstream.ts"

const providers: { readonly [dialect: string]: string } = {
  "OpenAI's chat": "openai",
  "OpenAI's responses": "openai-responses",
  "Anthropic's messages": "anthropic",
  "Google's generateContent": "google",
  "Ollama's chat": "ollama"
}

/** Numbers that a program in another language writes, and that a double would change or write in another way. */
const written = ["12345678901234567890", "-9007199254740993", "1.0", "0.10", "1e3", "2.5E-7", "-0", "1.0e+2"]
const plain = ["0", "-1", "0.5", "9007199254740991", "1e-7", "1.5e+300"]
const acme = `{"list":[${[...written, ...plain].join(",")}],"text":"1.0","deep":{"id":12345678901234567890}}`

const id = "12345678901234567890"
const given = `{"id":${id},"name":"a"}`
const quoted = JSON.stringify(given)
const type = "text/event-stream"

/** A call of a tool with an id, as each provider writes it: whole, and in a stream. */
const calls: {
  readonly [provider: string]: { readonly whole: string; readonly stream: string; readonly type: string }
} = {
  openai: {
    whole: `{"id":"c1","object":"chat.completion","created":1,"model":"acme","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":${quoted}}}]}}]}`,
    stream: `data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"acme","choices":[{"index":0,"finish_reason":"tool_calls","delta":{"role":"assistant","tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":${quoted}}}]}}]}\n\ndata: [DONE]\n\n`,
    type
  },
  anthropic: {
    whole: `{"id":"m1","type":"message","role":"assistant","model":"acme","content":[{"type":"tool_use","id":"toolu_1","name":"f","input":${given}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}`,
    stream: [
      '{"type":"message_start","message":{"id":"m1","type":"message","role":"assistant","model":"acme","content":[],"usage":{"input_tokens":1}}}',
      '{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{}}}',
      `{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":${quoted}}}`,
      '{"type":"content_block_stop","index":0}',
      '{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":1}}',
      '{"type":"message_stop"}'
    ]
      .map((data) => `event: ${JSON.parse(data).type}\ndata: ${data}\n\n`)
      .join(""),
    type
  },
  google: {
    whole: `{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"f","args":${given}}}]},"finishReason":"STOP","index":0}]}`,
    stream: `data: {"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"f","args":${given}}}]},"finishReason":"STOP","index":0}]}\n\n`,
    type
  },
  ollama: {
    whole: `{"model":"acme","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":${given}}}]},"done":true,"done_reason":"stop"}`,
    stream: `{"model":"acme","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":${given}}}]},"done":true,"done_reason":"stop"}\n`,
    type: "application/x-ndjson"
  }
}

/** An earlier call of a tool and its result, as clients send them. */
const histories: { readonly [dialect: string]: string } = {
  "OpenAI's chat": `"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":${quoted}}}]},{"role":"tool","tool_call_id":"c1","content":"ok"}]`,
  "OpenAI's responses": `"input":[{"role":"user","content":"Hi"},{"type":"function_call","call_id":"c1","name":"f","arguments":${quoted}},{"type":"function_call_output","call_id":"c1","output":"ok"}]`,
  "Anthropic's messages": `"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f","input":${given}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"ok"}]}]`,
  "Google's generateContent": `"contents":[{"role":"user","parts":[{"text":"Hi"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":${given}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"ok":true}}}]}]`,
  "Ollama's chat": `"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":${given}}}]},{"role":"tool","tool_name":"f","content":"ok"}]`
}

describe("an id in a tool call that is too large for a double", () => {
  for (const [provider, call] of Object.entries(calls))
    it.live(`reaches every client unchanged, and comes back in earlier calls, with ${provider}`, () =>
      Effect.gen(function* () {
        let seen = ""
        const address = yield* upstream(({ url = "" }, outgoing, text) => {
          seen = text
          const isStream = url.includes("stream") || text.includes('"stream":true')
          outgoing.writeHead(200, { "content-type": isStream ? call.type : "application/json" })
          outgoing.end(isStream ? call.stream : call.whole)
        })
        const url = yield* serveAt(provider, address)
        for (const [dialect, history] of Object.entries(histories)) {
          const { body, path } = spokenDialects[dialect] ?? assert.fail()
          for (const stream of [false, true]) {
            const { contents: _, input: __, messages: ___, ...fields } = body("m", stream)
            const [open = ""] = JSON.stringify(fields).split(/\}$/)
            const sent = `${open}${open === "{" ? "" : ","}${history}}`
            const { status, text } = yield* post(url + path("m", stream), sent)
            assert.strictEqual(status, 200, text)
            assert.include(text, id, `${dialect}, streamed: ${stream}`)
            assert.include(seen, id, dialect)
          }
        }
      })
    )
})

describe("numbers of a request", () => {
  for (const [dialect, provider] of Object.entries(providers))
    it.live(`reach a provider of the same protocol as written, in ${dialect}`, () =>
      Effect.gen(function* () {
        const { body, path } = spokenDialects[dialect] ?? assert.fail()
        const { address, seen } = yield* recorder()
        const url = yield* serveAt(provider, address)
        const sent = JSON.stringify({ ...body("m", false), acme: 0, top: 0 })
        const numbers = sent.replace('"acme":0', `"acme":${acme}`).replace('"top":0', '"top":1.0')
        yield* post(url + path("m", false), numbers)
        assert.include(seen(), `"acme":${acme}`)
        assert.include(seen(), '"top":1.0')
      })
    )

  it.live("are those of the last of two fields with one name, as policies see them", () =>
    Effect.gen(function* () {
      const { address, seen } = yield* recorder()
      const url = yield* serveAt("openai", address)
      const messages = '[{"role":"user","content":"first","content":"last"}]'
      yield* post(`${url}/v1/chat/completions`, `{"model":"m","messages":${messages},"seed":1.0,"model":"m"}`)
      assert.strictEqual(seen(), '{"model":"acme","messages":[{"role":"user","content":"last"}],"seed":1.0}')
    })
  )
})

describe("half of a pair of surrogates in a request", () => {
  for (const [dialect, provider] of Object.entries(providers))
    it.live(`is replaced, and the rest is unchanged, in ${dialect}`, () =>
      Effect.gen(function* () {
        const { body, path } = spokenDialects[dialect] ?? assert.fail()
        const { address, seen } = yield* recorder()
        const url = yield* serveAt(provider, address)
        const sent = JSON.stringify({ ...body("m", false), acme: 0 }).replace('"Hello"', '"Hello \\ud83d"')
        yield* post(url + path("m", false), sent.replace('"acme":0', `"acme":${acme}`))
        assert.include(seen(), '"Hello \ufffd"')
        assert.include(seen(), `"acme":${acme}`)
      })
    )
})

describe("keys of a request", () => {
  const acme = `{"b":1,"9":"nine","1":{"10":[{"2":1,"1":2}],"__proto__":{"x":1},"constructor":1}}`
  for (const [dialect, provider] of Object.entries(providers))
    it.live(`keep their order, also if a policy changes the request, in ${dialect}`, () =>
      Effect.gen(function* () {
        const { body, path } = spokenDialects[dialect] ?? assert.fail()
        const { address, seen } = yield* recorder()
        const url = yield* serve(`
providers: { ${provider}: { key: sk-upstream-secret-1234567890, baseUrl: "${address}" } }
models: { m: ${provider}/acme, redacted: { deployments: [${provider}/acme], policies: { redact: { patterns: { word: SECRET } } } } }`)
        for (const [name, word] of [
          ["m", "plain"],
          ["redacted", "SECRET"]
        ] as const) {
          const sent = JSON.stringify({ ...body(name, false), acme: 0, word })
          yield* post(
            url + path(name, false),
            sent
              .replace('"acme":0', `"acme":${acme},"9":1,"1":2,"__proto__":{"y":1}`)
              .replace('"Hello"', `"Hello ${word}"`)
          )
          assert.include(seen(), `"acme":${acme},"9":1,"1":2,"__proto__":{"y":1}`)
        }
      })
    )
})

describe("the schema of a tool", () => {
  const schema = `{"type":"object","properties":{"2":{"type":"number","maximum":1.0},"1":{"type":"string"},"a":{"type":"integer","minimum":${id}}}}`
  const inChat = `[{"type":"function","function":{"name":"f","parameters":${schema}}}]`
  const tools: { readonly [dialect: string]: string } = {
    "OpenAI's chat": inChat,
    "OpenAI's responses": `[{"type":"function","name":"f","strict":false,"parameters":${schema}}]`,
    "Anthropic's messages": `[{"name":"f","input_schema":${schema}}]`,
    "Google's generateContent": `[{"functionDeclarations":[{"name":"f","parametersJsonSchema":${schema}}]}]`,
    "Ollama's chat": inChat
  }
  for (const provider of Object.values(providers))
    it.live(`reaches a provider of any protocol with its numbers and keys as written, with ${provider}`, () =>
      Effect.gen(function* () {
        const { address, seen } = yield* recorder()
        const url = yield* serveAt(provider, address)
        for (const [dialect, list] of Object.entries(tools)) {
          const { body, path } = spokenDialects[dialect] ?? assert.fail()
          yield* post(
            url + path("m", false),
            JSON.stringify({ ...body("m", false), tools: 0 }).replace('"tools":0', `"tools":${list}`)
          )
          assert.include(seen(), schema, dialect)
        }
      })
    )
})

describe("a seed of 64 bits", () => {
  it.live("reaches servers of other protocols as a number that is always the same for it", () =>
    Effect.gen(function* () {
      const seeds: Array<unknown> = []
      const address = yield* upstream((_, outgoing, text) => {
        seeds.push(JSON.parse(text).options?.seed)
        outgoing.writeHead(400, { "content-type": "application/json" }).end('{"error":{"message":"seen"}}')
      })
      const url = yield* serveAt("ollama", address)
      for (const seed of ["9223372036854775807", "9223372036854775807", "18014398509483000", "-18014398509483000", "7"])
        yield* post(
          `${url}/v1/chat/completions`,
          `{"model":"m","messages":[{"role":"user","content":"Hi"}],"seed":${seed}}`
        )
      assert.deepStrictEqual(seeds, [0, 0, 1016, -1016, 7])
      const refused = yield* post(`${url}/v1/chat/completions`, { model: "m", messages: [], seed: 1.5 })
      assert.strictEqual(refused.status, 400)
    })
  )
})

describe("requests for embeddings of a batch", () => {
  it.live("keep their numbers and keys if the model has another name at the provider", () =>
    Effect.gen(function* () {
      const { address, seen } = yield* recorder()
      const url = yield* serve(`
providers: { google: { key: sk-upstream-secret-1234567890, baseUrl: "${address}" } }
models: { m: { deployments: [google/acme], kind: embedding } }`)
      const request = (model: string, text: string) =>
        `{"outputDimensionality":3.0,"content":{"parts":[{"text":"${text}"}]},"title":"t","model":"models/${model}","acme":{"2":1.0,"1":${id}}}`
      const requests = (model: string) => `{"requests":[${request(model, "a")},${request(model, "b")}]}`
      yield* post(`${url}/v1beta/models/m:batchEmbedContents`, requests("m"))
      assert.strictEqual(seen(), requests("acme"))
    })
  )
})
