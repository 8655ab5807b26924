import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Simulator } from "../../src/testing/Simulator.ts"
import { file, modelsDev, serve } from "../catalog/pricing/feedServer.ts"
import { proxyTo } from "../transport/proxy.ts"
import { cli, temporary } from "./cli.ts"

const key = "sk-secret-0123456789abcdef"
const chat = ["chat", "-m", "openai/sim-healthy", "hi"]

layer(Simulator.layer({ apiKey: key }), { excludeTestServices: true })("the proxy of the environment", (it) => {
  const start = Effect.gen(function* () {
    const { openAiUrl } = yield* Simulator
    return { home: yield* temporary, openAiUrl, proxy: yield* proxyTo(Number(new URL(openAiUrl).port)) }
  })

  it.effect("is used by chat and doctor for hosts that only it can reach", () =>
    Effect.gen(function* () {
      const { home, proxy } = yield* start
      const env = { OPENAI_API_KEY: key, OPENAI_BASE_URL: "http://openai.invalid/v1", HTTP_PROXY: proxy.url }
      const { code, err, out } = yield* cli(chat, { home, env, stdin: "" })
      assert.strictEqual(code, 0, err)
      assert.match(out, /^You asked: "hi"/)
      assert.deepStrictEqual(proxy.asked, ["http://openai.invalid/v1/chat/completions"])
      assert.match((yield* cli(["doctor"], { home, env })).out, /openai +working/)
    })
  )

  it.effect("tunnels HTTPS", () =>
    Effect.gen(function* () {
      const { home, proxy } = yield* start
      const env = { OPENAI_API_KEY: key, OPENAI_BASE_URL: "https://openai.invalid/v1", https_proxy: proxy.url }
      const { code } = yield* cli(["chat", "-m", "openai/sim-healthy", "hi", "--timeout", "5s"], {
        home,
        env,
        stdin: ""
      })
      assert.strictEqual(code, 1)
      assert.strictEqual(proxy.asked[0], "openai.invalid:443")
    })
  )

  it.effect("is not used for the hosts of NO_PROXY", () =>
    Effect.gen(function* () {
      const { home, openAiUrl, proxy } = yield* start
      const env = { OPENAI_API_KEY: key, OPENAI_BASE_URL: openAiUrl, HTTP_PROXY: proxy.url, NO_PROXY: "127.0.0.1" }
      const { code, err } = yield* cli(chat, { home, env, stdin: "" })
      assert.strictEqual(code, 0, err)
      assert.deepStrictEqual(proxy.asked, [])
    })
  )

  it.effect("is used to refresh prices", () =>
    Effect.gen(function* () {
      const feed = yield* serve
      feed.answer = file(modelsDev(600), '"one"')
      const proxy = yield* proxyTo(Number(new URL(feed.url).port))
      const env = { EFFECT_LLM_PRICE_URL: "http://prices.invalid/api.json", HTTP_PROXY: proxy.url }
      const { code, err } = yield* cli(["prices", "refresh"], { home: yield* temporary, live: true, env })
      assert.strictEqual(code, 0, err)
      assert.deepStrictEqual(proxy.asked, ["http://prices.invalid/api.json"])
    })
  )

  it.effect("is a usage error if its address is invalid, and its password is not shown", () =>
    Effect.gen(function* () {
      const { home } = yield* start
      const env = { OPENAI_API_KEY: key, HTTPS_PROXY: "ftp://me:top-secret@proxy" }
      const { code, err } = yield* cli(chat, { home, env, stdin: "" })
      assert.strictEqual(code, 2)
      assert.strictEqual(
        err,
        "effect-llm: HTTPS_PROXY must be the URL of an HTTP proxy, such as http://proxy.example:8080\n"
      )
    })
  )
})
