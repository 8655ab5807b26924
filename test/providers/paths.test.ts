import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { Google } from "../../src/providers/Google.ts"
import { Bedrock } from "../../src/providers/Bedrock.ts"
import { OpenAiResponses } from "../../src/providers/OpenAiResponses.ts"

const astray = [".", "..", "../../v1/files", "a/../../b", "./a", "a/..", "..?x", "..#x", "%2e%2e/%2e%2e/x"]

describe("a name within a path", () => {
  it.effect("never leads to another path of the server that receives the key", () =>
    Effect.gen(function* () {
      const paths: Array<string> = []
      const client = HttpClient.make((request, url) =>
        Effect.sync(() => {
          paths.push(decodeURIComponent(url.pathname))
          return HttpClientResponse.fromWeb(request, new Response("{}", { status: 500 }))
        })
      )
      const settings = { apiKey: Redacted.make("key"), baseUrl: "https://host.example/a/../base" }
      const layers = Layer.mergeAll(
        Google.layer(settings),
        Bedrock.layer({ ...settings, region: "us-east-1" }),
        OpenAiResponses.layer(settings)
      ).pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, client)))
      for (const name of [...astray, "a.b", "..a", "models/a..b", "..."]) {
        const calls: ReadonlyArray<Effect.Effect<unknown, unknown, Google | Bedrock | OpenAiResponses>> = [
          Google.model(name).generate("Hi"),
          Bedrock.model(name).generate("Hi"),
          Google.embeddingModel(name).generate({ inputs: ["Hi"] }),
          OpenAiResponses.responses.get(name)
        ]
        for (const call of calls) yield* Effect.provide(Effect.exit(call), layers)
      }
      assert.isAbove(paths.length, 8)
      for (const path of paths) assert.match(path, /^\/base\//)
      paths.length = 0
      for (const name of ["a:countTokens?x=", "a:countTokens#"])
        yield* Effect.provide(Effect.exit(Google.embeddingModel(name).generate({ inputs: ["Hi"] })), layers)
      for (const path of paths) assert.match(path, /:batchEmbedContents$/)
      assert.strictEqual(paths.length, 2)
      const error = yield* Effect.flip(Effect.provide(Google.model("../x").generate("Hi"), layers))
      assert.strictEqual(error._tag, "InvalidRequestError")
    })
  )
})
