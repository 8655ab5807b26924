import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Schedule, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { type ChatEvent, isContent } from "../../src/domain/ChatEvent.ts"
import { ServerError } from "../../src/domain/ChatResponse.ts"
import { unknown } from "../../src/domain/Usage.ts"
import * as Opening from "../../src/model/Opening.ts"

const start: ChatEvent = { type: "response-start" }
const text = (delta: string): ChatEvent => ({ type: "text-delta", id: "0", delta })
const finish: ChatEvent = { type: "finish", finishReason: "stop", usage: unknown }

/** A stream of the given arrivals, and whether its connection is open. */
const connection = (...arrivals: ReadonlyArray<ReadonlyArray<ChatEvent> | Effect.Effect<never, ServerError>>) => {
  const state = { open: 0, pulled: 0 }
  const stream = Stream.unwrap(
    Effect.as(
      Effect.acquireRelease(
        Effect.sync(() => state.open++),
        () => Effect.sync(() => state.open--)
      ),
      Stream.fromIterable(arrivals).pipe(
        Stream.rechunk(1),
        Stream.mapEffect((arrival) => {
          state.pulled++
          return Effect.isEffect(arrival) ? arrival : Effect.succeed(arrival)
        }),
        Stream.flatMap((events) => Stream.fromArray(events))
      )
    )
  )
  return { state, stream }
}

const server = Effect.fail(new ServerError({}))

describe("Opening.open", () => {
  it.effect("waits for the first content and loses no event before or after it", () =>
    Effect.gen(function* () {
      const arrivals = [[start], [text("")], [text("a"), text("b")], [text("c"), finish]]
      const { state, stream } = connection(...arrivals)
      const opened = yield* Opening.open(stream, isContent)
      assert.deepStrictEqual(state, { open: 1, pulled: 3 })
      assert.deepStrictEqual(yield* Stream.runCollect(opened), arrivals.flat())
    }).pipe(Effect.scoped)
  )

  it.effect("counts `finish` as content", () =>
    Effect.gen(function* () {
      const opened = yield* Opening.open(connection([start], [finish]).stream, isContent)
      assert.deepStrictEqual(yield* Stream.runCollect(opened), [start, finish])
    }).pipe(Effect.scoped)
  )

  it.effect("passes on a stream that ends without content", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Stream.runCollect(yield* Opening.open(connection([start]).stream, isContent)), [
        start
      ])
      assert.deepStrictEqual(yield* Stream.runCollect(yield* Opening.open(connection().stream, isContent)), [])
    }).pipe(Effect.scoped)
  )

  it.effect("fails when the stream fails before its first content, and closes the connection at once", () =>
    Effect.gen(function* () {
      const { state, stream } = connection([start], server)
      assert.strictEqual((yield* Effect.flip(Opening.open(stream, isContent)))._tag, "ServerError")
      assert.strictEqual(state.open, 0)
    }).pipe(Effect.scoped)
  )

  it.effect("composes with retry and timeout, and closes the connection that lost", () =>
    Effect.gen(function* () {
      const silent = connection([start], Effect.never)
      const fiber = yield* Effect.forkChild(Effect.timeoutOption(Opening.open(silent.stream, isContent), "1 second"))
      yield* TestClock.adjust("999 millis")
      assert.strictEqual(silent.state.open, 1)
      yield* TestClock.adjust(1)
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "None")
      assert.strictEqual(silent.state.open, 0)
      const failing = connection([start], server)
      assert.isTrue(
        Exit.isFailure(yield* Effect.exit(Effect.retry(Opening.open(failing.stream, isContent), Schedule.recurs(2))))
      )
      assert.deepStrictEqual(failing.state, { open: 0, pulled: 6 })
    }).pipe(Effect.scoped)
  )

  it.effect("a failure after the first content is a failure of the stream", () =>
    Effect.gen(function* () {
      const opened = yield* Opening.open(connection([text("a")], server).stream, isContent)
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(opened)))._tag, "ServerError")
    }).pipe(Effect.scoped)
  )

  it.effect("the connection lives as long as the scope", () =>
    Effect.gen(function* () {
      const { state, stream } = connection([text("a")], [text("b")])
      const scope = yield* Scope.make()
      yield* Scope.provide(Opening.open(stream, isContent), scope)
      assert.strictEqual(state.open, 1)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(state.open, 0)
    })
  )
})
