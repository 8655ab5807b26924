import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { temporary } from "../../cli/cli.ts"
import { served, type Served } from "./process.ts"

/** A call over a connection of its own: its status, or how the connection ended. */
const fresh = async (url: string): Promise<string> => {
  const signal = AbortSignal.timeout(20_000)
  return fetch(`${url}/health/live`, { headers: { connection: "close" }, signal }).then(
    async (response) => {
      await response.text()
      return String(response.status)
    },
    (error: Error) => (signal.aborted ? "unanswered" : ((error.cause as NodeJS.ErrnoException).code ?? error.message))
  )
}

const count = (outcomes: ReadonlyArray<string>) => {
  const counted: Record<string, number> = {}
  for (const outcome of outcomes) counted[outcome] = (counted[outcome] ?? 0) + 1
  return counted
}

/** How many of these calls each worker takes. */
const shares = (url: string, calls: number) =>
  Effect.map(
    Effect.forEach(
      Array.from({ length: calls }),
      () => Effect.promise(() => fetch(`${url}/health/live`, { headers: { connection: "close" } })),
      { concurrency: 8 }
    ),
    // A part of an id tells processes apart.
    (responses) =>
      Object.values(count(responses.map(({ headers }) => String(headers.get("x-request-id")).slice(13, 18))))
  )

/** Kills a worker that connections come to and that takes none, and says what became of them. */
const outcomesOfAKill = Effect.fnUntraced(function* ({ pids, url }: Served) {
  const [worker = 0] = pids()
  process.kill(worker, "SIGSTOP")
  const pending = yield* Effect.promise(async () => {
    const calls = Array.from({ length: 40 }, () => fresh(url))
    // Those of the other worker come back meanwhile.
    await Promise.race(calls)
    return calls
  })
  process.kill(worker, "SIGKILL")
  return count(yield* Effect.promise(() => Promise.all(pending)))
})

/** A system whose sockets cannot share a port. */
const withoutReusePort = `--import=data:text/javascript,${encodeURIComponent(`
import net from "node:net"
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (options, ...rest) {
  if (options?.reusePort !== true) return listen.call(this, options, ...rest)
  setImmediate(() => this.emit("error", Object.assign(new Error("listen ENOTSUP"), { code: "ENOTSUP" })))
  return this
}`)}`

describe("workers", () => {
  for (const isDealt of [true, false])
    it.live(
      `on a system ${isDealt ? "that distributes connections" : "with one queue of connections"} leave none open and unserved when one is killed, and share port 0`,
      () =>
        Effect.gen(function* () {
          const cwd = yield* temporary
          const env: Record<string, string> = isDealt ? {} : { NODE_OPTIONS: withoutReusePort }
          const gateway = yield* served(["--workers", "2", "--port", "0"], { cwd, env })
          const outcomes = yield* outcomesOfAKill(gateway)
          assert.doesNotHaveAnyKeys(outcomes, ["unanswered"])
          assert.isAbove(outcomes["200"] ?? 0, 0)
          // The one that is started in its place listens where it did.
          yield* gateway.until(/another one starts/)
          yield* Effect.promise(() => fetch(`${gateway.url}/health/ready`)).pipe(
            Effect.repeat({ until: ({ ok }) => ok, schedule: Schedule.spaced("50 millis") })
          )
          assert.strictEqual(gateway.pids().length, 2)
          const shared = yield* shares(gateway.url, 64)
          if (isDealt) assert.isAbove(Math.min(...shared), 9)
          if (isDealt) assert.strictEqual(shared.length, 2)
          gateway.signal("SIGTERM")
          assert.strictEqual(yield* Effect.promise(() => gateway.exit), 0)
        }),
      180_000
    )

  it.live("do not start at a port that is in use", () =>
    Effect.gen(function* () {
      const other = createServer()
      yield* Effect.callback<void>((resume) => void other.listen(0, "127.0.0.1", () => resume(Effect.void)))
      const { port } = other.address() as AddressInfo
      const cwd = yield* temporary
      const { exit, output } = yield* served(["--workers", "2", "--port", String(port)], { cwd })
      assert.strictEqual(yield* Effect.promise(() => exit), 1)
      assert.include(output(), `127.0.0.1:${port} is in use by another program`)
      other.close()
    })
  )
})
