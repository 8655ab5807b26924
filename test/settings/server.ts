/** A server for every provider that speaks OpenAI's protocol: it records calls, and responds as it is told. */
import { Effect, Layer, Redacted } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"

export interface Call {
  readonly url: string
  readonly authorization: string | undefined
  readonly headers: { readonly [name: string]: string | undefined }
  readonly body: { readonly [key: string]: unknown }
}

export interface Server {
  readonly calls: Array<Call>
  /** What comes before a response, and its status: 200 if it says none. */
  respond: (call: Call) => Effect.Effect<number | void>
  readonly layer: Layer.Layer<HttpClient.HttpClient>
}

export const serve = (): Server => {
  const server: Server = {
    calls: [],
    respond: () => Effect.void,
    layer: Layer.succeed(
      HttpClient.HttpClient,
      HttpClient.make((request) =>
        Effect.gen(function* () {
          const text = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : "{}"
          const { authorization } = request.headers
          const body = JSON.parse(text)
          const call = {
            url: request.url,
            authorization: Redacted.isRedacted(authorization) ? String(Redacted.value(authorization)) : authorization,
            headers: request.headers,
            body
          }
          server.calls.push(call)
          const status = (yield* server.respond(call)) ?? 200
          const response = {
            id: "1",
            object: "chat.completion",
            created: 1,
            model: body.model,
            choices: [
              { index: 0, message: { role: "assistant", content: `from ${request.url}` }, finish_reason: "stop" }
            ],
            usage: { prompt_tokens: 1_000_000, completion_tokens: 1_000_000, total_tokens: 2_000_000 }
          }
          const json = status === 200 ? response : { error: { message: "no", type: "server_error" } }
          return HttpClientResponse.fromWeb(request, new Response(JSON.stringify(json), { status }))
        })
      )
    )
  }
  return server
}
