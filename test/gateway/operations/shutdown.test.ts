import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { Scenario } from "../../../src/testing/Scenario.ts"
import { gateway } from "../gateway.ts"
import { raw } from "./sockets.ts"

const models =
  "models: { fast: openai/sim-healthy, hang: openai/sim-hang, paced: openai/paced, stall: openai/sim-stall }"
const paced = Scenario.paced(Scenario.healthy, { tokensPerSecond: 100 })

const request = (model: string, stream: boolean): string => {
  const body = JSON.stringify({ model, stream, messages: [{ role: "user", content: "Hello" }] })
  return `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

/** A gateway that is closed when the test says so. */
const closable = Effect.fnUntraced(function* (drain: string) {
  const scope = yield* Scope.make()
  const served = yield* gateway(`${models}\nserver: { drain: ${drain} }`, {
    simulator: { models: { paced } },
    gateway: { drain: undefined }
  }).pipe(Scope.provide(scope))
  return { ...served, close: Scope.close(scope, Exit.void) }
})

describe("a gateway that is stopped", () => {
  it.live("is not ready, accepts no new connections, and lets streams finish", () =>
    Effect.gen(function* () {
      const { close, url } = yield* closable("30s")
      const [idle, busy] = [yield* raw(url), yield* raw(url)]
      idle.send("GET /health/ready HTTP/1.1\r\nhost: localhost\r\n\r\n")
      assert.include(yield* idle.until(/ready/), '{"status":"ready"}')
      const late = yield* raw(url)
      busy.send(request("paced", true))
      yield* busy.until(/data: /)
      late.send(request("paced", true))
      yield* late.until(/data: /)
      const closing = yield* Effect.forkChild(close)
      yield* idle.closed
      // A connection that is in use may ask on.
      const [first] = yield* Effect.all([busy.until(/\[DONE\]/), late.until(/\[DONE\]/)])
      assert.include(first, '"finish_reason":"stop"')
      yield* Fiber.join(closing)
      assert.isTrue(
        yield* Effect.promise(() =>
          fetch(url).then(
            () => false,
            () => true
          )
        )
      )
    })
  )

  it.live("reports that it is draining", () =>
    Effect.gen(function* () {
      const { close, simulator, url } = yield* closable("30s")
      const busy = yield* raw(url)
      busy.send(request("paced", true))
      yield* busy.until(/data: /)
      const closing = yield* Effect.forkChild(close)
      busy.send("GET /health/ready HTTP/1.1\r\nhost: localhost\r\n\r\n")
      const text = yield* busy.until(/"reasons"/)
      assert.include(text, "HTTP/1.1 503")
      assert.include(text, '["draining"]')
      assert.match(text.slice(text.indexOf("HTTP/1.1 503")), /connection: close/i)
      yield* Fiber.join(closing)
      yield* simulator.requests
    })
  )

  it.live("then ends the rest: streams with an error event, other calls with 503, and both at the provider", () =>
    Effect.gen(function* () {
      const { close, simulator, url } = yield* closable("100ms")
      const [stream, unary] = [yield* raw(url), yield* raw(url)]
      stream.send(request("stall", true))
      yield* stream.until(/data: /)
      unary.send(request("hang", false))
      yield* simulator.awaitRequest(({ model }) => model === "sim-hang")
      yield* Effect.forkChild(close)
      const cut = yield* stream.closed
      assert.match(cut, /data: \{"error":\{[^]*being stopped/)
      assert.notInclude(cut, "The provider")
      assert.notInclude(cut, "[DONE]")
      const refused = yield* unary.closed
      assert.include(refused, "HTTP/1.1 503")
      assert.match(refused, /x-should-retry: true/i)
      assert.match(refused, /connection: close/i)
      assert.include(refused, "being stopped")
      assert.notInclude(refused, "The provider")
    })
  )
})
