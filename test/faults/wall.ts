/** A sick provider and a healthy one behind the usual policies: what the caller of one call gets. */
import { Cause, Clock, Effect, Exit, Redacted, Stream } from "effect"
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
import { serveFaults } from "./rawServer.ts"

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

/** A server that commits the fault on every request; closed with the scope. */
export const serveRaw = Effect.fnUntraced(function* (fault: RawFault) {
  let requests = 0
  const { openSockets, url } = yield* serveFaults(chatWire, () => {
    requests++
    return fault
  })
  return { url: `${url}/v1`, requests: () => requests, openSockets }
})
