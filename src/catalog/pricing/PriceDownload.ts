import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { PriceRefreshError } from "./PriceRefreshError.ts"

/** What to download, and the limits on it. */
export interface PriceDownload {
  readonly url: string
  /** Of the copy at hand. */
  readonly etag: string | undefined
  /** For one try. */
  readonly timeout: Duration.Duration
  /** How often to ask again about what asking again may mend. */
  readonly retries: number
  readonly maxBytes: number
}

/** The text of a file, or `undefined` when it is still the copy at hand. */
export interface Downloaded {
  readonly text: string | undefined
  readonly etag: string | undefined
}

/** An address as it may be shown: without credentials and query. */
export const shown = (url: string): string => {
  const parsed = URL.parse(url)
  return parsed === null ? "an invalid URL" : `${parsed.origin}${parsed.pathname}`
}

const mayPass = ({ reason, status }: PriceRefreshError): boolean =>
  reason === "Unreachable" ||
  reason === "Timeout" ||
  (status !== undefined && (status === 408 || status === 425 || status === 429 || status >= 500))

/** Fetches a file, unless it is what its ETag says that we have. */
export const run = Effect.fnUntraced(function* (
  client: HttpClient.HttpClient,
  options: PriceDownload
): Effect.fn.Return<Downloaded, PriceRefreshError> {
  const { etag, maxBytes, timeout } = options
  const url = shown(options.url)
  const unreachable = new PriceRefreshError({ reason: "Unreachable", detail: "the server cannot be reached", url })
  const late = Effect.fail(
    new PriceRefreshError({
      reason: "Timeout",
      detail: `the download did not finish within ${Duration.format(timeout)}`,
      url
    })
  )

  const once = Effect.gen(function* (): Effect.fn.Return<Downloaded, PriceRefreshError, Scope.Scope> {
    const request = HttpClient.withScope(HttpClient.followRedirects(client, 3)).get(options.url, {
      headers: { accept: "application/json", ...(etag === undefined ? {} : { "if-none-match": etag }) }
    })
    const response = yield* Effect.mapError(request, () => unreachable)
    const { headers, status } = response
    if (status === 304 && etag !== undefined) return { text: undefined, etag }
    if (status !== 200) {
      return yield* new PriceRefreshError({
        reason: "Status",
        detail: `the server responded with ${status}`,
        url,
        status
      })
    }
    return { text: yield* body(response), etag: headers.etag }
  })

  const body = Effect.fnUntraced(function* (response: HttpClientResponse.HttpClientResponse) {
    const tooLarge = new PriceRefreshError({ reason: "TooLarge", detail: `it is longer than ${maxBytes} bytes`, url })
    if (Number(response.headers["content-length"] ?? 0) > maxBytes) return yield* tooLarge
    const decoder = new TextDecoder()
    let text = ""
    let bytes = 0
    yield* Stream.runForEach(
      Stream.mapError(response.stream, () => unreachable),
      (chunk) => {
        bytes += chunk.length
        if (bytes > maxBytes) return Effect.fail(tooLarge)
        text += decoder.decode(chunk, { stream: true })
        return Effect.void
      }
    )
    return text + decoder.decode()
  })

  return yield* once.pipe(
    Effect.scoped,
    Effect.timeoutOrElse({ duration: timeout, orElse: () => late }),
    Effect.retry({
      while: mayPass,
      schedule: Schedule.exponential("500 millis").pipe(Schedule.jittered, Schedule.upTo({ times: options.retries }))
    }),
    Effect.provideService(HttpClient.TracerPropagationEnabled, false)
  )
})
