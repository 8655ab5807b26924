import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { FetchHttpClient, type HttpClient } from "effect/http"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import { OpenAi, Registry } from "effect-llm"
import { ClaudeCli } from "effect-llm/providers/ClaudeCli"
import { run, standIn } from "./run.ts"

describe("a registry with ClaudeCli", () => {
  it.live("resolves claude-cli/<model>, lists it and checks its health, without any setting", () =>
    run(
      Effect.gen(function* () {
        const claude = yield* standIn()
        const env = { CLAUDE_CLI_PATH: `${claude.folder}/claude` }
        const program = Effect.gen(function* () {
          const registry = yield* Registry
          const model = yield* registry.model("claude-cli/healthy")
          const { models } = yield* registry.models("claude-cli")
          const { text } = yield* model.generate("Hi")
          return { model, models, text, providers: registry.providers, health: yield* registry.health("claude-cli") }
        })
        const layer = Registry.layerOf([ClaudeCli]).pipe(
          Layer.provide([
            FetchHttpClient.layer,
            NodeServices.layer,
            ConfigProvider.layer(ConfigProvider.fromUnknown(env))
          ])
        )
        const { health, model, models, providers, text } = yield* Effect.provide(program, layer)
        assert.strictEqual(model.id, "claude-cli/healthy")
        assert.deepStrictEqual(models, [])
        assert.deepInclude(providers, { id: "claude-cli", capabilities: ["chat"], configured: true, missing: [] })
        assert.strictEqual(text, "Hello there")
        assert.strictEqual(health.state, "up")
      })
    )
  )

  it("requires in its type the services of its providers", () => {
    const both: Layer.Layer<Registry, unknown, HttpClient.HttpClient | ChildProcessSpawner> = Registry.layerOf([
      OpenAi,
      ClaudeCli
    ])
    // @ts-expect-error: Claude by the command needs what starts processes.
    const less: Layer.Layer<Registry, unknown, HttpClient.HttpClient> = Registry.layerOf([ClaudeCli])
    const plain: Layer.Layer<Registry, unknown, HttpClient.HttpClient> = Registry.layerOf([OpenAi])
    assert.lengthOf([both, less, plain], 3)
  })
})
