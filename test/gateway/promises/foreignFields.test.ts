/** Across dialects nothing is dropped without a word: what would make another response is a 400 that names it, all else a header. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { post, serve } from "../calls/upstream.ts"
import { echo, settingsOf, textRoutes } from "./echo.ts"

const routes = {
  openai: textRoutes["OpenAI's chat, whole"],
  responses: textRoutes["OpenAI's responses, whole"],
  anthropic: textRoutes["Anthropic's messages, whole"],
  google: textRoutes["Google's generateContent, whole"],
  ollama: textRoutes["Ollama's chat, whole"]
}

/** What clients and agents send besides, by what becomes of it where the provider speaks another protocol. */
const sent: {
  readonly [D in keyof typeof routes]: { readonly refused: ReadonlyArray<object>; readonly passed: object }
} = {
  openai: {
    refused: [
      { n: 3 },
      { logit_bias: { 50256: -100 } },
      { modalities: ["text", "audio"] },
      { web_search_options: { a: 1 } }
    ],
    // Defaults that clients write down, and what says how a response is kept or paid for.
    passed: {
      n: 1,
      logprobs: false,
      logit_bias: null,
      modalities: ["text"],
      store: false,
      prompt_cache_key: "k",
      safety_identifier: "u",
      stream_options: {},
      verbosity: "low",
      a_field_of_tomorrow: { deep: true }
    }
  },
  responses: {
    refused: [{ prompt: { id: "pmpt_1" } }, { top_logprobs: 3 }],
    passed: {
      include: [],
      prompt_cache_key: "k",
      client_metadata: { a: "b" },
      text: { verbosity: "low" },
      truncation: "auto"
    }
  },
  anthropic: {
    refused: [{ mcp_servers: [{ type: "url", url: "https://mcp.example", name: "m" }] }, { container: "c_1" }],
    passed: {
      metadata: { user_id: '{"device_id":"d","session_id":"s"}' },
      context_management: { edits: [] },
      diagnostics: { level: 1 },
      speed: "standard",
      inference_geo: "eu",
      user_profile_id: "p"
    }
  },
  google: {
    refused: [{ cachedContent: "cachedContents/1" }, { generationConfig: { responseModalities: ["AUDIO"] } }],
    passed: {
      labels: { team: "a" },
      safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }],
      generationConfig: { candidateCount: 1, responseModalities: ["TEXT"] }
    }
  },
  ollama: { refused: [], passed: { keep_alive: "5m", options: { num_ctx: 4096, mirostat: 1 } } }
}

describe("fields that only the client's protocol has", () => {
  for (const [dialect, { passed, refused }] of Object.entries(sent))
    it.live(
      `${dialect}: a 400 that names what would make another response, a header for all else, or either by choice`,
      () =>
        Effect.gen(function* () {
          const { address, sent } = yield* echo
          const route = routes[dialect as keyof typeof routes]
          if (route === undefined) throw new Error(`there is no route of ${dialect}`)
          const other = dialect === "openai" || dialect === "responses" ? "anthropic-messages" : "openai-chat"
          const url = (yield* serve(settingsOf(address))) + route.path(other)
          const call = (more: object, wanted?: string) =>
            post(
              url,
              { ...route.body(other, "Hi"), ...more },
              wanted === undefined ? {} : { "x-effect-llm-unsupported": wanted }
            )
          for (const field of refused) {
            const name =
              Object.keys(Object.values(field)[0] ?? {}).find((key) => key === "responseModalities") ??
              Object.keys(field)[0] ??
              ""
            const { status, text } = yield* call(field)
            assert.strictEqual(status, 400, `${name}: ${text}`)
            assert.include(text, name)
            assert.lengthOf(sent, 0, name)
            const dropped = yield* call(field, "drop")
            assert.strictEqual(dropped.status, 200, `${name}: ${dropped.text}`)
            assert.include(dropped.headers["x-effect-llm-warning"], name)
            sent.length = 0
          }
          const { headers, status, text } = yield* call(passed)
          assert.strictEqual(status, 200, text)
          if (dialect !== "responses") assert.isString(headers["x-effect-llm-warning"])
          if (dialect === "openai") assert.include(headers["x-effect-llm-warning"], "a_field_of_tomorrow")
          if (dialect === "openai") assert.strictEqual((yield* call(passed, "fail")).status, 400)
          // What is as it would be without is no loss, and so no warning.
          if (dialect === "openai")
            assert.notMatch(headers["x-effect-llm-warning"] ?? "", /\b(?:n|logprobs|modalities) is/)
        })
    )

  it.live("within one dialect all of them pass as they are", () =>
    Effect.gen(function* () {
      const { address, sent: bodies } = yield* echo
      const url = yield* serve(settingsOf(address))
      const route = routes.openai ?? assert.fail("there is no such route")
      const fields = Object.assign({}, ...sent.openai.refused, { a_field_of_tomorrow: { deep: true } })
      const { headers, status } = yield* post(url + route.path("openai-chat"), {
        ...route.body("openai-chat", "Hi"),
        ...fields
      })
      assert.strictEqual(status, 200)
      assert.isUndefined(headers["x-effect-llm-warning"])
      assert.deepInclude(JSON.parse(bodies[0] ?? ""), fields)
    })
  )
})
