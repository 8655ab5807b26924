import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Stream from "effect/Stream"
import type { ProviderError } from "../domain/ProviderError.ts"
import * as RequestHeaders from "../transport/RequestHeaders.ts"
import type { Authorize } from "./ProviderDefinition.ts"

/** An HTTP client that signs requests. */
export interface SigningClient {
  readonly execute: (
    request: HttpClientRequest.HttpClientRequest
  ) => Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError | ProviderError>
}

/** How many secrets are remembered. */
const mostSecrets = 1000

/** Remembers secrets, so that no error repeats them. */
export const note = (known: Set<string>, secrets: ReadonlyArray<string>): void => {
  for (const secret of secrets) {
    known.delete(secret)
    known.add(secret)
    const [oldest] = known.size > mostSecrets ? known : []
    if (oldest !== undefined) known.delete(oldest)
  }
}

/**
 * Signs requests and remembers every secret that is sent, including those that the client adds: headers with a telling
 * name and those of `secretNames`. After a 401 a request is sent once more if it is then signed with another key.
 */
export const make = (
  client: HttpClient.HttpClient,
  authorize: Authorize | undefined,
  known: Set<string>,
  secretNames: ReadonlyArray<string>
): SigningClient => {
  const secretsIn = (headers: HttpClientRequest.HttpClientRequest["headers"]) =>
    RequestHeaders.secretsIn(headers, secretNames)
  const noteSent = (sent: HttpClientRequest.HttpClientRequest, given: HttpClientRequest.HttpClientRequest): void => {
    if (sent !== given) note(known, secretsIn(sent.headers))
  }
  const watched: SigningClient = {
    execute: (given) =>
      Effect.mapError(
        Effect.map(client.execute(given), (response) => {
          noteSent(response.request, given)
          return response
        }),
        (error) => {
          noteSent(error.reason.request, given)
          return error
        }
      )
  }
  if (authorize === undefined) return watched

  const send = (signed: HttpClientRequest.HttpClientRequest) => {
    note(known, secretsIn(signed.headers))
    return watched.execute(signed)
  }
  const renewed = Effect.fnUntraced(function* (
    request: HttpClientRequest.HttpClientRequest,
    refused: HttpClientRequest.HttpClientRequest,
    response: HttpClientResponse.HttpClientResponse
  ) {
    const again = yield* Effect.orElseSucceed(authorize(request, refused), () => refused)
    if (RequestHeaders.isSameKey(refused.headers, again.headers, secretNames)) return response
    // Not reading the rest closes the connection.
    yield* Effect.ignore(Stream.runDrain(Stream.take(response.stream, 1)))
    return yield* send(again)
  })
  return {
    execute: (request) =>
      Effect.flatMap(authorize(request), (signed) =>
        Effect.flatMap(send(signed), (response) =>
          response.status === 401 ? renewed(request, signed, response) : Effect.succeed(response)
        )
      )
  }
}
