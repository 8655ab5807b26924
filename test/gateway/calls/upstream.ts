import { NodeServices } from "@effect/platform-node"
import { ConfigProvider, Context, Effect, Layer } from "effect"
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import * as Gateway from "../../../src/gateway/Gateway.ts"
import { evaluate } from "../../../src/settings/file/Load.ts"
import * as Source from "../../../src/settings/file/Source.ts"
import * as UndiciClient from "../../../src/transport/UndiciClient.ts"

/** A provider whose every byte a test decides. */
export const upstream = (respond: (incoming: IncomingMessage, outgoing: ServerResponse, body: string) => void) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<ReturnType<typeof createServer>>((resume) => {
        const server = createServer((incoming, outgoing) => {
          let body = ""
          incoming.setEncoding("utf8")
          incoming.on("data", (piece: string) => (body += piece))
          incoming.on("end", () => respond(incoming, outgoing, body))
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.callback<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    ),
    (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  )

/** A provider that sends the same response to each request, by default a 400, and the text of its last request. */
export const recorder = Effect.fnUntraced(function* (
  status = 400,
  response = '{"error":{"message":"seen"}}',
  mediaType = "application/json"
) {
  let seen = ""
  const address = yield* upstream((_, outgoing, text) => {
    seen = text
    outgoing.writeHead(status, { "content-type": mediaType }).end(response)
  })
  return { address, seen: () => seen }
})

/** A gateway for settings. */
export const serve = Effect.fnUntraced(function* (settings: string, options: Gateway.GatewayOptions = {}) {
  const source = yield* Effect.fromResult(Source.parse("settings.yaml", settings))
  const evaluated = yield* evaluate(source, undefined, false)
  const services = yield* Layer.build(
    Gateway.layer(evaluated.settings, { port: 0, ...options }).pipe(
      Layer.provide([UndiciClient.layer, NodeServices.layer, ConfigProvider.layer(ConfigProvider.fromUnknown({}))])
    )
  )
  return Context.get(services, Gateway.Gateway).url
})

/** A gateway with a model `m` at this address, which speaks the protocol of the provider. */
export const serveAt = (provider: string, address: string, more = "", options?: Gateway.GatewayOptions) =>
  serve(
    `providers: { ${provider}: { key: sk-upstream-secret-1234567890, baseUrl: "${address}" } }
models: { m: ${provider}/${more === "" ? "acme" : more} }`,
    options
  )

export interface Received {
  readonly status: number
  readonly headers: IncomingMessage["headers"]
  readonly text: string
}

/** Sends JSON and reads the whole response, as text. */
export const post = (
  url: string,
  body: unknown,
  headers: { readonly [name: string]: string } = {}
): Effect.Effect<Received, Error> =>
  Effect.callback((resume) => {
    const outgoing = request(url, { method: "POST", headers: { "content-type": "application/json", ...headers } })
    outgoing.on("error", (error) => resume(Effect.fail(error)))
    outgoing.on("response", (incoming) => {
      let text = ""
      incoming.setEncoding("utf8")
      incoming.on("data", (piece: string) => (text += piece))
      incoming.on("error", (error) => resume(Effect.fail(error)))
      incoming.on("end", () =>
        resume(Effect.succeed({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }))
      )
    })
    outgoing.end(typeof body === "string" ? body : JSON.stringify(body))
    return Effect.sync(() => outgoing.destroy())
  })
