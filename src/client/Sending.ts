import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Limits from "../domain/Limits.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import { TimeoutError } from "../domain/ChatResponse.ts"
import { directClients } from "../transport/DirectCalls.ts"
import * as RequestHeaders from "../transport/RequestHeaders.ts"
import * as ResponseBody from "../transport/ResponseBody.ts"
import { CurrentServerObserver } from "../transport/ServerObserver.ts"
import { StepTimer } from "../transport/StepTimer.ts"
import { TimeLimit } from "../transport/TransportFailure.ts"
import { type Call, type Head, headOf, isSuccess, placeOf, toNetworkError } from "./Call.ts"
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
export const noteSecrets = (known: Set<string>, secrets: ReadonlyArray<string>): void => {
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
export const signing = (
  client: HttpClient.HttpClient,
  authorize: Authorize | undefined,
  known: Set<string>,
  secretNames: ReadonlyArray<string>
): SigningClient => {
  const secretsIn = (headers: HttpClientRequest.HttpClientRequest["headers"]) =>
    RequestHeaders.secretsIn(headers, secretNames)
  const noteSent = (sent: HttpClientRequest.HttpClientRequest, request: HttpClientRequest.HttpClientRequest): void => {
    if (sent !== request) noteSecrets(known, secretsIn(sent.headers))
  }
  const noting: SigningClient = {
    execute: (request) =>
      Effect.withFiber((fiber) => {
        fiber.getRef(CurrentServerObserver)?.(request.url)
        return Effect.mapError(
          Effect.map(client.execute(request), (response) => {
            noteSent(response.request, request)
            return response
          }),
          (error) => {
            noteSent(error.reason.request, request)
            return error
          }
        )
      })
  }
  if (authorize === undefined) return noting

  const send = (signed: HttpClientRequest.HttpClientRequest) => {
    noteSecrets(known, secretsIn(signed.headers))
    return noting.execute(signed)
  }
  const retryRefused = Effect.fnUntraced(function* (
    request: HttpClientRequest.HttpClientRequest,
    refused: HttpClientRequest.HttpClientRequest,
    response: HttpClientResponse.HttpClientResponse
  ) {
    const renewed = yield* Effect.orElseSucceed(authorize(request, refused), () => refused)
    if (RequestHeaders.isSameKey(refused.headers, renewed.headers, secretNames)) return response
    // Not reading the rest closes the connection.
    yield* Effect.ignore(Stream.runDrain(Stream.take(response.stream, 1)))
    return yield* send(renewed)
  })
  return {
    execute: (request) =>
      Effect.flatMap(authorize(request), (signed) =>
        Effect.flatMap(send(signed), (response) =>
          response.status === 401 ? retryRefused(request, signed, response) : Effect.succeed(response)
        )
      )
  }
}

/** What sends requests, and within which limits. */
export interface Sender {
  readonly client: SigningClient
  /** Whether the client limits the time that its responses take itself. */
  readonly isDirect: boolean
  readonly limits: Limits.Limits
}

/** A sender with the default limits, or these. */
export const make = <Client extends HttpClient.HttpClient>(
  client: Client,
  limits?: Limits.LimitsInput
): Sender & { readonly client: Client } => ({
  client,
  isDirect: directClients.has(client),
  limits: Limits.override(Limits.standard, limits)
})

/** The limits of a sender for this fiber. */
export const limitsOf = ({ limits }: Sender): Effect.Effect<Limits.Limits> =>
  Effect.map(Limits.Current, (current) => Limits.override(limits, current))

/** Sends a request and waits for the head of its response. */
export const execute = (
  { client, isDirect }: Sender,
  { headTimeout }: Limits.Limits,
  http: HttpClientRequest.HttpClientRequest
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError | ProviderError> =>
  isDirect || headTimeout === Infinity
    ? client.execute(http)
    : Effect.timeoutOrElse(client.execute(http), {
        duration: headTimeout,
        orElse: () => Effect.fail(headless(http, headTimeout))
      })

const headless = (
  request: HttpClientRequest.HttpClientRequest,
  headTimeout: number
): HttpClientError.HttpClientError => {
  const cause = new TimeLimit("connect", headTimeout)
  return new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) })
}

