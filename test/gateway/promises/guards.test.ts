/** Guardrails are skipped on no route, whole or streamed, and one that cannot run lets nothing pass. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { post, serve } from "../calls/upstream.ts"
import { echo, otherRoutes, secret, settingsOf, textRoutes } from "./echo.ts"

const own = "ann@example.com"
const text = `Write to ${own} please`

/** The provider of the client's own dialect, whose bytes are passed on, and one of another. */
const upstreamsOf = (own: string | undefined): ReadonlyArray<string> =>
  own === undefined
    ? ["openai-chat", "anthropic-messages"]
    : [own, own === "openai-chat" ? "anthropic-messages" : "openai-chat"]

/** The texts in a body, joined: in a stream they come in pieces. */
const textIn = (body: string): string => {
  const strings: Array<string> = []
  const walk = (value: unknown, name = ""): void => {
    if (typeof value === "string") {
      if (["content", "text", "delta", "response", "revised_prompt"].includes(name)) strings.push(value)
    } else if (typeof value === "object" && value !== null)
      for (const [key, child] of Object.entries(value)) walk(child, Array.isArray(value) ? name : key)
  }
  for (const line of body.split("\n")) {
    const data = line.replace(/^data: /, "")
    if (data.startsWith("{")) walk(JSON.parse(data))
  }
  return strings.join("")
}

describe("redaction, with bytes passed through where nothing is changed", () => {
  it.live("on every route of texts the provider gets placeholders, and the client its originals", () =>
    Effect.gen(function* () {
      const { address, sent } = yield* echo
      const url = yield* serve(`${settingsOf(address)}policies: { redact: { detect: [emails] } }`)
      for (const [name, route] of Object.entries(textRoutes))
        for (const model of upstreamsOf(route.own)) {
          const { status, text: received } = yield* post(url + route.path(model), route.body(model, text))
          const what = `${name} over ${model}: ${received.slice(0, 200)}`
          assert.strictEqual(status, 200, what)
          const [body = ""] = sent.splice(0)
          assert.notInclude(body, own, what)
          assert.include(body, "[EMAIL_1]", what)
          assert.include(textIn(received), own, what)
          assert.notInclude(textIn(received), "[EMAIL", what)
        }
    })
  )

  it.live("other kinds of models, and counts of tokens, see placeholders too", () =>
    Effect.gen(function* () {
      const { address, sent } = yield* echo
      const url = yield* serve(`${settingsOf(address)}policies: { redact: true }`)
      for (const [name, { body, path }] of Object.entries(otherRoutes)) {
        const { status, text: received } = yield* post(url + path, body(text))
        assert.strictEqual(status, 200, `${name}: ${received}`)
        assert.isNotEmpty(sent, name)
        for (const one of sent.splice(0)) {
          assert.notInclude(one, own, name)
          assert.include(one, "[EMAIL_1]", name)
        }
      }
    })
  )

  it.live("fields that only the provider's protocol has are searched too", () =>
    Effect.gen(function* () {
      const { address, sent } = yield* echo
      const url = yield* serve(`${settingsOf(address)}policies: { redact: { detect: [emails] } }`)
      const search = { type: "search_result", source: "s", title: "t", content: [{ type: "text", text }] }
      const result = { type: "tool_result", tool_use_id: "toolu_1", content: [search] }
      const history = [
        { role: "assistant", content: [{ type: "compaction", content: text }] },
        { role: "user", content: "Go on" },
        { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "f", input: {} }] }
      ]
      const { status } = yield* post(`${url}/v1/messages`, {
        model: "anthropic-messages",
        max_tokens: 9,
        messages: [...history, { role: "user", content: [result, search, { type: "text", text: "Hi" }] }]
      })
      assert.strictEqual(status, 200)
      assert.notInclude(sent[0], own)
      assert.include(sent[0], '"type":"search_result"')
    })
  )
})

