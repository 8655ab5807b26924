import type * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Turn from "../../settings/stores/Turn.ts"
import type { Refused } from "../calls/Failure.ts"
import type { Answer, AnswerBody } from "./Answer.ts"
import { comment, type EarlyStream, isEvents } from "./EarlyStream.ts"
import type { RequestLimits } from "./NodeServer.ts"
import { pathOf, type Received } from "./Received.ts"
import { leastBytes, tooLarge, tooMany } from "./Uploads.ts"

/** Handles a request. */
export interface Handling {
  readonly respond: (received: Received) => Effect.Effect<Answer, never, Scope.Scope>
  readonly limits: RequestLimits
  /** How long a stream of events may be silent until it has a comment. */
  readonly silence?: Duration.Duration | undefined
  readonly nextId: () => string
  readonly clock: Clock.Clock
  readonly context: Context.Context<never>
}

/** Handles requests in the shape of the web's standards. A request that is aborted, or a body that is cancelled, ends its call. */
export const webHandler = ({ clock, context, limits, nextId, respond, silence }: Handling) => {
  const handle = Effect.fnUntraced(function* (request: Request) {
    const { pathname, searchParams } = new URL(request.url)
    const scope = yield* Scope.make()
    let early: EarlyStream | undefined
    const responding = respond({
      id: nextId(),
      method: request.method,
      path: pathOf(pathname),
      query: searchParams,
      headers: Object.fromEntries(request.headers),
      remote: undefined,
      startedAtMillis: clock.currentTimeMillisUnsafe(),
      startedAtNanos: clock.monotonicTimeNanosUnsafe(),
      mostBodyBytes: limits.bodyBytes,
      mostDepth: limits.depth,
      mayBegin: silence && ((stream) => (early = stream)),
      body: Scope.provide(bodyOf(request, limits), scope)
    })
    const answering = responding.pipe(
      Scope.provide(scope),
      Effect.onExit((exit) => (Exit.isFailure(exit) ? Scope.close(scope, exit) : Effect.void))
    )
    const awaited = silence === undefined ? answering : soon(answering, scope, silence, () => early)
    const answer = yield* Effect.onInterrupt(awaited, () => Scope.close(scope, Exit.interrupt()))
    if ("begun" in answer) {
      const body = keptAlive(bodyAfterAll(answer.begun), scope, silence)
      return new Response(streamOf(body, scope, context), { headers: answer.headers })
    }
    const { body, headers, status } = answer
    if (typeof body === "object" && !(body instanceof Uint8Array) && request.method !== "HEAD") {
      const pull = isEvents(headers) ? keptAlive(body, scope, silence) : body
      return new Response(streamOf(pull, scope, context), { status, headers })
    }
    yield* Effect.andThen(Scope.close(scope, Exit.void), Turn.written)
    return new Response(request.method === "HEAD" || body === undefined ? null : whole(body), { status, headers })
  })
  return (request: Request): Promise<Response> =>
    Effect.runPromiseExitWith(context)(handle(request), { signal: request.signal }).then((exit) => {
      if (Exit.isSuccess(exit)) return exit.value
      // No one awaits it, so a rejection would be unhandled.
      if (request.signal.aborted) return new Response(null, { status: clientClosed })
      throw Cause.squash(exit.cause)
    })
}

/** As nginx logs requests whose client has left. */
const clientClosed = 499

/** An answer, or the stream that is begun because there is none yet. */
const soon = Effect.fnUntraced(function* (
  answering: Effect.Effect<Answer>,
  scope: Scope.Scope,
  silence: Duration.Duration,
  early: () => EarlyStream | undefined
) {
  const fiber = yield* Effect.forkIn(answering, scope, { startImmediately: true })
  while (true) {
    const exit = yield* Effect.timeoutOption(Fiber.await(fiber), silence)
    if (exit._tag === "Some") return yield* exit.value
    const stream = early()
    if (stream === undefined) continue
    stream.isBegun = true
    return { begun: Fiber.join(fiber), headers: stream.headers }
  }
})

type Body = Exclude<AnswerBody, string | Uint8Array>

/** The body of an answer that comes after its stream has begun; what is no part of that breaks it. */
const bodyAfterAll = (answering: Effect.Effect<Answer>): Body => {
  let rest: Body | undefined
  const first = Effect.flatMap(answering, ({ body, status }): Body => {
    if (status !== 200 || body === undefined)
      return Effect.die(new Error(`a stream that had begun ended with ${status}`))
    if (typeof body !== "string" && !(body instanceof Uint8Array)) return (rest = body)
    rest = Cause.done()
    return Effect.succeed([body])
  })
  return Effect.suspend(() => rest ?? first)
}

/** A body with comments where it is silent. */
const keptAlive = (body: Body, scope: Scope.Scope, silence: Duration.Duration | undefined): Body => {
  if (silence === undefined) return body
  let waiting: Fiber.Fiber<ReadonlyArray<string | Uint8Array>, Cause.Done> | undefined
  return Effect.gen(function* () {
    waiting ??= yield* Effect.forkIn(body, scope, { startImmediately: true })
    const exit = yield* Effect.timeoutOption(Fiber.await(waiting), silence)
    if (exit._tag === "None") return [comment]
    waiting = undefined
    return yield* exit.value
  })
}

const whole = (body: AnswerBody): BodyInit | null =>
  typeof body === "string" ? body : body instanceof Uint8Array ? new Uint8Array(body) : null

const encoder = new TextEncoder()

const streamOf = (
  pull: Exclude<AnswerBody, string | Uint8Array>,
  scope: Scope.Closeable,
  context: Context.Context<never>
): ReadableStream<Uint8Array> => {
  const run = Effect.runPromiseWith(context)
  const next = Pull.catchDone(pull, () => Effect.undefined)
  return new ReadableStream({
    pull: (controller) =>
      run(
        Effect.matchCauseEffect(next, {
          onFailure: (cause) => {
            controller.error(new Error("the response was cut"))
            return Scope.close(scope, Exit.failCause(cause))
          },
          onSuccess: (pieces) => {
            if (pieces === undefined)
              return Effect.andThen(
                Scope.close(scope, Exit.void),
                Effect.map(Turn.written, () => controller.close())
              )
            for (const piece of pieces) controller.enqueue(typeof piece === "string" ? encoder.encode(piece) : piece)
            return Effect.void
          }
        })
      ),
    cancel: () => run(Scope.close(scope, Exit.interrupt()))
  })
}

const bodyOf = Effect.fnUntraced(function* (
  { body, headers }: Request,
  { bodyBytes, uploads }: RequestLimits
): Effect.fn.Return<Uint8Array, Refused, Scope.Scope> {
  if (Number(headers.get("content-length")) > bodyBytes) return yield* tooLarge(bodyBytes)
  if (body === null) return new Uint8Array()
  const upload = uploads.begin()
  yield* Effect.addFinalizer(() => Effect.sync(upload.end))
  const hasRoom = (bytes: number) => bytes <= leastBytes || upload.holds(bytes)
  const reader = body.getReader()
  const chunks: Array<Uint8Array> = []
  let size = 0
  while (true) {
    const read = yield* Effect.orElseSucceed(
      Effect.tryPromise(() => reader.read()),
      () => undefined
    )
    if (read === undefined) return yield* Effect.interrupt
    if (read.done) return Buffer.concat(chunks)
    size += read.value.length
    const refused = size > bodyBytes ? tooLarge(bodyBytes) : hasRoom(size) ? undefined : tooMany
    if (refused !== undefined) {
      yield* Effect.promise(() => reader.cancel())
      return yield* refused
    }
    chunks.push(read.value)
  }
})