/** A whole response; of an error only as much of its body as the limit allows. */
export interface WholeResponse {
  readonly head: Head
  readonly body: Uint8Array
  readonly startedAtMillis: number
  readonly endedAtMillis: number
}

/** Sends a request and reads the whole response. */
export const send = Effect.fnUntraced(function* (
  sender: Sender,
  call: Call,
  http: HttpClientRequest.HttpClientRequest
): Effect.fn.Return<WholeResponse, ProviderError> {
  const clock = yield* Clock.Clock
  const limits = Limits.override(sender.limits, yield* Limits.Current)
  const startedAtMillis = clock.currentTimeMillisUnsafe()
  const read = readInTime(sender, call, http, limits, clock, startedAtMillis)
  const { body, head } = yield* limits.totalTimeout === Infinity
    ? read
    : Effect.timeoutOrElse(read, {
        duration: limits.totalTimeout,
        orElse: () => Effect.fail(totalReached(call, limits))
      })
  return { head, body, startedAtMillis, endedAtMillis: clock.currentTimeMillisUnsafe() }
})

/** The error of a call that took longer than the limit on the whole of it. */
export const totalReached = (call: Call, { totalTimeout }: Limits.Limits): TimeoutError =>
  new TimeoutError({ ...placeOf(call), phase: "total", duration: Duration.millis(totalTimeout) })

type Read = Effect.Effect<Pick<WholeResponse, "head" | "body">, ProviderError>

/** One timer limits both the wait for the head and each wait for bytes, unless the client does. */
const readInTime = (
  { client, isDirect }: Sender,
  call: Call,
  http: HttpClientRequest.HttpClientRequest,
  limits: Limits.Limits,
  clock: Clock.Clock,
  startedAtMillis: number
): Read => {
  const shortest = Math.min(limits.headTimeout, limits.idleTimeout)
  const timer = isDirect || shortest === Infinity ? undefined : new StepTimer<ProviderError>(clock)
  const read = readResponse(client, call, http, limits, clock, startedAtMillis, timer)
  return timer === undefined ? read : Effect.raceFirst(read, timer.expiry(shortest))
}

const readResponse = Effect.fnUntraced(function* (
  client: Sender["client"],
  call: Call,
  http: HttpClientRequest.HttpClientRequest,
  limits: Limits.Limits,
  clock: Clock.Clock,
  startedAtMillis: number,
  timer: StepTimer<ProviderError> | undefined
): Effect.fn.Return<Pick<WholeResponse, "head" | "body">, ProviderError> {
  const { headTimeout, idleTimeout, responseBytes } = limits
  const noHead = toNetworkError(call, clock, startedAtMillis)
  timer?.start(headTimeout, () => noHead(headless(http, headTimeout)))
  const response = yield* Effect.mapError(client.execute(http), noHead)
  timer?.stop()
  const head = headOf(response)
  const lost = toNetworkError(call, clock, startedAtMillis, head)
  const onWait = () => timer?.start(idleTimeout, () => lost(ResponseBody.silent(response, idleTimeout)))
  const body = isSuccess(head)
    ? ResponseBody.readBytes(response, head.headers, { most: responseBytes, onExcess: "fail", onWait })
    : readError(response, head, limits)
  return { head, body: yield* Effect.mapError(body, lost) }
})

/** The status says what is wrong: its body may be cut short, and may not keep the call waiting. */
const errorBodyMillis = 30_000

/** The body of an error, as far as it comes within its limits. */
export const readError = (
  response: HttpClientResponse.HttpClientResponse,
  head: Head,
  { errorBytes, idleTimeout }: Limits.Limits
): Effect.Effect<Uint8Array, HttpClientError.HttpClientError> =>
  Effect.timeoutOrElse(ResponseBody.readBytes(response, head.headers, { most: errorBytes, onExcess: "cut" }), {
    duration: Math.min(errorBodyMillis, idleTimeout),
    orElse: () => Effect.succeed(new Uint8Array(0))
  })

const utf8 = new TextDecoder()

/** Bytes as text, without a byte order mark. */
export const textOf = (bytes: Uint8Array): string => utf8.decode(bytes)
