/**
 * How a simulator starts and stops. Alone in its file, so that the sockets of other tests are not counted.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, References, Scope } from "effect"
import { TestConsole } from "effect/testing"
import { Scenario } from "../../../src/testing/Scenario.ts"
import { ListenError, Simulator } from "../../../src/testing/Simulator.ts"
import { dialects, exchange, open, send } from "../wire.ts"

describe("Simulator", () => {
  const started = (options: Parameters<typeof Simulator.layer>[0] = {}) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(Simulator.layer(options), scope)
      return { simulator: yield* Effect.provideContext(Simulator, context), close: Scope.close(scope, Exit.void) }
    }).pipe(Effect.provideService(References.MinimumLogLevel, "None"))

  it.live("closes every connection at once when its layer is closed, and leaves nothing behind", () =>
    Effect.gen(function* () {
      const handles = () =>
        process
          .getActiveResourcesInfo()
          .filter((name) => /TCP/.test(name))
          .sort()
      const before = handles()
      const { close, simulator } = yield* started()
      const { path, request } = dialects.anthropic
      const connections = [
        yield* open(simulator.url),
        yield* send(simulator.url, path, request("sim-hang")),
        yield* send(simulator.url, path, request("sim-stall", undefined, { stream: true })),
        yield* send(simulator.url, path, request("sim-slow", undefined, { stream: true })),
        yield* send(simulator.url, path, request("sim-healthy"), { connection: "keep-alive" })
      ]
      yield* simulator.awaitRequest(({ model }) => model === "sim-hang")
      yield* simulator.awaitRequest(({ bytes, model }) => model === "sim-stall" && bytes > 0)
      yield* simulator.awaitRequest(({ model, status }) => model === "sim-slow" && status === 200)
      yield* simulator.awaitClosed(({ model }) => model === "sim-healthy")
      yield* close
      const ended = yield* Effect.forEach(connections, ({ ended }) => ended)
      assert.strictEqual(ended.length, 5)
      const outcomes = Object.fromEntries((yield* simulator.requests).map(({ model, outcome }) => [model, outcome]))
      assert.deepStrictEqual(outcomes, {
        "sim-hang": "reset",
        "sim-stall": "reset",
        "sim-slow": "reset",
        "sim-healthy": "completed"
      })
      assert.deepStrictEqual(handles(), before)
      const refused = yield* Effect.exit(Effect.tryPromise(() => fetch(simulator.url)))
      assert.isTrue(Exit.isFailure(refused))
    }).pipe(Effect.scoped)
  )

  it.live("fails to start on a port in use", () =>
    Effect.gen(function* () {
      const { close, simulator } = yield* started()
      const port = Number(new URL(simulator.url).port)
      const error = yield* Effect.flip(Effect.scoped(Layer.build(Simulator.layer({ port }))))
      assert.instanceOf(error, ListenError)
      assert.include(error.message, String(port))
      yield* close
    })
  )

  it.live("closes the connection when a scenario throws", () =>
    Effect.gen(function* () {
      const { close, simulator } = yield* started({
        models: {
          odd: Scenario.choose(() => {
            throw new Error("no such scenario")
          })
        }
      })
      const { path, request } = dialects.openai
      const { ended } = yield* exchange(simulator.url, path, request("odd"))
      assert.strictEqual(ended, "ECONNRESET")
      yield* close
    })
  )

  it.effect("run listens until it is interrupted, and prints its address", () =>
    Effect.gen(function* () {
      const running = yield* Effect.forkChild(Simulator.run())
      const draft = yield* Deferred.make<string>()
      yield* TestConsole.logLines.pipe(
        Effect.tap(([line]) => (line === undefined ? Effect.yieldNow : Deferred.succeed(draft, String(line)))),
        Effect.repeat({ until: () => Deferred.isDone(draft) })
      )
      const url = /OPENAI_BASE_URL=(\S+)/.exec(yield* Deferred.await(draft))?.[1]
      const { path, request } = dialects.openai
      assert.strictEqual((yield* exchange(url!, path, request("sim-healthy"))).status, 200)
      yield* Fiber.interrupt(running)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(Effect.tryPromise(() => fetch(url!)))))
    })
  )
})
