/** One process of `pricing.bench.ts`: prints the milliseconds that the first lookup took. Its argument: a cache, or none. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as UserDirectories from "effect/persistence/UserDirectories"
import { layer, layerRefreshing, Pricing } from "../../src/catalog/Pricing.ts"

const directory = process.argv[2]
const nowhere = Layer.succeed(
  HttpClient.HttpClient,
  HttpClient.make(() => Effect.never)
)
const prices =
  directory === undefined
    ? layer
    : layerRefreshing({ directory }).pipe(
        Layer.provide([NodeFileSystem.layer, NodePath.layer, UserDirectories.layer, nowhere])
      )

const millis = await Effect.runPromise(
  Effect.gen(function* () {
    const pricing = yield* Pricing
    const startedAtMillis = performance.now()
    yield* pricing.lookup("openai/gpt-5-mini")
    return performance.now() - startedAtMillis
  }).pipe(Effect.provide(prices))
)
console.log(millis)
