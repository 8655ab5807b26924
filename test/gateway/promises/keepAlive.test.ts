/** Streams that are silent have comments, which every client leaves out, so that no balancer cuts them. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Fiber, Layer } from "effect"
import type { ServerResponse } from "node:http"
import * as Gateway from "../../../src/gateway/Gateway.ts"
import { evaluate } from "../../../src/settings/file/Load.ts"
import * as Source from "../../../src/settings/file/Source.ts"
import * as UndiciClient from "../../../src/transport/UndiciClient.ts"
import { spokenDialects } from "../calls/dialects.ts"
import { post, serve, upstream } from "../calls/upstream.ts"

const chunk = (delta: object, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", created: 1, model: "acme", choices: [{ index: 0, delta, finish_reason }] })}\n\n`
const usage = `data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", created: 1, model: "acme", choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } })}\n\n`
const rest = `${chunk({ content: "lo" }, "stop")}${usage}data: [DONE]\n\n`

/** A provider that waits for the test's word: before its first byte, and after its first content. */
const silent = Effect.fnUntraced(function* () {
  const open: Array<ServerResponse> = []
  const address = yield* upstream((_, outgoing) => void open.push(outgoing))
  const settings = `providers: { openai: { key: sk-upstream, baseUrl: "${address}" } }
models: { m: { deployments: [openai/acme], policies: { retry: false } } }
server: { streamKeepAlive: 40ms }
`
  /** As many as are to come. */
  const called = (count: number) =>
    Effect.map(
      Effect.repeat(
        Effect.delay(
          Effect.sync(() => open.length),
          "5 millis"
        ),
        { until: (length) => length === count }
      ),
      () => open.splice(0)
    )
  const begin = (count = 1) =>
    Effect.map(called(count), (open) =>
      open.map((outgoing) => {
        outgoing.writeHead(200, { "content-type": "text/event-stream" })
        outgoing.write(chunk({ role: "assistant", content: "Hel" }))
        return outgoing
      })
    )
  const fail = Effect.map(called(1), (open) =>
    open.forEach((outgoing) =>
      outgoing
        .writeHead(400, { "content-type": "application/json" })
        .end('{"error":{"message":"no such thing","type":"invalid_request_error"}}')
    )
  )
  return { settings, begin, fail }
})

const isComment = /: keep-alive\n\n/
const withoutComments = (text: string) => text.replaceAll(": keep-alive\n\n", "")

/** Reads a response, and says when as much of it is there. */
const reading = (response: Response) => {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ""
  return {
    until: async (pattern: RegExp) => {
      while (!pattern.test(text)) {
        const read = await reader?.read()
        if (read?.done !== false) throw new Error(`the stream ended: ${text}`)
        text += read.value
      }
      return text
    },
    rest: async () => {
      for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) text += read.value
      return text
    }
  }
}

const request = (url: string, body: unknown, send: typeof fetch = fetch) =>
  Effect.promise(() =>
    send(
      new Request(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })
    )
  )

const events = Object.entries(spokenDialects).filter(([name]) => name !== "Ollama's chat")

