import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
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
import { steadyMillis } from "../domain/SteadyClock.ts"
import { FastPath, fastPathClients, type FastPathResponse } from "../transport/FastPath.ts"
import * as GuardedClient from "../transport/GuardedClient.ts"
import * as RequestHeaders from "../transport/RequestHeaders.ts"
import * as ResponseBody from "../transport/ResponseBody.ts"
import { CurrentServerObserver } from "../transport/ServerObserver.ts"
import { StepTimer } from "../transport/StepTimer.ts"
import { TimeLimit } from "../transport/TransportFailure.ts"
import { type Call, type Head, headOf, isSuccess, placeOf, toNetworkError } from "./Call.ts"
import type { Authorize } from "./ProviderDefinition.ts"

type Response = HttpClientResponse.HttpClientResponse & Partial<FastPathResponse>

/** Sends requests as they are. With `isWhole`, a response of success may be given when all of it is there. */
export type Send<E = never> = (
  request: HttpClientRequest.HttpClientRequest,
  limits: Limits.Limits,
  isWhole: boolean
) => Effect.Effect<Response, HttpClientError.HttpClientError | E>

/** Sends requests with a client, on its fast path where it has one; requests hold secrets: see `GuardedClient`. */
export const sending = (
  client: HttpClient.HttpClient,
  limits: Limits.Limits = Limits.standard,
  secretNames: ReadonlyArray<string> = []
): Send => {
  const guarded = GuardedClient.make(client, secretNames, (context) =>
    Context.add(context, FastPath, Limits.override(limits, Context.get(context, Limits.Current)))
  )
  const sendFast = fastPathClients.get(client)
  return sendFast === undefined
    ? (request) => guarded.execute(request)
    : (request, limits, isWhole) => sendFast(request, limits, isWhole) ?? guarded.execute(request)
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
  execute: Send,
  authorize: Authorize | undefined,
  known: Set<string>,
  secretNames: ReadonlyArray<string>
): Send<ProviderError> => {
  const secretsIn = (headers: HttpClientRequest.HttpClientRequest["headers"]) =>
    RequestHeaders.secretsIn(headers, secretNames)
  const noteSent = (sent: HttpClientRequest.HttpClientRequest, request: HttpClientRequest.HttpClientRequest): void => {
    if (sent !== request) noteSecrets(known, secretsIn(sent.headers))
  }
  const noting: Send = (request, limits, isWhole) =>
    Effect.withFiber((fiber) => {
      fiber.getRef(CurrentServerObserver)?.(request.url)
      return Effect.matchEffect(execute(request, limits, isWhole), {
        onSuccess: (response) => {
          noteSent(response.request, request)
          return Effect.succeed(response)
        },
        onFailure: (error) => {
          noteSent(error.reason.request, request)
          return Effect.fail(error)
        }
      })
    })
  if (authorize === undefined) return noting

  const send: Send = (signed, limits, isWhole) => {
    noteSecrets(known, secretsIn(signed.headers))
    return noting(signed, limits, isWhole)
  }
  const retryRefused = Effect.fnUntraced(function* (
    request: HttpClientRequest.HttpClientRequest,
    refused: HttpClientRequest.HttpClientRequest,
    response: Response,
    again: (renewed: HttpClientRequest.HttpClientRequest) => ReturnType<Send>
  ) {
    const renewed = yield* Effect.orElseSucceed(authorize(request, refused), () => refused)
    if (RequestHeaders.isSameKey(refused.headers, renewed.headers, secretNames)) return response
    // Not reading the rest closes the connection.
    yield* Effect.ignore(Stream.runDrain(Stream.take(response.stream, 1)))
    return yield* again(renewed)
  })
  return (request, limits, isWhole) =>
    Effect.flatMap(authorize(request), (signed) =>
      Effect.flatMap(send(signed, limits, isWhole), (response) =>
        response.status === 401
          ? retryRefused(request, signed, response, (renewed) => send(renewed, limits, isWhole))
          : Effect.succeed(response)
      )
    )
}

/** What sends requests, and within which limits. */
export interface Sender {
  readonly send: Send<ProviderError>
  /** Whether the client limits the time that its responses take itself. */
  readonly isFast: boolean
  readonly limits: Limits.Limits
}

/** A sender with the default limits, or these. */
export const make = (
  client: HttpClient.HttpClient,
  given?: Limits.LimitsInput,
  secretNames?: ReadonlyArray<string>
): Sender & { readonly send: Send } => {
  const limits = Limits.override(Limits.standard, given)
  return { send: sending(client, limits, secretNames), isFast: fastPathClients.has(client), limits }
}

