import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gateway } from "../gateway.ts"

/** JSON of the wire, of which nothing is checked. */
type Wire = ReturnType<typeof JSON.parse>

const models = `
models:
  fast: openai/sim-healthy
  claude: anthropic/sim-healthy
  busy: openai/sim-503
  cut: openai/sim-cut
  of/many/parts: openai/sim-healthy
  tunedModels/mine: openai/sim-healthy
`

const contents = [{ role: "user", parts: [{ text: "Hi" }] }]
const messages = [{ role: "user", content: "Hi" }]
const version = { "anthropic-version": "2023-06-01" }

/** The values of an event stream. */
const eventsIn = (text: string): ReadonlyArray<{ readonly event: string | undefined; readonly data: string }> =>
  text
    .split("\n\n")
    .filter((block) => block !== "")
    .map((block) => ({ event: /^event: (.*)$/m.exec(block)?.[1], data: /^data: (.*)$/m.exec(block)?.[1] ?? "" }))

describe("A chat", () => {
  it.live("of Anthropic is served in its dialect, whatever the query, by models of other providers", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      for (const path of ["/v1/messages", "/v1/messages?beta=true", "/messages"])
        for (const model of ["fast", "claude"]) {
          const { headers, status, text } = yield* send(path, { model, max_tokens: 50, messages }, version)
          assert.strictEqual(status, 200, text)
          assert.isNotNull(headers.get("request-id"))
          const body = JSON.parse(text)
          assert.strictEqual(body.type, "message")
          assert.include(body.content[0].text, "Hi")
          assert.isAbove(body.usage.input_tokens, 0)
        }
      const { headers, text } = yield* send("/v1/messages", { model: "fast", max_tokens: 50, messages, stream: true })
      assert.include(headers.get("content-type") ?? "", "text/event-stream")
      const events = eventsIn(text)
      assert.strictEqual(events[0]?.event, "message_start")
      assert.strictEqual(events.at(-1)?.event, "message_stop")
      assert.isTrue(events.every(({ data, event }) => JSON.parse(data).type === event))
    })
  )

  it.live("of Google is served under every version, also for models with slashes and tuned ones", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      for (const version of ["/v1beta", "/v1", ""])
        for (const model of ["models/fast", "models/of/many/parts", "models/of%2Fmany%2Fparts", "tunedModels/mine"]) {
          const { status, text } = yield* send(`${version}/${model}:generateContent`, { contents })
          assert.strictEqual(status, 200, text)
          assert.include(JSON.parse(text).candidates[0].content.parts[0].text, "Hi")
        }
    })
  )

  it.live("of Google is streamed as events, or without alt=sse as an array", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      const events = yield* send("/v1beta/models/fast:streamGenerateContent?alt=sse", { contents })
      const array = yield* send("/v1beta/models/fast:streamGenerateContent", { contents })
      assert.include(events.headers.get("content-type") ?? "", "text/event-stream")
      assert.include(array.headers.get("content-type") ?? "", "application/json")
      const textOf = (pieces: ReadonlyArray<Wire>) =>
        pieces.flatMap(({ candidates }) => candidates[0].content.parts.map((part: Wire) => part.text)).join("")
      const pieces = JSON.parse(array.text)
      assert.isAbove(pieces.length, 1)
      assert.strictEqual(pieces.at(-1).candidates[0].finishReason, "STOP")
      assert.strictEqual(textOf(pieces), textOf(eventsIn(events.text).map(({ data }) => JSON.parse(data))))
    })
  )

  it.live("of Ollama is streamed line by line unless `stream` is false", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      const { headers, text } = yield* send("/api/chat", { model: "fast", messages })
      assert.strictEqual(headers.get("content-type"), "application/x-ndjson")
      const lines = text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
      assert.isTrue(lines.at(-1).done)
      assert.isTrue(lines.slice(0, -1).every(({ done, message }) => !done && message.role === "assistant"))
      const whole = JSON.parse((yield* send("/api/chat", { model: "fast", messages, stream: false })).text)
      assert.strictEqual(lines.map(({ message }) => message?.content ?? "").join(""), whole.message.content)
    })
  )

  it.live("that breaks off ends in an error of its dialect, never as if whole", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      const anthropic = yield* send("/v1/messages", { model: "cut", max_tokens: 50, messages, stream: true })
      const last = eventsIn(anthropic.text).at(-1)
      assert.strictEqual(last?.event, "error")
      assert.strictEqual(JSON.parse(last?.data ?? "").type, "error")
      const google = yield* send("/v1/models/cut:streamGenerateContent?alt=sse", { contents })
      assert.isNumber(JSON.parse(eventsIn(google.text).at(-1)?.data ?? "").error.code)
      const array = JSON.parse((yield* send("/v1/models/cut:streamGenerateContent", { contents })).text)
      assert.isString(array.at(-1).error.status)
      const ollama = yield* send("/api/chat", { model: "cut", messages })
      assert.isString(JSON.parse(ollama.text.trim().split("\n").at(-1) ?? "").error)
    })
  )
})