describe("a silent stream is kept open by comments alone", () => {
  for (const [name, { body, end, error, path }] of events) {
    it.live(`${name}: before the first content and after it, with unchanged events`, () =>
      Effect.gen(function* () {
        const { begin, settings } = yield* silent()
        const url = (yield* serve(settings)) + path("m", true)
        const response = yield* request(url, body("m", true))
        assert.strictEqual(response.status, 200)
        assert.include(response.headers.get("content-type"), "text/event-stream")
        const stream = reading(response)
        const before = yield* Effect.promise(() => stream.until(isComment))
        assert.strictEqual(withoutComments(before), "")
        const open = yield* begin()
        yield* Effect.promise(() => stream.until(/Hel[^]*: keep-alive\n\n/))
        for (const outgoing of open) outgoing.end(rest)
        const text = yield* Effect.promise(() => stream.rest())
        assert.match(withoutComments(text), end)
        assert.notMatch(withoutComments(text), /^:/m)
      })
    )

    it.live(`${name}: an error after a comment is the dialect's error in the stream`, () =>
      Effect.gen(function* () {
        const { fail, settings } = yield* silent()
        const url = (yield* serve(settings)) + path("m", true)
        const stream = reading(yield* request(url, body("m", true)))
        yield* Effect.promise(() => stream.until(isComment))
        yield* fail
        const text = yield* Effect.promise(() => stream.rest())
        assert.match(withoutComments(text), error)
        assert.notMatch(text, end)
        assert.include(text, "no such thing")
      })
    )
  }

  const chat = { model: "m", messages: [{ role: "user", content: "Hi" }], stream: true }

  /** Another stream beside those that are looked at: once it has two comments, they had time for one. */
  const besides = (url: string) =>
    Effect.map(request(`${url}/v1/chat/completions`, chat), (response) => {
      const stream = reading(response)
      return {
        before: Effect.promise(() => stream.until(/(: keep-alive\n\n){2}/)),
        after: Effect.promise(() => stream.until(/Hel[^]*(: keep-alive\n\n){2}/))
      }
    })

  it.live("a stream of lines has none", () =>
    Effect.gen(function* () {
      const { begin, settings } = yield* silent()
      const url = yield* serve(settings)
      const { body, path } = spokenDialects["Ollama's chat"] ?? assert.fail()
      const answer = yield* Effect.forkChild(post(url + path("m", true), body("m", true)))
      const { after, before } = yield* besides(url)
      yield* before
      const open = yield* begin(2)
      yield* after
      for (const outgoing of open) outgoing.end(rest)
      const { text } = yield* Fiber.join(answer)
      assert.notInclude(text, "keep-alive")
      for (const line of text.trim().split("\n")) JSON.parse(line)
    })
  )

  it.live("a whole response has none", () =>
    Effect.gen(function* () {
      const { fail, settings } = yield* silent()
      const url = yield* serve(settings)
      const answer = yield* Effect.forkChild(post(`${url}/v1/chat/completions`, { ...chat, stream: false }))
      const other = yield* silent()
      yield* (yield* besides(yield* serve(other.settings))).before
      yield* fail
      const { status, text } = yield* Fiber.join(answer)
      assert.strictEqual(status, 400)
      assert.notInclude(text, "keep-alive")
      JSON.parse(text)
    })
  )

  it.live("`streamKeepAlive: false` writes none", () =>
    Effect.gen(function* () {
      const { begin, settings } = yield* silent()
      const url = yield* serve(settings.replace("40ms", "false"))
      const answer = yield* Effect.forkChild(post(`${url}/v1/chat/completions`, chat))
      const other = yield* silent()
      yield* (yield* besides(yield* serve(other.settings))).before
      for (const outgoing of yield* begin()) outgoing.end(rest)
      assert.notInclude((yield* Fiber.join(answer)).text, "keep-alive")
    })
  )

  it.live("works in an existing server too", () =>
    Effect.gen(function* () {
      const { begin, settings } = yield* silent()
      const source = yield* Effect.fromResult(Source.parse("settings.yaml", settings))
      const { settings: evaluated } = yield* evaluate(source, undefined, false)
      const services = yield* Layer.build(
        Layer.mergeAll(UndiciClient.layer, NodeServices.layer, ConfigProvider.layer(ConfigProvider.fromUnknown({})))
      )
      const handle = yield* Effect.provideContext(Gateway.handler(evaluated, { openToEveryone: true }), services)
      const send = (input: unknown) => handle(input as Request)
      const stream = reading(yield* request("http://gateway/v1/chat/completions", chat, send as typeof fetch))
      yield* Effect.promise(() => stream.until(isComment))
      const open = yield* begin()
      yield* Effect.promise(() => stream.until(/Hel[^]*: keep-alive\n\n/))
      for (const outgoing of open) outgoing.end(rest)
      assert.match(withoutComments(yield* Effect.promise(() => stream.rest())), /"lo"[^]*data: \[DONE\]\n\n$/)
    })
  )
})