/** The limits of a sender for this fiber. */
export const limitsOf = ({ limits }: Sender): Effect.Effect<Limits.Limits> =>
  Effect.map(Limits.Current, (current) => Limits.override(limits, current))

/** Sends a request and waits for the head of its response. */
export const execute = (
  { isFast, send }: Sender,
  limits: Limits.Limits,
  http: HttpClientRequest.HttpClientRequest
): Effect.Effect<Response, HttpClientError.HttpClientError | ProviderError> => {
  const { headTimeout } = limits
  return isFast || headTimeout === Infinity
    ? send(http, limits, false)
    : Effect.timeoutOrElse(send(http, limits, false), {
        duration: headTimeout,
        orElse: () => Effect.fail(headless(http, headTimeout))
      })
}

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
  /** By the steady clock. */
  readonly startedAtMillis: number
  /** How long it took. */
  readonly millis: number
  /** When it ended. */
  readonly endedAtMillis: number
}

/** Sends a request and reads the whole response. */
export const send = (
  sender: Sender,
  call: Call,
  http: HttpClientRequest.HttpClientRequest
): Effect.Effect<WholeResponse, ProviderError> =>
  Effect.withFiber((fiber) => {
    const clock = fiber.getRef(Clock.Clock)
    const limits = Limits.override(sender.limits, fiber.getRef(Limits.Current))
    const read = readInTime(sender, call, http, limits, clock)
    return limits.totalTimeout === Infinity
      ? read
      : Effect.timeoutOrElse(read, {
          duration: limits.totalTimeout,
          orElse: () => Effect.fail(totalReached(call, limits))
        })
  })

/** The error of a call that took longer than the limit on the whole of it. */
export const totalReached = (call: Call, { totalTimeout }: Limits.Limits): TimeoutError =>
  new TimeoutError({ ...placeOf(call), phase: "total", duration: Duration.millis(totalTimeout) })

/** One timer limits both the wait for the head and each wait for bytes, unless the client does. */
const readInTime = (
  sender: Sender,
  call: Call,
  http: HttpClientRequest.HttpClientRequest,
  limits: Limits.Limits,
  clock: Clock.Clock
): Effect.Effect<WholeResponse, ProviderError> => {
  const shortest = Math.min(limits.headTimeout, limits.idleTimeout)
  const timer = sender.isFast || shortest === Infinity ? undefined : new StepTimer<ProviderError>(clock)
  const read = readResponse(sender.send, call, http, limits, clock, timer)
  return timer === undefined ? read : Effect.raceFirst(read, timer.expiry(shortest))
}

const readResponse = (
  execute: Sender["send"],
  call: Call,
  http: HttpClientRequest.HttpClientRequest,
  limits: Limits.Limits,
  clock: Clock.Clock,
  timer: StepTimer<ProviderError> | undefined
): Effect.Effect<WholeResponse, ProviderError> => {
  const { headTimeout, idleTimeout, responseBytes } = limits
  const startedAtMillis = steadyMillis(clock)
  const noHead = toNetworkError(call, clock, startedAtMillis)
  timer?.start(headTimeout, () => noHead(headless(http, headTimeout)))
  return Effect.matchEffect(execute(http, limits, true), {
    onFailure: (error) => Effect.fail(noHead(error)),
    onSuccess: (response) => {
      timer?.stop()
      const head = headOf(response)
      const lost = toNetworkError(call, clock, startedAtMillis, head)
      const onWait = timer && (() => timer.start(idleTimeout, () => lost(ResponseBody.silent(response, idleTimeout))))
      const body = isSuccess(head)
        ? ResponseBody.readBytes(response, head.headers, { most: responseBytes, onExcess: "fail", onWait })
        : readError(response, head, limits)
      return Effect.matchEffect(body, {
        onFailure: (error) => Effect.fail(lost(error)),
        onSuccess: (body) =>
          Effect.succeed({
            head,
            body,
            startedAtMillis,
            millis: steadyMillis(clock) - startedAtMillis,
            endedAtMillis: clock.currentTimeMillisUnsafe()
          })
      })
    }
  })
}

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

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true })

/** Bytes as text, with the byte order mark if they have one. */
export const textOf = (bytes: Uint8Array): string => utf8.decode(bytes)
