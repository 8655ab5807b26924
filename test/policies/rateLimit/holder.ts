/** A process that holds a place until it is killed: `node holder.ts <redis url> <prefix>`. */
import { NodeRedis } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { kind } from "../../../src/model/ChatModel.ts"
import * as Model from "../../../src/policies/Model.ts"
import * as RateLimit from "../../../src/policies/RateLimit.ts"
import * as RateLimitRedis from "../../../src/policies/RateLimitRedis.ts"

const [, , url = "", prefix] = process.argv

const held = Model.make({
  id: "lab/chat",
  kind,
  generate: () =>
    Effect.andThen(
      Effect.sync(() => process.stdout.write("held\n")),
      Effect.never
    )
}).pipe(RateLimit.make({ key: "k", concurrency: 1, lease: "1500 millis", storeTimeout: "10 seconds" }))

const store = RateLimitRedis.layerStore({ prefix }).pipe(Layer.provide(NodeRedis.layer({ url })))

await Effect.runPromise(Effect.provide(held.generate("Hi"), store))
