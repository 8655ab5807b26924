/** Whatever Ollama says of its models is read, or a typed error. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Stream } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { OllamaModels } from "effect-llm/providers/OllamaModels"
import { mutationsOf } from "./mutations.ts"

const details = {
  format: "gguf",
  family: "llama",
  families: ["llama"],
  parameter_size: "1B",
  quantization_level: "Q4_0"
}
const listed = { name: "m", model: "m", modified_at: "2026-01-01T00:00:00Z", size: 1, digest: "d", details }

const calls = {
  list: { body: { models: [listed] }, ask: Effect.flatMap(OllamaModels, ({ list }) => list) },
  running: {
    body: { models: [{ ...listed, expires_at: "2026-01-01T00:00:00Z", size_vram: 1, context_length: 1 }] },
    ask: Effect.flatMap(OllamaModels, ({ running }) => running)
  },
  show: {
    body: { details, capabilities: ["completion"], model_info: { "llama.context_length": 1 }, parameters: "a 1" },
    ask: Effect.flatMap(OllamaModels, ({ show }) => show("m"))
  },
  pull: {
    body: { status: "success", digest: "d", total: 1, completed: 1 },
    ask: Effect.flatMap(OllamaModels, ({ pull }) => Stream.runDrain(pull("m")))
  }
}

describe("a hostile value in a response of Ollama", () => {
  for (const [name, { ask, body }] of Object.entries(calls)) {
    it.live(`to ${name} is no defect`, () =>
      Effect.gen(function* () {
        let answer = JSON.stringify(body)
        const client = HttpClient.make((request) =>
          Effect.succeed(HttpClientResponse.fromWeb(request, new Response(answer)))
        )
        const layer = OllamaModels.layer().pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, client)))
        yield* Effect.gen(function* () {
          yield* Effect.asVoid(ask as Effect.Effect<unknown, unknown, OllamaModels>)
          for (answer of mutationsOf(body)) {
            const exit = yield* Effect.exit(ask as Effect.Effect<unknown, unknown, OllamaModels>)
            const isDefect = Exit.isFailure(exit) && exit.cause.reasons.some(Cause.isDieReason)
            assert.isFalse(
              isDefect,
              `${answer.slice(0, 300)} ${Exit.isFailure(exit) ? Cause.pretty(exit.cause).slice(0, 500) : ""}`
            )
          }
        }).pipe(Effect.provide(layer))
      })
    )
  }
})
