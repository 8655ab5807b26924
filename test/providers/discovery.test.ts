import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect, Fiber, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { Anthropic, OpenAi, OpenRouter, type Provider, type ProviderError, Registry } from "effect-llm"
import type { AnyProvider } from "effect-llm/providers/Registry"
import { serve } from "./server.ts"

const json = { "content-type": "application/json" }

const configured = (env: Record<string, string>, providers: ReadonlyArray<AnyProvider> = []) =>
  Registry.layerOf(providers).pipe(
    Layer.provide([FetchHttpClient.layer, ConfigProvider.layer(ConfigProvider.fromUnknown(env))])
  )

/** A provider that can only be asked for its models. */
const provider = (
  id: string,
  models?: Effect.Effect<ReadonlyArray<string>, ProviderError.ProviderError>
): AnyProvider => {
  const list = models && Effect.map(models, (ids) => ids.map((id) => ({ id })))
  const made: Provider.Provider = {
    id,
    baseUrl: "",
    generate: () => Effect.never,
    stream: () => assert.fail("nobody asks"),
    models: list,
    check: list && Effect.asVoid(list)
  }
  return {
    definition: { ...OpenAi.definition, id, requiredSettings: [[]] },
    model: OpenAi.model,
    make: Effect.succeed(made)
  }
}

describe("the models of a provider", () => {
  it.live("come from the provider, page by page, then from the cache until refreshed", () =>
    Effect.gen(function* () {
      const asked: Array<string | undefined> = []
      const server = yield* serve((response, _, request) => {
        asked.push(request.url)
        const first = request.url === "/v1/models?limit=1000"
        const body = {
          data: [{ id: first ? "claude-a" : "claude-b" }],
          has_more: first,
          last_id: first ? "claude-a" : "claude-b"
        }
        response.writeHead(200, json).end(JSON.stringify(body))
      })
      const env = { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: server.url }
      yield* Effect.gen(function* () {
        const { models } = yield* Registry
        const told = [
          yield* models("anthropic"),
          yield* models("anthropic"),
          yield* models("anthropic", { refresh: true })
        ]
        assert.deepStrictEqual(
          told.map(({ from, models }) => `${from}: ${models.map(({ id }) => id).join()}`),
          ["provider: claude-a,claude-b", "cache: claude-a,claude-b", "provider: claude-a,claude-b"]
        )
        const pages = ["/v1/models?limit=1000", "/v1/models?limit=1000&after_id=claude-a"]
        assert.deepStrictEqual(asked, [...pages, ...pages])
      }).pipe(Effect.provide(configured(env)))
    })
  )

  it.effect("are cached for 15 minutes, or the layer's TTL", () =>
    Effect.gen(function* () {
      let asked = 0
      const counting = provider(
        "counting",
        Effect.sync(() => [`model-${++asked}`])
      )
      for (const [layer, keep] of [
        [configured({}, [counting]), "15 minutes"],
        [Registry.layerOf([counting], { modelsTtl: "1 hour" }).pipe(Layer.provide(FetchHttpClient.layer)), "1 hour"]
      ] as const) {
        asked = 0
        yield* Effect.gen(function* () {
          const { models } = yield* Registry
          const ids = Effect.map(models("counting"), ({ models }) => models.map(({ id }) => id).join())
          assert.strictEqual(yield* ids, "model-1")
          yield* TestClock.adjust(Duration.subtract(Duration.fromInputUnsafe(keep), Duration.seconds(1)))
          assert.strictEqual(yield* ids, "model-1")
          yield* TestClock.adjust("2 seconds")
          assert.strictEqual(yield* ids, "model-2")
        }).pipe(Effect.provide(layer))
      }
    })
  )

  it.live("come from the catalog if the provider fails or has no list, and are requested again next time", () =>
    Effect.gen(function* () {
      let fails = true
      const server = yield* serve((response) =>
        fails
          ? response.writeHead(500, json).end("{}")
          : response.writeHead(200, json).end(JSON.stringify({ data: [{ id: "gpt-new" }] }))
      )
      const env = { OPENAI_API_KEY: "k", OPENAI_BASE_URL: server.url }
      yield* Effect.gen(function* () {
        const { models } = yield* Registry
        const embedded = yield* models("openai")
        assert.strictEqual(embedded.from, "catalog")
        assert.strictEqual(embedded.error?._tag, "ServerError")
        const known = embedded.models.find(({ id }) => id === "gpt-4.1")
        assert.isAbove(known?.contextWindow ?? 0, 1_000_000)
        assert.deepStrictEqual(
          (yield* models("perplexity-like")).models,
          [],
          "nothing is known of a provider that is not in the catalog"
        )
        fails = false
        assert.deepStrictEqual(
          (yield* models("openai")).models.map(({ id }) => id),
          ["gpt-new"]
        )
      }).pipe(Effect.provide(configured(env, [provider("perplexity-like")])))
    })
  )

  it.effect("fail for an unconfigured provider with what to set, or a suggestion", () =>
    Effect.gen(function* () {
      const { models } = yield* Registry
      assert.include((yield* Effect.flip(models("openai"))).message, "OPENAI_API_KEY")
      const typo = yield* Effect.flip(models("acmee"))
      assert.deepStrictEqual([typo._tag, typo.suggestions], ["UnknownProviderError", ["acme"]])
    }).pipe(Effect.provide(configured({}, [provider("acme")])))
  )
})

