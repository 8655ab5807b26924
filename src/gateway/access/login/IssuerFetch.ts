import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"

interface Options extends Pick<RequestInit, "body" | "headers" | "method" | "signal"> {}

/** `fetch` for the libraries that ask identity providers: over the gateway's HTTP client, and so through its proxies. */
export class IssuerFetch extends Context.Service<IssuerFetch, (url: string, options: Options) => Promise<Response>>()(
  "effect-llm-gateway/access/IssuerFetch"
) {
  static readonly layer: Layer.Layer<IssuerFetch, never, HttpClient.HttpClient> = Layer.effect(
    this,
    Effect.gen(function* () {
      const { execute } = yield* HttpClient.HttpClient
      const run = Effect.runPromiseWith(yield* Effect.context<never>())
      return IssuerFetch.of((url, { body, headers, method, signal }) => {
        const request = new Request(url, { method: method ?? "GET", headers: headers ?? {}, body: body ?? null })
        const sending = Effect.gen(function* () {
          // With its length: some servers take no chunks.
          const bytes = yield* Effect.promise(() => request.clone().bytes())
          const { fromWeb } = HttpClientRequest
          const sent =
            bytes.length === 0
              ? fromWeb(request)
              : HttpClientRequest.bodyUint8Array(fromWeb(request), bytes, typeOf(request))
          const { arrayBuffer, headers, status } = yield* execute(sent)
          return new Response(hasBody(status) ? yield* arrayBuffer : null, { headers, status })
        })
        return run(Effect.provide(sending, guarded), signal ? { signal } : {})
      })
    })
  )
}

/** The secret of the client goes nowhere else, and no trace does either. */
const guarded = Context.make(HttpClient.TracerDisabledWhen, () => true).pipe(
  Context.add(HttpClient.TracerPropagationEnabled, false),
  Context.add(FetchHttpClient.RequestInit, { redirect: "manual" })
)

const typeOf = ({ headers }: Request): string | undefined => headers.get("content-type") ?? undefined

/** Some responses must have no body (the Fetch standard, null body statuses). */
const hasBody = (status: number): boolean => status !== 204 && status !== 205 && status !== 304
