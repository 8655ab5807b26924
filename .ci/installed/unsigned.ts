/** With the codec of event streams alone, Bedrock works with a key, and says what signing needs. */
import assert from "node:assert/strict"
import { Effect, Layer, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"
import { Bedrock } from "effect-llm/providers/Bedrock"

const build = (options: Parameters<typeof Bedrock.layer>[0]) =>
  Layer.build(Layer.provide(Bedrock.layer(options), FetchHttpClient.layer)).pipe(
    Effect.as("built"),
    Effect.catch((error) => Effect.succeed(`${error._tag}: ${error.message}`)),
    Effect.scoped,
    Effect.runPromise
  )

const region = "us-east-1"
assert.equal(await build({ apiKey: Redacted.make("any"), region }), "built")
assert.match(
  await build({ region, accessKeyId: "AKIDEXAMPLE", secretAccessKey: Redacted.make("secret") }),
  /^ConfigError: .* needs the package @smithy\/signature-v4, which is not installed/
)
console.log("ok")
