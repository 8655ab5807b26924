/** A gateway starts without the network, with no key that everybody knows, and with settings that all mean something. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Context, Effect, Layer } from "effect"
import { HttpClient } from "effect/http"
import * as Gateway from "../../../src/gateway/Gateway.ts"
import { evaluate } from "../../../src/settings/file/Load.ts"
import * as Source from "../../../src/settings/file/Source.ts"

const evaluated = (text: string) =>
  Effect.flatMap(Effect.fromResult(Source.parse("settings.yaml", text)), (source) => evaluate(source, undefined, false))

describe("without the network", () => {
  it.live("it starts, is ready, lists and explains its models, without calling a provider", () =>
    Effect.gen(function* () {
      const called: Array<string> = []
      const offline = HttpClient.make((request) => {
        called.push(request.url)
        return Effect.die(new Error("there is no network"))
      })
      const { settings } =
        yield* evaluated(`models: { m: openai/gpt-5.4-mini, e: { kind: embedding, deployments: [openai/text-embedding-3-small] } }
providers: { openai: { key: sk-upstream } }`)
      const services = yield* Layer.build(
        Gateway.layer(settings, { port: 0 }).pipe(
          Layer.provide([
            Layer.succeed(HttpClient.HttpClient, offline),
            NodeServices.layer,
            ConfigProvider.layer(ConfigProvider.fromUnknown({}))
          ])
        )
      )
      const { url } = Context.get(services, Gateway.Gateway)
      const get = (path: string) => Effect.promise(async () => (await fetch(url + path)).status)
      for (const path of ["/health/live", "/health/ready", "/v1/models", "/admin/explain?model=m", "/"])
        assert.strictEqual(yield* get(path), 200, path)
      assert.deepStrictEqual(called, [])
      // What is out of scope is not there, rather than half there.
      for (const path of ["/mcp", "/v1/realtime"]) assert.strictEqual(yield* get(path), 404, path)
    })
  )
})

describe("settings", () => {
  const mistakes = (text: string) => Effect.map(Effect.flip(evaluated(text)), ({ message }) => message)

  it.effect("with unknown keys are mistakes, with their place and the nearest known key", () =>
    Effect.gen(function* () {
      const message = yield* mistakes(
        "models: { m: openai/x }\npolicies: { cach: 1h, guards: { a: { detects: [] } } }\nserver: { prot: 1 }"
      )
      assert.match(message, /settings\.yaml:2:\d+: policies\.cach: unknown key; did you mean cache\?/)
      assert.match(message, /detects: unknown key; did you mean detect\?/)
      assert.match(message, /settings\.yaml:3:\d+: server\.prot: unknown key; did you mean port\?/)
    })
  )

  it.effect("with an invalid guard are mistakes: an invalid pattern, a model that does not moderate", () =>
    Effect.gen(function* () {
      const message = yield* mistakes(
        "models: { m: openai/x }\npolicies: { guards: { a: { patterns: { A: '[' } }, b: { moderation: m }, c: { moderation: nobody } } }"
      )
      assert.match(message, /policies\.guards\.a\.patterns\.A: .*a regular expression/)
      assert.match(message, /policies\.guards\.b\.moderation: m is not a moderation model/)
      assert.match(message, /policies\.guards\.c\.moderation: no model is called nobody/)
    })
  )

  it.effect("with a well-known key are mistakes", () =>
    Effect.gen(function* () {
      assert.match(
        yield* mistakes("models: { m: openai/x }\nserver: { adminKey: sk-1234 }"),
        /server\.adminKey: .*sk-1234|everybody knows/
      )
    })
  )
})
