import { Effect, Layer, Option, Schema } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { type ChatModel, Ollama, type ProviderError, Registry } from "effect-llm"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { layerSimulated, Simulated } from "./simulated.ts"

const Tags = Schema.Struct({ models: Schema.Array(Schema.Struct({ name: Schema.String })) })

/** The first model of a local Ollama, if it answers within half a second. */
const localModel = HttpClient.get("http://localhost:11434/api/tags").pipe(
  Effect.flatMap(HttpClientResponse.schemaBodyJson(Tags)),
  Effect.timeout("500 millis"),
  Effect.option,
  Effect.map(Option.flatMapNullishOr(({ models }) => models[0]?.name))
)

/** A model to try things with, and what to call it. */
export interface Whoever {
  readonly name: string
  readonly model: ChatModel.ChatModel<ProviderError.ProviderError, Ollama | Simulated>
}

/** Whoever answers here: a provider whose key is set, else a local Ollama, else the simulator. */
export const whoever: Effect.Effect<Whoever, never, Registry | HttpClient.HttpClient> = Effect.gen(function* () {
  const registry = yield* Registry
  for (const name of ["openai/gpt-6-luna", "anthropic/claude-haiku-5-5", "openrouter/openai/gpt-6-luna"]) {
    const found = yield* Effect.option(registry.model(name))
    if (Option.isSome(found)) return { name, model: found.value }
  }
  const local = yield* localModel
  return Option.isSome(local)
    ? { name: `ollama/${local.value}`, model: Ollama.model(local.value) }
    : { name: "the simulator (no key is set, no Ollama answers)", model: Simulated.model("sim-healthy") }
})

/** All that the examples may ask. */
export const layerWhoever = Layer.mergeAll(Registry.layerConfig, Ollama.layer({}), layerSimulated).pipe(
  Layer.provideMerge(UndiciClient.layer)
)