describe("guards of responses", () => {
  for (const window of [undefined, 40])
    it.live(`the changed bytes are sent, ${window === undefined ? "held back" : "within a window"}`, () =>
      Effect.gen(function* () {
        const { address } = yield* echo
        const guard = `{ at: response, detect: [emails], then: replace${window === undefined ? "" : `, window: ${window}`} }`
        const url = yield* serve(`${settingsOf(address)}policies: { guards: { no-addresses: ${guard} } }`)
        for (const [name, route] of Object.entries(textRoutes))
          for (const model of upstreamsOf(route.own)) {
            const { status, text: received } = yield* post(url + route.path(model), route.body(model, text))
            const what = `${name} over ${model}: ${received.slice(0, 200)}`
            assert.strictEqual(status, 200, what)
            assert.include(textIn(received), "[EMAIL]", what)
            assert.notInclude(textIn(received), secret, what)
            assert.notInclude(received, secret, what)
          }
        const image = yield* post(`${url}/v1/images/generations`, { model: "image", prompt: "a cat" })
        assert.include(image.text, "[EMAIL]")
        assert.notInclude(image.text, secret)
        const form = new FormData()
        form.append("file", new Blob(["sound"], { type: "audio/mpeg" }), "a.mp3")
        form.append("model", "transcription")
        const response = yield* Effect.promise(() =>
          fetch(`${url}/v1/audio/transcriptions`, { method: "POST", body: form })
        )
        assert.include(yield* Effect.promise(() => response.text()), '{"text":"I am [EMAIL]"')
      })
    )

  it.live("where nothing is changed, the provider's response loses nothing", () =>
    Effect.gen(function* () {
      const { address } = yield* echo
      const url = yield* serve(`${settingsOf(address)}policies: { guards: { no-cards: { detect: [cards] } } }`)
      for (const [name, route] of Object.entries(textRoutes)) {
        const [model = ""] = upstreamsOf(route.own)
        const { status, text: received } = yield* post(url + route.path(model), route.body(model, text))
        assert.strictEqual(status, 200, name)
        assert.include(textIn(received), `You wrote: ${text}. I am ${secret}.`, name)
      }
    })
  )
})

describe("guards of what callers send", () => {
  it.live("reject on every route, with an error of the dialect, before anything is sent", () =>
    Effect.gen(function* () {
      const { address, sent } = yield* echo
      const url = yield* serve(
        `${settingsOf(address)}policies: { guards: { no-tickets: { at: request, patterns: { TICKET: "ACME-\\\\d{1,9}" } } } }`
      )
      const refused = Effect.fnUntraced(function* (name: string, path: string, body: object) {
        const { status, text: received } = yield* post(url + path, body)
        assert.strictEqual(status, 400, `${name}: ${received}`)
        assert.include(received, "no-tickets", name)
        assert.lengthOf(sent, 0, name)
      })
      for (const [name, route] of Object.entries(textRoutes))
        yield* refused(name, route.path("openai-chat"), route.body("openai-chat", "about ACME-12"))
      for (const [name, { body, path }] of Object.entries(otherRoutes))
        yield* refused(name, path, body("about ACME-12"))
    })
  )

  it.live("a moderation model may judge; if it fails, every route is an error and nothing is sent", () =>
    Effect.gen(function* () {
      const [{ address, sent }, judge] = [yield* echo, yield* echo]
      const settings = settingsOf(address)
        .replace("providers:", `providers:\n  judge: { provider: openai, key: sk-judge, baseUrl: "${judge.address}" }`)
        .replace(
          "deployments: [openai/acme] }\n  rerank",
          "deployments: [judge/acme], policies: { retry: false } }\n  rerank"
        )
      const url = yield* serve(`${settings}policies: { guards: { harmless: { at: request, moderation: moderation } } }`)
      const statusOf = (text: string, route: (typeof textRoutes)[string]) =>
        Effect.map(post(url + route.path("openai-chat"), route.body("openai-chat", text)), ({ status }) => status)
      for (const [name, route] of Object.entries(textRoutes)) {
        assert.strictEqual(yield* statusOf("about cats", route), 200, name)
        assert.strictEqual(yield* statusOf("about violence", route), 400, name)
      }
      sent.length = 0
      judge.state.isDown = true
      for (const [name, route] of Object.entries(textRoutes)) {
        assert.isAtLeast(yield* statusOf("about cats", route), 500, name)
        assert.lengthOf(sent, 0, name)
      }
    })
  )
})