describe("the health of a provider", () => {
  it.live("is checked with a call that needs the key", () =>
    Effect.gen(function* () {
      const server = yield* serve((response, _, request) => {
        const ok = request.url === "/key" && request.headers.authorization === "Bearer right-key"
        response.writeHead(ok ? 200 : 401, json).end("{}")
      })
      for (const [key, state, tag] of [
        ["right-key", "up", undefined],
        ["wrong-key", "down", "AuthenticationError"]
      ] as const) {
        const env = { OPENROUTER_API_KEY: key, OPENROUTER_BASE_URL: server.url }
        const health = yield* Effect.flatMap(Registry, ({ health }) => health("openrouter")).pipe(
          Effect.provide(configured(env, [OpenRouter, Anthropic]))
        )
        assert.deepStrictEqual([health.state, health.error?._tag], [state, tag])
        assert.isDefined(health.latency)
      }
    })
  )

  it.effect("is checked in parallel, within the given concurrency and time, with results in order", () =>
    Effect.gen(function* () {
      let now = 0
      let most = 0
      const slow = (id: string, duration: Duration.Input) =>
        provider(
          id,
          Effect.gen(function* () {
            most = Math.max(most, ++now)
            yield* Effect.sleep(duration)
            return ["m"]
          }).pipe(Effect.ensuring(Effect.sync(() => now--)))
        )
      const providers = [
        slow("a", "3 seconds"),
        slow("b", "1 hour"),
        slow("c", "1 second"),
        provider("d"),
        slow("e", "2 seconds")
      ]
      yield* Effect.gen(function* () {
        const { healthAll } = yield* Registry
        const asking = yield* Effect.forkChild(healthAll({ concurrency: 2, timeout: "5 seconds" }))
        yield* TestClock.adjust("20 seconds")
        const told = yield* Fiber.join(asking)
        assert.deepStrictEqual(
          told.map(({ error, latency, provider, state }) => [
            provider,
            state,
            latency && Duration.toSeconds(latency),
            error?._tag
          ]),
          [
            ["a", "up", 3, undefined],
            ["b", "down", 5, "TimeoutError"],
            ["c", "up", 1, undefined],
            ["d", "unknown", undefined, undefined],
            ["e", "up", 2, undefined]
          ]
        )
        assert.strictEqual(most, 2)
        assert.strictEqual(now, 0)
      }).pipe(Effect.provide(configured({}, providers)))
    })
  )
})
