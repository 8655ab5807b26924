/**
 * A gateway within a server of your own: beside other routes, under the same port.
 *
 *     npx tsx examples/98_gateway_in_a_server.ts
 *     curl localhost:3000/v1/chat/completions -H 'authorization: Bearer sk-of-my-team-0123456789' \
 *       -d '{"model": "fast", "messages": [{"role": "user", "content": "Hello"}]}'
 */
import { NodeHttpServer, NodeRuntime, NodeServices } from "@effect/platform-node"
import { Effect, Layer, Redacted } from "effect"
import { HttpEffect, HttpRouter, HttpServerResponse } from "effect/http"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import * as Gateway from "effect-llm-gateway/Gateway"
import { createServer } from "node:http"

const routes = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const gateway = yield* Gateway.handler({
      models: { fast: { deployments: [{ model: "openai/gpt-6-luna" }] } },
      keys: { team: { key: Redacted.make("sk-of-my-team-0123456789") } }
    })
    yield* router.add("GET", "/hello", Effect.succeed(HttpServerResponse.text("Hello")))
    yield* router.add("*", "/v1/*", HttpEffect.fromWebHandler(gateway))
  })
)

HttpRouter.serve(routes).pipe(
  Layer.provide(NodeHttpServer.layer(createServer, { port: 3000 })),
  Layer.provide([UndiciClient.layer, NodeServices.layer]),
  Layer.launch,
  NodeRuntime.runMain
)