describe("A refusal", () => {
  it.live("is in the words of the dialect that the path or the headers suggest", () =>
    Effect.gen(function* () {
      const { send, url } = yield* gateway(models)
      const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
        Effect.promise(async () => {
          const response = await fetch(url + path, { method, headers })
          return { status: response.status, headers: response.headers, body: (await response.json()) as Wire }
        })

      const messages404 = yield* get("/v1/messages/nothing")
      assert.strictEqual(messages404.status, 404)
      assert.strictEqual(messages404.body.type, "error")
      assert.strictEqual(messages404.body.error.type, "not_found_error")
      assert.strictEqual(messages404.body.request_id, messages404.headers.get("request-id"))
      assert.strictEqual((yield* get("/v1/nothing", version)).body.type, "error")
      const google404 = yield* get("/v1beta/nothing")
      assert.deepStrictEqual([google404.body.error.code, google404.body.error.status], [404, "NOT_FOUND"])
      assert.strictEqual((yield* get("/v1/nothing", { "x-goog-api-key": "k" })).body.error.code, 404)
      assert.isString((yield* get("/api/nothing")).body.error)
      assert.strictEqual((yield* get("/v1/nothing")).body.error.type, "invalid_request_error")

      const method = yield* get("/v1/messages", version, "DELETE")
      assert.deepStrictEqual([method.status, method.body.error.type], [405, "invalid_request_error"])
      assert.strictEqual(method.headers.get("allow"), "POST")
      assert.strictEqual(messages404.body.error.message, "there is no /v1/messages/nothing here.")
      assert.strictEqual(method.body.error.message, "/v1/messages takes POST, not DELETE.")

      const missing = yield* send("/v1/messages", { model: "nobody", max_tokens: 5, messages }, version)
      assert.deepStrictEqual([missing.status, JSON.parse(missing.text).error.type], [404, "not_found_error"])
      const overloaded = yield* send("/v1/messages", { model: "busy", max_tokens: 5, messages }, version)
      assert.deepStrictEqual([overloaded.status, JSON.parse(overloaded.text).error.type], [529, "overloaded_error"])
      assert.isNull(overloaded.headers.get("x-should-retry"))
      const google = yield* send("/v1beta/models/busy:generateContent", { contents })
      assert.deepStrictEqual([google.status, JSON.parse(google.text).error.status], [503, "UNAVAILABLE"])
      const ollama = yield* send("/api/chat", { model: "nobody", messages })
      assert.strictEqual(ollama.status, 404)
      assert.isString(JSON.parse(ollama.text).error)
      const invalid = yield* send("/v1beta/models/fast:generateContent", "[")
      assert.deepStrictEqual([invalid.status, JSON.parse(invalid.text).error.status], [400, "INVALID_ARGUMENT"])
    })
  )
})
