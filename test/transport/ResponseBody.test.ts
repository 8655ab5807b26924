import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Scope, Stream } from "effect"
import { Headers, HttpClientRequest, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { gzipSync } from "node:zlib"
import * as ResponseBody from "../../src/transport/ResponseBody.ts"
import { SizeLimit, TimeLimit } from "../../src/transport/TransportFailure.ts"

type Response = Parameters<typeof ResponseBody.open>[0]

const request = HttpClientRequest.get("https://a.example")
const bytesOf = (text: string) => new TextEncoder().encode(text)
const headersOf = (headers: Record<string, string> = {}) => Headers.fromInput(headers)

/** A response whose bytes are written as the test goes along. */
const written = () => {
  let controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined
  let isClosed = false
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (given) => void (controller = given),
    cancel: () => void (isClosed = true)
  })
  return {
    response: HttpClientResponse.fromWeb(request, new globalThis.Response(body)) as Response,
    write: (text: string) => controller?.enqueue(bytesOf(text)),
    end: () => controller?.close(),
    breakOff: (cause: unknown) => controller?.error(cause),
    isClosed: () => isClosed
  }
}

/** A response of a client that is not the platform's own. */
const streamed = (stream: Stream.Stream<Uint8Array, never>, more: Partial<Response> = {}): Response =>
  ({ request, stream, ...more }) as Response

const read = (pull: Effect.Effect<ReadonlyArray<Uint8Array>, unknown>) =>
  Effect.forkChild(
    Effect.exit(Effect.map(pull, (chunks) => chunks.map((chunk) => new TextDecoder().decode(chunk)).join("|"))),
    {
      startImmediately: true
    }
  )

/** Lets promises settle. */
const settle = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

const causeOf = (exit: Exit.Exit<unknown, unknown>): unknown => {
  const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
  return (error as { readonly reason?: { readonly cause?: unknown } } | undefined)?.reason?.cause
}

describe("the body of a response", () => {
  const open = Effect.fnUntraced(function* (response: Response, idleTimeout: number) {
    const scope = yield* Scope.make()
    const pull = yield* Scope.provide(ResponseBody.open(response, headersOf(), { idleTimeout }), scope)
    return { pull, close: Scope.close(scope, Exit.void) }
  })

  it.effect("is emitted as it arrives, and closed with the scope", () =>
    Effect.gen(function* () {
      const { end, isClosed, response, write } = written()
      const { close, pull } = yield* open(response, Infinity)
      const first = yield* read(pull)
      yield* settle
      assert.isUndefined(first.pollUnsafe())
      write("a")
      assert.deepStrictEqual(yield* Fiber.join(first), Exit.succeed("a"))
      write("b")
      end()
      assert.deepStrictEqual(yield* Fiber.join(yield* read(pull)), Exit.succeed("b"))
      const last = yield* Fiber.join(yield* read(pull))
      assert.isTrue(Exit.isFailure(last) && Cause.isDone(Cause.squash(last.cause)))
      assert.isFalse(isClosed())
      const other = written()
      yield* (yield* open(other.response, Infinity)).close
      yield* close
      assert.isTrue(other.isClosed())
    })
  )

  it.effect("buffers what arrives without a reader, one reader after another", () =>
    Effect.gen(function* () {
      const { response, write } = written()
      const { pull } = yield* open(response, Infinity)
      yield* Fiber.interrupt(yield* read(pull))
      write("a")
      yield* settle
      assert.deepStrictEqual(yield* Fiber.join(yield* read(pull)), Exit.succeed("a"))
      const next = yield* read(pull)
      write("b")
      assert.deepStrictEqual(yield* Fiber.join(next), Exit.succeed("b"))
    })
  )

  it.effect("fails with the cause of its interruption", () =>
    Effect.gen(function* () {
      const { breakOff, response } = written()
      const { pull } = yield* open(response, Infinity)
      const cause = new Error("reset")
      breakOff(cause)
      assert.strictEqual(causeOf(yield* Fiber.join(yield* read(pull))), cause)
    })
  )

  it.effect("fails and is closed when a reader has waited in silence for too long", () =>
    Effect.gen(function* () {
      const { isClosed, response, write } = written()
      const { pull } = yield* open(response, 1000)
      const first = yield* read(pull)
      yield* TestClock.adjust(999)
      write("a")
      assert.deepStrictEqual(yield* Fiber.join(first), Exit.succeed("a"))
      // Nobody waits, so that it is not silent.
      yield* TestClock.adjust(5000)
      const second = yield* read(pull)
      yield* TestClock.adjust(999)
      yield* settle
      assert.isUndefined(second.pollUnsafe())
      assert.isFalse(isClosed())
      yield* TestClock.adjust(1)
      const limit = causeOf(yield* Fiber.join(second))
      assert.isTrue(limit instanceof TimeLimit && limit.phase === "idle" && limit.millis === 1000)
      assert.isTrue(isClosed())
      yield* settle
      assert.deepEqual(causeOf(yield* Fiber.join(yield* read(pull))), limit)
    })
  )

  it.effect("of another client has the same idle limit, and its own way of reading if it has one", () =>
    Effect.gen(function* () {
      const silent = yield* open(streamed(Stream.never), 1000)
      const waiting = yield* read(silent.pull)
      yield* TestClock.adjust(999)
      assert.isUndefined(waiting.pollUnsafe())
      yield* TestClock.adjust(1)
      assert.isTrue(causeOf(yield* Fiber.join(waiting)) instanceof TimeLimit)
      for (const limit of [1000, Infinity]) {
        const { pull } = yield* open(streamed(Stream.make(bytesOf("a"))), limit)
        assert.deepStrictEqual(yield* Fiber.join(yield* read(pull)), Exit.succeed("a"))
      }
      const pullIn = () => Effect.succeed(Effect.succeed([bytesOf("own")] as const))
      const own = yield* open(streamed(Stream.never, { pullIn }), 1000)
      assert.deepStrictEqual(yield* Fiber.join(yield* read(own.pull)), Exit.succeed("own"))
    })
  )

  it.effect("is decompressed, or rejected if that is impossible", () =>
    Effect.gen(function* () {
      for (const [coding, expected] of [
        ["gzip", "hello"],
        ["compress", undefined]
      ] as const) {
        const response = streamed(Stream.make(Uint8Array.from(gzipSync("hello"))))
        const exit = yield* Effect.exit(
          ResponseBody.readBytes(response, headersOf({ "content-encoding": coding }), { most: 10, onExcess: "fail" })
        )
        if (expected !== undefined) assert.deepStrictEqual(exit, Exit.succeed(bytesOf(expected)))
        else assert.include(String(causeOf(exit)), "unsupported compression: compress")
      }
    })
  )
})

