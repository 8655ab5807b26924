/** The server's side of a response that is made piece by piece. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Context, Effect, Scheduler } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { InProgress } from "../../../src/gateway/http/InProgress.ts"
import { listener } from "../../../src/gateway/http/NodeServer.ts"
import { Uploads } from "../../../src/gateway/http/Uploads.ts"

describe("a response in pieces", () => {
  it.live("continues if the client has read a piece before its fiber waits for the drain", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const piece = `${"x".repeat(99_999)}\n`
        let left = 20
        const body = Effect.suspend(() => (left-- > 0 ? Effect.succeed([piece]) : Cause.done()))
        const listen = listener({
          respond: () => Effect.succeed({ status: 200, headers: {}, body }),
          refuse: () => ({ status: 503, headers: {} }),
          limits: { bodyBytes: 1000, uploads: new Uploads() },
          nextId: () => "id",
          remoteOf: (peer) => peer,
          clock: yield* Clock.Clock,
          // A fiber that gives way every other step.
          context: Context.make(Scheduler.MaxOpsBeforeYield, 3),
          inProgress: new InProgress()
        })
        const server = createServer(listen)
        yield* Effect.addFinalizer(() => Effect.sync(() => server.close()))
        yield* Effect.callback<void>((resume) => {
          server.listen(0, "127.0.0.1", () => resume(Effect.void))
        })
        const { port } = server.address() as AddressInfo
        const text = yield* Effect.promise(async () => (await fetch(`http://127.0.0.1:${port}`)).text())
        assert.strictEqual(text, piece.repeat(20))
      })
    )
  )
})
