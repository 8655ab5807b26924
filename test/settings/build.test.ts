import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect } from "effect"
import { TestClock } from "effect/testing"
import * as Plan from "../../src/router/Plan.ts"
import { build } from "../../src/settings/Settings.ts"
import { load } from "./load.ts"
import { serve } from "./server.ts"

const keys = { OPENAI_API_KEY: "sk-openai", GROQ_API_KEY: "gsk-groq", DEEPSEEK_API_KEY: "sk-deepseek" }

/** Builds the models of a text on a server. */
const built = Effect.fnUntraced(function* (text: string, env: { readonly [name: string]: string } = keys) {
  const { settings, variables } = yield* load({ "settings.yaml": text }, env)
  const server = serve()
  const models = yield* build(settings, variables).pipe(Effect.provide([server.layer, NodeServices.layer]))
  const ask = (name: string) => Effect.flatMap(models.model("chat", name), (model) => model.generate("Hello"))
  return { server, models, ask }
})

describe("the models of settings", () => {
  it.effect("are called at their provider, with the key of the environment", () =>
    Effect.gen(function* () {
      const { ask, server } = yield* built("models: { fast: openai/gpt-a }\naliases: { quick: fast }")
      const response = yield* ask("quick")
      const [call] = server.calls
      assert.strictEqual(call?.url, "https://api.openai.com/v1/chat/completions")
      assert.strictEqual(call?.authorization, "Bearer sk-openai")
      assert.strictEqual(call?.body.model, "gpt-a")
      assert.strictEqual(response.text, "from https://api.openai.com/v1/chat/completions")
    })
  )

  it.effect("have the address, key and headers of their account", () =>
    Effect.gen(function* () {
      const { ask, server } = yield* built(
        [
          "providers:",
          "  eu: { provider: openai, key: '${EU}', baseUrl: https://eu.example.com/v1, headers: { x-team: a }, options: { organization: org-1 } }",
          "  gpu: { provider: openai-compatible, baseUrl: 'http://gpu:8000/v1' }",
          "models: { a: eu/gpt-a, b: gpu/qwen }"
        ].join("\n"),
        { EU: "sk-eu" }
      )
      yield* ask("a")
      yield* ask("b")
      const [eu, gpu] = server.calls
      assert.strictEqual(eu?.url, "https://eu.example.com/v1/chat/completions")
      assert.strictEqual(eu?.authorization, "Bearer sk-eu")
      assert.strictEqual(eu?.headers["x-team"], "a")
      assert.strictEqual(eu?.headers["openai-organization"], "org-1")
      assert.strictEqual(gpu?.url, "http://gpu:8000/v1/chat/completions")
      assert.strictEqual(gpu?.authorization, undefined)
    })
  )

  it.effect("supply parameters that requests omit, and the innermost setting wins", () =>
    Effect.gen(function* () {
      const { ask, server } = yield* built(
        "defaults: { temperature: 0, topP: 0.1, seed: 1 }\nmodels:\n  a:\n    deployments: [{ model: groq/x, defaults: { topP: 0.3 } }]\n    defaults: { topP: 0.2, seed: 2 }"
      )
      yield* ask("a")
      const { seed, temperature, top_p } = server.calls[0]?.body ?? {}
      assert.deepStrictEqual({ seed, temperature, top_p }, { seed: 2, temperature: 0, top_p: 0.3 })
    })
  )

  it.effect("try deployments by order, then the fallbacks, within the limit on attempts", () =>
    Effect.gen(function* () {
      const { ask, server } = yield* built(
        "models:\n  a:\n    deployments: [groq/x, { model: deepseek/y, order: 1 }]\n    fallbacks: [b]\n  b: openai/z\n"
      )
      server.respond = ({ url }) => Effect.succeed(url.includes("openai.com") ? 200 : 500)
      const response = yield* ask("a")
      assert.deepStrictEqual(
        server.calls.map(({ body }) => body.model),
        ["x", "y", "z"]
      )
      assert.strictEqual(response.text, "from https://api.openai.com/v1/chat/completions")
    })
  )

  it.effect("stop a circle of fallbacks at the limit on attempts", () =>
    Effect.gen(function* () {
      const { ask, server } = yield* built(
        "models:\n  a: { deployments: [groq/x], fallbacks: [b] }\n  b: { deployments: [openai/y], fallbacks: [a] }\npolicies: { attempts: 3 }"
      )
      server.respond = () => Effect.succeed(500)
      const error = yield* Effect.flip(ask("a"))
      assert.strictEqual(error._tag, "AllFailedError")
      assert.isAtMost(server.calls.length, 3)
    })
  )

  it.live("retry on the same deployment with `retry`", () =>
    Effect.gen(function* () {
      const { ask, server } = yield* built("models: { a: openai/x }\npolicies: { retry: { times: 2, base: 1ms } }")
      server.respond = () => Effect.succeed(server.calls.length < 3 ? 500 : 200)
      yield* ask("a")
      assert.strictEqual(server.calls.length, 3)
    })
  )

  it.effect("with a * match any rest of a name; unlisted names are refused, or called at their provider", () =>
    Effect.gen(function* () {
      const { ask, server } = yield* built("models: { 'fast/*': groq/* }\nunlisted: provider")
      yield* ask("fast/llama/x")
      yield* ask("openai/gpt-b")
      assert.deepStrictEqual(
        server.calls.map(({ body }) => body.model),
        ["llama/x", "gpt-b"]
      )
      const { message } = yield* Effect.flip(ask("anthropic/y"))
      assert.include(message, "ANTHROPIC_API_KEY")
      const named = yield* built("providers: { team: { provider: openai, key: k } }\nmodels: {}\nunlisted: provider")
      yield* named.ask("team/gpt-c")
      const refusing = yield* built("models: { fast: groq/x }")
      const error = yield* Effect.flip(refusing.ask("fats"))
      assert.include(error.message, "fast")
    })
  )

  it.effect("compute costs with the prices in the settings first", () =>
    Effect.gen(function* () {
      const costOf = (text: string) =>
        Effect.flatMap(built(text), ({ ask }) =>
          Effect.map(ask("a"), ({ cost }) => (cost?._tag === "Priced" ? BigDecimal.format(cost.total) : cost?._tag))
        )
      assert.strictEqual(yield* costOf("models: { a: groq/own }\nprices: { groq/own: { input: 2, output: 3 } }"), "5")
      assert.strictEqual(yield* costOf("models: { a: [{ model: groq/own, price: { input: 4, output: 5 } }] }"), "9")
      assert.strictEqual(yield* costOf("models: { a: groq/nobody-knows }"), "Unpriced")
    })
  )

  it.effect("of every kind are found by it", () =>
    Effect.gen(function* () {
      const { models } = yield* built("models: { e: { kind: embedding, deployments: [openai/e] }, c: openai/c }")
      assert.strictEqual((yield* models.model("embedding", "e")).kind.id, "embedding")
      assert.strictEqual((yield* Effect.flip(models.model("chat", "e")))._tag, "UnknownModelError")
      assert.sameMembers([...(yield* models.names)], ["e", "c"])
      assert.strictEqual((yield* models.explain("e", "text")).deployments.length, 1)
      assert.deepStrictEqual(Object.keys(yield* models.stats).toSorted(), ["c", "e"])
    })
  )

  it.effect("are not built if an account cannot be used, and the error names all such accounts", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        built("models: { a: openai/x, b: groq/y, c: anthropic/z }", { GROQ_API_KEY: "gsk" })
      )
      assert.strictEqual(error._tag, "SettingsError")
      assert.include(
        error.message,
        "models.a: the provider openai cannot be used: OPENAI_API_KEY is not set: set it in the environment, or give this provider a key"
      )
      assert.notInclude(error.message, "layer")
      assert.include(error.message, "models.c: the provider anthropic cannot be used: ANTHROPIC_API_KEY")
      assert.notInclude(error.message, "groq")
    })
  )

  it.effect("share rate limits among all names of the same model", () =>
    Effect.gen(function* () {
      const { ask, server } = yield* built(
        "models: { a: openai/x, b: openai/x, c: groq/x }\npolicies: { limits: { requests: 1, per: 1h } }"
      )
      yield* ask("a")
      assert.strictEqual((yield* Effect.flip(ask("b")))._tag, "AllFailedError")
      yield* ask("c")
      assert.strictEqual(server.calls.length, 2)
    })
  )

  it.effect("spend from the budgets that they name", () =>
    Effect.gen(function* () {
      const { ask, server } = yield* built(
        "models: { a: openai/x, b: groq/x, free: { deployments: [openai/y], policies: { budgets: false } } }\npolicies: { budgets: [team] }\nbudgets: { team: { usd: 6, every: day, zone: Europe/Berlin } }\nprices: { openai/x: { input: 2, output: 4 }, groq/x: { input: 2, output: 4 } }"
      )
      yield* ask("a")
      const error = yield* Effect.flip(ask("b"))
      assert.include(error.message, 'budget "team"')
      yield* ask("free")
      assert.deepStrictEqual(
        server.calls.map(({ body }) => body.model),
        ["x", "y"]
      )
    })
  )

  it.effect("serve cached responses, per user", () =>
    Effect.gen(function* () {
      const { models, server } = yield* built("models: { a: openai/x }\npolicies: { cache: 1h, coalesce: user }")
      const model = yield* models.model("chat", "a")
      const ask = (user: string) => model.generate({ messages: "Hello", user })
      yield* ask("ann")
      const again = yield* ask("ann")
      assert.isDefined(again.cached)
      yield* ask("bob")
      assert.strictEqual(server.calls.length, 2)
    })
  )

  it.effect("serve no cached response of other deployments", () =>
    Effect.gen(function* () {
      const settings = (deployment: string) =>
        `models: { a: ${deployment} }\npolicies: { cache: { ttl: 1h, tenant: all } }`
      const { ask, models, server } = yield* built(settings("openai/x"))
      yield* ask("a")
      for (const deployment of ["groq/y", "openai/x"]) {
        const next = yield* load({ "settings.yaml": settings(deployment) }, keys)
        yield* models.replace(next.settings, next.variables)
        yield* ask("a")
      }
      assert.deepStrictEqual(
        server.calls.map(({ body }) => body.model),
        ["x", "y"]
      )
    })
  )

  it.effect("keep nothing of earlier settings that the new ones leave out", () =>
    Effect.gen(function* () {
      const text = "models: { a: [openai/x, groq/y] }"
      const policies =
        "policies: { attempts: 1, deadline: 3s, wait: 0s, cooling: { faults: 1, first: 1h, longest: 1h } }"
      const { ask, models, server } = yield* built(`${text}\n${policies}\nsticky: prompt\nfallbacks: [a]`)
      const plain = yield* load({ "settings.yaml": text }, keys)
      yield* models.replace(plain.settings, plain.variables)
      const fresh = yield* built(text)
      const [plan, expected] = [yield* models.explain("a", "Hi"), yield* fresh.models.explain("a", "Hi")]
      assert.deepStrictEqual({ ...plan, deployments: [] }, { ...expected, deployments: [] })
      for (const one of [server, fresh.server]) one.respond = () => Effect.succeed(500)
      for (let call = 0; call < 3; call++) {
        yield* Effect.flip(ask("a"))
        yield* Effect.flip(fresh.ask("a"))
      }
      assert.strictEqual(server.calls.length, fresh.server.calls.length)
      assert.isAbove(server.calls.length, 3)
    })
  )

  it.effect("have statistics, including those of patterns and providers, which survive a change of settings", () =>
    Effect.gen(function* () {
      const settings = "models: { a: openai/x, 'fast/*': groq/* }\nunlisted: provider"
      const { ask, models } = yield* built(settings)
      const calls = Effect.map(models.stats, (stats) =>
        Object.entries(stats).map(([name, deployments]) => [name, deployments.map(({ calls }) => calls)])
      )
      assert.deepStrictEqual(yield* calls, [["a", [0]]])
      for (const name of ["fast/y", "fast/y", "openai/z"]) yield* ask(name)
      assert.deepStrictEqual(yield* calls, [
        ["a", [0]],
        ["fast/y", [2]],
        ["openai/z", [1]]
      ])
      const next = yield* load({ "settings.yaml": settings.replace("groq/*", "[groq/*, deepseek/*]") }, keys)
      const before = yield* calls
      for (let count = 0; count < 2; count++) {
        yield* models.replace(next.settings, next.variables)
        assert.sameDeepMembers([...(yield* calls)], before)
      }
      yield* ask("fast/y")
      const all = (yield* models.stats)["fast/y"] ?? []
      assert.deepStrictEqual(
        all.map(({ model }) => model),
        ["groq/y", "deepseek/y"]
      )
      assert.strictEqual(
        all.reduce((sum, { calls }) => sum + calls, 0),
        3
      )
      const last = yield* load({ "settings.yaml": "models: { a: openai/x }\nunlisted: provider" }, keys)
      yield* models.replace(last.settings, last.variables)
      assert.sameMembers(Object.keys(yield* models.stats), ["a", "openai/z"])
    })
  )

  it.effect("are remembered up to a number, however many names callers make up", () =>
    Effect.gen(function* () {
      const { models } = yield* built("models: { '*': groq/* }")
      for (let name = 0; name < 1010; name++) yield* models.explain(`m${name}`, "Hello")
      const names = Object.keys(yield* models.stats)
      assert.deepStrictEqual([names.length, names[0], names.at(-1)], [1000, "m10", "m1009"])
    })
  )

  it.effect("cost what the settings say, in plans and budgets too", () =>
    Effect.gen(function* () {
      const { ask, models } = yield* built(
        [
          "models: { own: { deployments: [{ model: openai/x, price: { input: 2, output: 4 } }] }, listed: openai/y, patterned: groq/y }",
          "prices: { openai/y: { input: 2, output: 4 }, 'groq/*': { input: 2, output: 4 }, '*': free }",
          "policies: { budgets: [team] }",
          "budgets: { team: { usd: 100 } }"
        ].join("\n")
      )
      for (const name of ["own", "listed", "patterned"]) {
        const { cost } = yield* ask(name)
        assert.strictEqual(cost?._tag === "Priced" && BigDecimal.format(cost.total), "6")
        assert.match(Plan.format(yield* models.explain(name, "Hello")), /\$0\.00\d+/)
      }
    })
  )

  it.effect("take nothing of a limit while their circuit is open", () =>
    Effect.gen(function* () {
      const { ask, server } = yield* built(
        "models: { a: openai/x, b: openai/x }\npolicies: { retry: false, circuitBreaker: { failures: 2, open: 1h }, limits: { requests: 3, per: 2h } }"
      )
      server.respond = () => Effect.succeed(500)
      yield* Effect.flip(ask("a"))
      yield* Effect.flip(ask("a"))
      // The group of `b` learns only by a call that the circuit is open.
      const error = yield* Effect.flip(ask("b"))
      assert.deepStrictEqual(error._tag === "AllFailedError" && error.attempts.map(({ error }) => error?._tag), [
        "CircuitOpenError"
      ])
      yield* TestClock.adjust("1 hour")
      server.respond = () => Effect.void
      yield* ask("b")
      assert.strictEqual(server.calls.length, 3)
    })
  )

  it.effect("share one circuit breaker", () =>
    Effect.gen(function* () {
      const { ask, server } = yield* built(
        "models: { a: openai/x, b: openai/x }\npolicies: { circuitBreaker: { failures: 2, open: 1h }, cooling: { faults: 100 }, attempts: 1 }"
      )
      server.respond = () => Effect.succeed(500)
      yield* Effect.flip(ask("a"))
      yield* Effect.flip(ask("a"))
      yield* Effect.flip(ask("b"))
      assert.strictEqual(server.calls.length, 2)
    })
  )
})