describe("a whole response", () => {
  const pieces = Stream.make(bytesOf("ab"), bytesOf("cd")).pipe(Stream.rechunk(1))
  const readBytes = (response: Response, most: number, onExcess: "fail" | "cut", onWait?: () => void) =>
    Effect.exit(ResponseBody.readBytes(response, headersOf(), { most, onExcess, onWait }))

  it.effect("is read up to the limit, and fails or is truncated if larger", () =>
    Effect.gen(function* () {
      for (const most of [4, 5]) {
        for (const onExcess of ["fail", "cut"] as const) {
          assert.deepStrictEqual(yield* readBytes(streamed(pieces), most, onExcess), Exit.succeed(bytesOf("abcd")))
        }
      }
      assert.deepStrictEqual(yield* readBytes(streamed(pieces), 3, "cut"), Exit.succeed(bytesOf("abc")))
      const limit = causeOf(yield* readBytes(streamed(pieces), 3, "fail"))
      assert.isTrue(limit instanceof SizeLimit && limit.bytes === 3)
    })
  )

  it.effect("reports when it waits for more", () =>
    Effect.gen(function* () {
      let waits = 0
      yield* readBytes(streamed(pieces), 9, "fail", () => void waits++)
      assert.strictEqual(waits, 3)
    })
  )

  it.effect("is empty without a body, and fails with its connection", () =>
    Effect.gen(function* () {
      const none = HttpClientResponse.fromWeb(request, new globalThis.Response(null))
      assert.deepStrictEqual(yield* readBytes(none, 9, "fail"), Exit.succeed(new Uint8Array()))
      const { breakOff, response } = written()
      const cause = new Error("reset")
      breakOff(cause)
      assert.strictEqual(causeOf(yield* readBytes(response, 9, "fail")), cause)
    })
  )

  it.effect("is read as its client reads it, unless it is compressed", () =>
    Effect.gen(function* () {
      const given: Array<unknown> = []
      const response = streamed(Stream.make(Uint8Array.from(gzipSync("hello"))), {
        readWhole: (...args) => {
          given.push(args)
          return Effect.succeed(bytesOf("own"))
        }
      })
      assert.deepStrictEqual(yield* readBytes(response, 9, "cut"), Exit.succeed(bytesOf("own")))
      const options = { most: 9, onExcess: "cut" } as const
      const plain = yield* ResponseBody.readBytes(response, headersOf({ "content-encoding": "gzip" }), options)
      assert.deepStrictEqual(plain, bytesOf("hello"))
      assert.deepStrictEqual(given, [[9, "cut"]])
    })
  )
})
