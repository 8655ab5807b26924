/** A proxy of Effect's HTTP server, router and client that looks at nothing: `node effect.ts <upstream>` prints its address. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import { createServer } from "node:http"

const upstream = new URL(process.argv[2] ?? "").origin

const proxied = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const bytes = new Uint8Array(yield* request.arrayBuffer)
  const response = yield* HttpClient.execute(
    HttpClientRequest.post(upstream + request.url).pipe(
      HttpClientRequest.setHeader("authorization", "Bearer sk-upstream"),
      HttpClientRequest.setBody(HttpBody.uint8Array(bytes, "application/json"))
    )
  )
  return HttpServerResponse.stream(response.stream, {
    status: response.status,
    contentType: response.headers["content-type"] ?? "application/json"
  })
})

const app = HttpRouter.serve(HttpRouter.add("POST", "/v1/chat/completions", proxied), {
  disableLogger: true,
  disableListenLog: true
})
const address = Layer.effectDiscard(HttpServer.addressFormattedWith(Console.log))

Effect.runFork(
  Layer.launch(
    Layer.merge(app, address).pipe(
      Layer.provide(
        NodeHttpServer.layer(() => createServer({ keepAliveTimeout: 60_000 }), { host: "127.0.0.1", port: 0 })
      ),
      Layer.provide(NodeHttpClient.layerUndici)
    )
  )
)
