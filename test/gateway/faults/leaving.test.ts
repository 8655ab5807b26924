/** A client that leaves: the provider's connection is closed within 10 ms, whatever the client speaks and whenever it leaves. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Layer, Logger, Redacted, Scope } from "effect"
import { connect, createServer, type AddressInfo, type Socket } from "node:net"
import * as Calls from "../../../src/gateway/ledger/Calls.ts"
import type { Wire } from "../../faults/wire.ts"
import { serve } from "../calls/upstream.ts"
import { sqliteFile, storeAt, using } from "../ledger/ledger.ts"
import { stopwatch } from "../stopwatch.ts"
import { type Client, clients } from "./clients.ts"
import { accountAt, type Protocol, protocolNames, protocols, wires } from "./wall.ts"

/** When a client leaves: what the provider has sent by then, and whether it was to be a stream. */
const windows: Readonly<Record<string, { readonly stream: boolean; readonly sent: (wire: Wire) => string }>> = {
  "before the head": { stream: true, sent: () => "" },
  "in a stream": { stream: true, sent: ({ opening, streamType }) => head(streamType) + opening },
  "of a whole response": { stream: false, sent: () => "" },
  "within a whole response": { stream: false, sent: ({ body, bodyType }) => head(bodyType) + body.slice(0, 30) }
}

const head = (type: string) => `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\nconnection: close\r\n\r\n`

/** So often in a row the connection is closed in time; on a machine that is busy with other things, that may take some attempts. */
const inARow = 5
const attempts = 60

/** A provider that never ends, and tells when its sockets close. */
const endless = (wire: Wire) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<{
        readonly url: string
        readonly next: (sent: string) => {
          readonly begun: Deferred.Deferred<void>
          readonly closed: Deferred.Deferred<void>
        }
        readonly sockets: Set<Socket>
        readonly close: () => void
      }>((resume) => {
        const sockets = new Set<Socket>()
        let current: { sent: string; begun: Deferred.Deferred<void>; closed: Deferred.Deferred<void> } | undefined
        const server = createServer((socket) => {
          sockets.add(socket)
          const call = current
          socket.on("error", () => socket.destroy())
          socket.on("close", () => {
            sockets.delete(socket)
            if (call !== undefined) Deferred.doneUnsafe(call.closed, Effect.void)
          })
          let received = ""
          socket.setEncoding("latin1").on("data", (part: string) => {
            received += part
            const end = received.indexOf("\r\n\r\n")
            if (end < 0 || call === undefined) return
            if (received.length - end - 4 < Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0)) return
            if (call.sent !== "") socket.write(call.sent)
            Deferred.doneUnsafe(call.begun, Effect.void)
          })
        })
        server.listen(0, "127.0.0.1", () =>
          resume(
            Effect.succeed({
              url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
              next: (sent) => (current = { sent, begun: Deferred.makeUnsafe(), closed: Deferred.makeUnsafe() }),
              sockets,
              close: () => server.close()
            })
          )
        )
      }),
      ({ close, sockets }) =>
        Effect.sync(() => {
          close()
          for (const socket of sockets) socket.destroy()
        })
    ),
    (server) => ({ ...server, wire })
  )

/** A client with a socket of its own: sends a request, and says when the first piece of a stream has come. */
const ask = (url: string, client: Client, stream: boolean) => {
  const { hostname, port } = new URL(url)
  const body = JSON.stringify(client.body("m", stream))
  const socket = connect(Number(port), hostname)
  const first = Deferred.makeUnsafe<void>()
  let received = ""
  socket.on("error", () => undefined)
  socket.setEncoding("utf8").on("data", (part: string) => {
    received += part
    if (/\r\n\r\n[^]*The/.test(received)) Deferred.doneUnsafe(first, Effect.void)
  })
  socket.write(
    `POST ${client.path("m", stream)} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  )
  return { socket, first }
}

const settings = (protocol: Protocol, url: string) =>
  JSON.stringify({
    providers: {
      [protocol]: accountAt(protocol, url)
    },
    models: { m: `${protocol}/acme` },
    prices: { [`${protocol}/acme`]: { input: 1, output: 10 } },
    policies: { timeout: { firstToken: "20s", idle: "20s" }, budgets: ["all"], circuitBreaker: { failures: 2 } },
    budgets: { all: { usd: 1000 } }
  })

const isInTime = (millis: ReadonlyArray<number>): boolean =>
  millis.length >= inARow && millis.slice(-inARow).every((one) => one < 10)

const leave = Effect.fnUntraced(function* (name: string) {
  const client = clients[name]
  assert(client !== undefined)
  const protocol = protocolNames.find((protocol) => protocols[protocol].client === name) ?? "openai"
  const provider = yield* endless((yield* wires)[protocol])
  const database = yield* sqliteFile
  const running = yield* Scope.make()
  const url = yield* Scope.provide(
    serve(settings(protocol, provider.url), { database: Redacted.make(database), drain: 0 }),
    running
  )
  const tried: Record<string, Array<number>> = {}
  for (const [window, { sent, stream }] of Object.entries(windows)) {
    const all: Array<number> = (tried[window] = [])
    while (!isInTime(all) && all.length < attempts) {
      const { begun, closed } = provider.next(sent(provider.wire))
      const { first, socket } = ask(url, client, stream)
      yield* Deferred.await(begun)
      if (window === "in a stream") yield* Deferred.await(first)
      const elapsed = stopwatch()
      socket.destroy()
      yield* Effect.timeout(Deferred.await(closed), "30 seconds")
      all.push(elapsed())
    }
  }
  yield* Scope.close(running, Exit.void)
  const store = yield* Layer.build(storeAt(database))
  const { calls } = yield* Effect.provideContext(using(Calls.page({ limit: 1000 })), store)
  return { tried, calls, open: provider.sockets.size }
})

describe("a client that leaves", () => {
  for (const name of Object.keys(clients))
    it.live(`closes the provider's connection within 10 ms, and is charged for what was used, in ${name}`, () =>
      Effect.gen(function* () {
        const { calls, open, tried } = yield* leave(name)
        for (const [window, all] of Object.entries(tried))
          assert.isTrue(isInTime(all), `${window}: ${all.map((millis) => millis.toFixed(1)).join(", ")} ms`)
        assert.strictEqual(open, 0)
        // Nobody's circuit is opened: each call reached the provider.
        assert.strictEqual(calls.length, Object.values(tried).flat().length)
        for (const { cost, estimated, inputTokens, outcome, outputTokens, provider, servedModel } of calls) {
          assert.strictEqual(outcome, "interrupted")
          assert.strictEqual(
            provider,
            protocolNames.find((protocol) => protocols[protocol].client === name) ?? "openai"
          )
          assert.isDefined(servedModel)
          assert.isAbove(inputTokens ?? 0, 0)
          assert.isAtLeast(outputTokens ?? -1, 0)
          assert.isAbove(Number(cost), 0)
          assert.isTrue(estimated)
        }
      }).pipe(Effect.provide(Logger.layer([])))
    )
})
