/**
 * A gateway within a server of your own: beside other routes, under the same port. The models are those of the simulator;
 * without the entry under `providers`, they are OpenAI's, with the key in `OPENAI_API_KEY`.
 *
 *     npx tsx examples/98_gateway_in_a_server.ts
 */
import { NodeHttpServer, NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Layer, Redacted } from "effect"
import {
  FetchHttpClient,
  HttpClient,
  HttpClientRequest,
  HttpEffect,
  HttpRouter,
  HttpServer,
  HttpServerResponse
} from "effect/http"
import { Simulator } from "effect-llm/testing/Simulator"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import * as Gateway from "effect-llm-gateway/Gateway"
import { createServer } from "node:http"

const key = "sk-of-my-team-0123456789"

const routes = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const { openAiUrl } = yield* Simulator
    const gateway = yield* Gateway.handler({
      providers: { openai: { key: Redacted.make("sk-simulated"), baseUrl: openAiUrl } },
      models: { fast: { deployments: [{ model: "openai/sim-healthy" }] } },
      keys: { team: { key: Redacted.make(key) } }
    })
    yield* router.add("GET", "/hello", Effect.succeed(HttpServerResponse.text("Hello")))
    yield* router.add("*", "/v1/*", HttpEffect.fromWebHandler(gateway))
  })
)

/** What a client of the server sends. */
const ask = Effect.gen(function* () {
  const url = yield* HttpServer.addressFormattedWith(Effect.succeed)
  const hello = yield* Effect.flatMap(HttpClient.get(`${url}/hello`), ({ text }) => text)
  const messages = [{ role: "user", content: "Hello" }]
  const response = yield* HttpClientRequest.post(`${url}/v1/chat/completions`).pipe(
    HttpClientRequest.bearerToken(key),
    HttpClientRequest.bodyJsonUnsafe({ model: "fast", messages }),
    HttpClient.execute
  )
  yield* Console.log(`GET /hello: ${hello}\n\nPOST /v1/chat/completions: ${yield* response.text}`)
}).pipe(Effect.provide(FetchHttpClient.layer))

const server = HttpRouter.serve(routes, { disableListenLog: true }).pipe(
  Layer.provide([UndiciClient.layer, NodeServices.layer, Simulator.layer()]),
  Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
)

NodeRuntime.runMain(Effect.provide(ask, server))
