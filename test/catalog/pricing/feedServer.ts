/** A server of price files on a real socket, and a directory of one's own, for tests. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Effect, Fiber, FileSystem, Layer } from "effect"
import { TestClock } from "effect/testing"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Pricing } from "../../../src/catalog/Pricing.ts"
import * as Pricings from "../../../src/catalog/Pricing.ts"
import type { RefreshingOptions } from "../../../src/catalog/pricing/RefreshingPrices.ts"
import { platform } from "./platform.ts"

export const today = Date.UTC(2026, 10, 21, 12)
export const day = 86_400_000

/** A file as models.dev publishes it: `count` models of one provider, and some by name. */
export const modelsDev = (
  count: number,
  models: { readonly [provider: string]: { readonly [model: string]: object } } = {}
) => {
  const many = Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`model-${i}`, { id: `model-${i}`, cost: { input: 1 + i, output: 2 + i } }])
  )
  const named = Object.entries(models).map(([provider, costs]) => [
    provider,
    { id: provider, models: Object.fromEntries(Object.entries(costs).map(([id, cost]) => [id, { id, cost }])) }
  ])
  return JSON.stringify({ acme: { id: "acme", models: many }, ...Object.fromEntries(named) })
}

export interface FeedServer {
  readonly url: string
  /** The requests so far, by their `if-none-match`. */
  readonly asked: Array<string | undefined>
  /** What happens next time. */
  answer: (request: IncomingMessage, response: ServerResponse) => void
}

/** Sends a file with its ETag, or 304 to those who have it. */
export const file =
  (text: string, etag: string): FeedServer["answer"] =>
  (request, response) => {
    if (request.headers["if-none-match"] === etag) response.writeHead(304, { etag }).end()
    else response.writeHead(200, { "content-type": "application/json", etag }).end(text)
  }

export const serve = Effect.acquireRelease(
  Effect.callback<FeedServer & { readonly close: () => void }>((resume) => {
    const asked: Array<string | undefined> = []
    const server = createServer((request, response) => {
      asked.push(request.headers["if-none-match"])
      feed.answer(request, response)
    })
    const feed = {
      asked,
      url: "",
      answer: file(modelsDev(20), '"one"'),
      close: () => {
        server.closeAllConnections()
        server.close()
      }
    }
    server.listen(0, "127.0.0.1", () => {
      feed.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api.json`
      resume(Effect.succeed(feed))
    })
  }),
  ({ close }) => Effect.sync(close)
)

export const directory = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped()).pipe(
  Effect.provide(NodeFileSystem.layer)
)

/** A process that reads prices: a layer of its own, over the same server and directory. */
export const reader = (options: RefreshingOptions) =>
  Effect.gen(function* () {
    const layer = Pricings.layerRefreshing({ minimum: 5, ...options }).pipe(Layer.provide(platform))
    const context = yield* Layer.build(Layer.fresh(layer))
    return yield* Effect.provide(
      Effect.map(Pricing, (pricing) => pricing),
      context
    )
  })

const turn = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

export const until = (condition: () => boolean) =>
  Effect.gen(function* () {
    while (!condition()) yield* turn
  })

/** Waits until nothing is being fetched. */
export const settled = (pricing: Pricing["Service"]) =>
  Effect.gen(function* () {
    while ((yield* pricing.status).refreshing) yield* turn
  })

/** Runs the effect while the clock goes on. The network takes real time, so limits on it have to be wide. */
export const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    while (fiber.pollUnsafe() === undefined) {
      for (let i = 0; i < 20; i++) yield* turn
      yield* TestClock.adjust("1 second")
    }
    return yield* Fiber.join(fiber)
  })
