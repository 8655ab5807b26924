/** Where an optional package is missing, the layer that needs it says which; every other layer is built. */
import assert from "node:assert/strict"
import { Effect, Layer, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"
import { Anthropic, Ollama, OpenAi, OpenRouter } from "effect-llm"
import { Bedrock } from "effect-llm/providers/Bedrock"
import { BedrockAnthropic } from "effect-llm/providers/BedrockAnthropic"
import { Google } from "effect-llm/providers/Google"
import * as UndiciClient from "effect-llm/transport/UndiciClient"

const messageOf = <A>(layer: Layer.Layer<A, { readonly _tag: string; readonly message: string }>) =>
  Layer.build(layer).pipe(
    Effect.as("built"),
    Effect.catch((error) => Effect.succeed(`${error._tag}: ${error.message}`)),
    Effect.scoped,
    Effect.runPromise
  )

const apiKey = Redacted.make("any")
const aws = { apiKey, region: "us-east-1" }
const missing = (name: string) => new RegExp(`^ConfigError: .* needs the package ${name}, which is not installed`)

assert.match(await messageOf(UndiciClient.layer), missing("@effect/platform-node"))
const bedrock = [
  await messageOf(Layer.provide(Bedrock.layer(aws), FetchHttpClient.layer)),
  await messageOf(Layer.provide(BedrockAnthropic.layer(aws), FetchHttpClient.layer))
]
for (const message of bedrock) assert.match(message, missing("@smithy/eventstream-codec"))
const others = Layer.mergeAll(
  Anthropic.layer({ apiKey }),
  Google.layer({ apiKey }),
  Ollama.layer({}),
  OpenAi.layer({ apiKey }),
  OpenRouter.layer({ apiKey })
)
assert.equal(await messageOf(Layer.provide(others, FetchHttpClient.layer)), "built")
console.log("ok")
