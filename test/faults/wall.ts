/** A sick provider and a healthy one behind the usual policies: what the caller of one call gets. */
import { createServer, type AddressInfo, type Socket } from "node:net"
import { Cause, Clock, Effect, Exit, Redacted, type Scope, Stream } from "effect"
import {
  AllFailedError,
  type Attempt,
  ChatModel,
  type ChatResponse,
  Fallback,
  foldEvents,
  OpenAiCompatible,
  Provider,
  Retry
} from "effect-llm"
import * as Price from "effect-llm/catalog/Price"
import * as Pricing from "effect-llm/catalog/Pricing"
import type { ChatEvent } from "effect-llm/domain/ChatEvent"
import type { Cost } from "effect-llm/domain/Cost"
import type { Usage } from "effect-llm/domain/Usage"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import type { ChatProtocol } from "effect-llm/protocols/ChatProtocol"
import { chatWire, type RawFault } from "./rawFaults.ts"

/** The sick provider, whatever it speaks. */
export const sickOf = (protocol: ChatProtocol) => {
  class Sick extends Provider.Service<Sick>()({ id: "sick", baseUrl: "http://127.0.0.1:9", protocol }) {}
  return Sick
}
export class Healthy extends OpenAiCompatible.Service<Healthy>()({ id: "healthy", baseUrl: "http://127.0.0.1:9/v1" }) {}

export const healthyText = "What the healthy provider says."

const price = Price.make({ input: 1, output: 10 })
/** Everything costs the same, but for what names no usage. */
export const pricesOf = (models: ReadonlyArray<string>) =>
  Pricing.layerWith({ models: [], prices: Object.fromEntries(models.map((model) => [model, price])) })

export const apiKey = Redacted.make("key")
export const healthyAt = (baseUrl: string) => Healthy.layer({ apiKey, baseUrl })

/** Limits short enough for a test, and long enough for a machine that is busy. */
const limits = { connect: "2 seconds", firstToken: "2 seconds", idle: "2 seconds", total: "5 seconds" } as const
const retries = Retry.make({ times: 2, base: "1 millis", total: "10 seconds", retryAfterLimit: "100 millis" })

/** Timeout, retry and fallback, as docs/policies.md recommends them. */
export const chain = <R>(sick: ChatModel.ChatModel<ProviderError, R>, onInterrupted: "fail" | "restart") =>
  Fallback.make(
    [
      sick.pipe(ChatModel.timeout(limits), ChatModel.retry(retries)),
      Healthy.model("model").pipe(ChatModel.timeout({ total: "20 seconds" }), ChatModel.retry(retries))
    ],
    { onInterrupted }
  ).pipe(ChatModel.withCost)

/** What the caller saw of a call. */
export interface Seen {
  readonly exit: Exit.Exit<unknown, unknown>
  readonly error: string | undefined
  /** What was shown, up to the end; of a stream that was restarted also what was shown before. */
  readonly shown: string
  readonly before: string | undefined
  readonly finishes: number
  readonly provider: string | undefined
  readonly usage: Usage | undefined
  readonly cost: Cost | undefined
  readonly attempts: ReadonlyArray<Attempt>
  readonly millis: number
}

const errorOf = (exit: Exit.Exit<unknown, unknown>): string | undefined => {
  if (Exit.isSuccess(exit)) return undefined
  const error: unknown = Cause.squash(exit.cause)
  return error instanceof AllFailedError ? error.reason._tag : `unexpected: ${String(error)}`
}

const seenOf = (
  exit: Exit.Exit<ChatResponse, unknown>,
  events: ReadonlyArray<ChatEvent>,
  millis: number,
  isStream: boolean
): Seen => {
  const restart = events.findLastIndex(({ type }) => type === "restarted")
  const textOf = (some: ReadonlyArray<ChatEvent>) =>
    some.map((event) => (event.type === "text-delta" ? event.delta : "")).join("")
  const response = Exit.isSuccess(exit) ? exit.value : undefined
  const failure = Exit.isSuccess(exit) ? undefined : Cause.squash(exit.cause)
  return {
    exit,
    error: errorOf(exit),
    shown: isStream ? textOf(events.slice(restart + 1)) : (response?.text ?? ""),
    before: restart < 0 ? undefined : textOf(events.slice(0, restart)),
    finishes: events.filter(({ type }) => type === "finish").length,
    provider: response?.provider,
    usage: response?.usage,
    cost: response?.cost,
    attempts: response?.attempts ?? (failure instanceof AllFailedError ? failure.attempts : []),
    millis
  }
}

export const callUnary = <E, R>(model: ChatModel.ChatModel<E, R>): Effect.Effect<Seen, never, R> =>
  Effect.gen(function* () {
    const startedAt = yield* Clock.currentTimeMillis
    const exit = yield* Effect.exit(model.generate("Hello"))
    return seenOf(exit, [], (yield* Clock.currentTimeMillis) - startedAt, false)
  })

export const callStream = <E, R>(model: ChatModel.ChatModel<E, R>): Effect.Effect<Seen, never, R> =>
  Effect.gen(function* () {
    const startedAt = yield* Clock.currentTimeMillis
    const events: Array<ChatEvent> = []
    const read = Stream.runForEach(model.stream?.("Hello") ?? Stream.empty, (event) =>
      Effect.sync(() => void events.push(event))
    )
    const exit = yield* Effect.exit(Effect.map(read, () => foldEvents(events)))
    return seenOf(exit, events, (yield* Clock.currentTimeMillis) - startedAt, true)
  })

export interface RawServer {
  readonly url: string
  /** How many requests have arrived. */
  readonly requests: () => number
  readonly openSockets: () => number
}

/** A server that does with every request what the fault says; closed with the scope. */
export const serveRaw = (fault: RawFault): Effect.Effect<RawServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const sockets = new Set<Socket>()
    let requests = 0
    const server = createServer((socket) => {
      sockets.add(socket)
      const timers = new Set<NodeJS.Timeout>()
      socket.on("error", () => socket.destroy())
      socket.on("close", () => {
        sockets.delete(socket)
        for (const timer of timers) clearInterval(timer)
      })
      let received = ""
      socket.setEncoding("utf8").on("data", (part: string) => {
        received += part
        const headEnd = received.indexOf("\r\n\r\n")
        if (headEnd < 0) return
        const length = Number(/content-length: (\d+)/i.exec(received.slice(0, headEnd))?.[1] ?? 0)
        if (Buffer.byteLength(received.slice(headEnd + 4)) < length) return
        const isStream = /"stream":\s*true/.test(received)
        received = ""
        requests++
        fault.run({
          wire: chatWire,
          socket,
          isStream,
          every: (millis, run) => {
            timers.add(setInterval(() => (socket.writable ? run() : undefined), millis))
          }
        })
      })
    })
    yield* Effect.acquireRelease(
      Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
      () =>
        Effect.callback<void>((resume) => {
          server.close(() => resume(Effect.void))
          for (const socket of sockets) socket.destroy()
        })
    )
    const { port } = server.address() as AddressInfo
    return {
      url: `http://127.0.0.1:${port}/v1`,
      requests: () => requests,
      openSockets: () => sockets.size
    }
  })
