import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import { foldEvents } from "../../domain/ChatFold.ts"
import type { ChatEvent } from "../../domain/ChatEvent.ts"
import { OverloadedError, RateLimitError, ServerError, StreamInterruptedError } from "../../domain/ChatResponse.ts"
import * as ModelId from "../../domain/ModelId.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import * as Usage from "../../domain/Usage.ts"
import { type ChatModel, make as makeModel } from "../../model/ChatModel.ts"
import * as Draws from "./Draws.ts"
import { CurrentCall } from "./Log.ts"

/** A duration and its tail: one of a hundred is beyond `p99`. */
export interface Latency {
  readonly median: Duration.Input
  readonly p99?: Duration.Input | undefined
}

/**
 * A time in which a provider is in trouble, counted from the start of the run.
 *
 * - `share`: the share of requests that fail (1: all). `error` is what they fail with: `overloaded` (the default), `server`,
 *   `hang` (silence, until the caller leaves) or `cut` (the stream breaks after its first content).
 * - `slower`: how many times longer everything takes (1).
 */
export interface Outage {
  readonly from: Duration.Input
  readonly lasts: Duration.Input
  readonly share?: number | undefined
  readonly error?: "overloaded" | "server" | "hang" | "cut" | undefined
  readonly slower?: number | undefined
}

/**
 * How a provider behaves.
 *
 * - `firstToken`: the time to the first token; `tokensPerSecond`: the speed after it (80); `outputTokens`: the length of
 *   responses (200).
 * - `errorShare`: the share of requests that fail with a `ServerError` at any time (0).
 * - `rateLimit`: more requests than this in a fixed window are refused with a 429 and its `Retry-After`.
 * - `price`: US dollars per million tokens.
 */
export interface Behavior {
  readonly id: string
  readonly firstToken: Latency
  readonly tokensPerSecond?: number | undefined
  readonly outputTokens?: Draws.Spread | undefined
  readonly inputTokens?: number | undefined
  readonly errorShare?: number | undefined
  readonly outages?: ReadonlyArray<Outage> | undefined
  readonly rateLimit?: { readonly requests: number; readonly per: Duration.Input } | undefined
  readonly price?: { readonly input: number; readonly output: number } | undefined
}

const millis = (input: Duration.Input): number => Duration.toMillis(Duration.fromInputUnsafe(input))

/** Contents come in as many parts after the first. */
const parts = 4

/** What happens to one request. */
interface Turn {
  readonly error: ProviderError | "hang" | "cut" | undefined
  readonly connectMillis: number
  readonly firstTokenMillis: number
  readonly gapMillis: number
  readonly outputTokens: number
}

export const make = (behavior: Behavior): ChatModel<ProviderError> => {
  const { id, inputTokens = 500, outputTokens = { median: 200 }, price, tokensPerSecond = 80 } = behavior
  const names = ModelId.parse(id) ?? { model: id, provider: undefined }
  const { median, p99 } = behavior.firstToken
  const firstToken = { median: millis(median), p99: p99 === undefined ? undefined : millis(p99) }
  const outages = (behavior.outages ?? []).map(({ error, from, lasts, share, slower }) => ({
    error,
    share,
    slower,
    from: millis(from),
    until: millis(from) + millis(lasts)
  }))
  const limit = behavior.rateLimit && { ...behavior.rateLimit, per: millis(behavior.rateLimit.per) }
  const window = { index: -1, count: 0 }

  /** A 429, once the window is used up. */
  const refusal = (now: number): ProviderError | undefined => {
    if (limit === undefined) return undefined
    const index = Math.floor(now / limit.per)
    if (window.index !== index) Object.assign(window, { index, count: 0 })
    if (++window.count <= limit.requests) return undefined
    const retryAfter = Duration.millis((index + 1) * limit.per - now)
    return new RateLimitError({ ...names, status: 429, limit: "requests", allowed: limit.requests, retryAfter })
  }

  const turnOf = (now: number, draws: Draws.Draws): Turn => {
    const [fate, chance] = [draws.next(), draws.next()]
    const outage = outages.find(({ from, until }) => from <= now && now < until)
    const slower = outage?.slower ?? 1
    const failing = outage !== undefined && fate < (outage.share ?? (outage.slower === undefined ? 1 : 0))
    const failure = failing ? errorOf(outage.error ?? "overloaded") : undefined
    const tokens = Math.max(1, Math.round(draws.around(outputTokens)))
    const open = draws.around(firstToken) * slower
    return {
      error: failure ?? refusal(now) ?? (chance < (behavior.errorShare ?? 0) ? errorOf("server") : undefined),
      connectMillis: open / 4,
      firstTokenMillis: (open * 3) / 4,
      gapMillis: ((tokens / tokensPerSecond) * 1000 * slower) / parts,
      outputTokens: tokens
    }
  }

  const errorOf = (kind: NonNullable<Outage["error"]>): Turn["error"] => {
    if (kind === "overloaded") return new OverloadedError({ ...names, status: 503 })
    return kind === "server" ? new ServerError({ ...names, status: 500 }) : kind
  }

  const usageOf = (turn: Turn, output: number) => Usage.make({ input: inputTokens, output: Math.round(output) })
  const costOf = (output: number) =>
    price === undefined ? 0 : (inputTokens * price.input + output * price.output) / 1_000_000

  const events = (turn: Turn, spent: { tokens: number | undefined }): Stream.Stream<ChatEvent, ProviderError> => {
    const { error } = turn
    const head = [
      { type: "response-start", ...names },
      { type: "text-start", id: "0" }
    ] as const
    const word: ChatEvent = { type: "text-delta", id: "0", delta: "word " }
    const opening = Effect.gen(function* () {
      yield* Effect.sleep(turn.connectMillis)
      if (error === "hang") return yield* Effect.never
      if (error !== undefined && error !== "cut") return yield* Effect.fail(error)
      // The input is paid for from here on, even if the caller leaves.
      spent.tokens = 0
      yield* Effect.sleep(turn.firstTokenMillis)
      spent.tokens = 1
      return [...head, word]
    })
    const part = (at: number) =>
      Effect.map(Effect.sleep(turn.gapMillis), (): ReadonlyArray<ChatEvent> => {
        spent.tokens = (turn.outputTokens * at) / parts
        return at < parts
          ? [word]
          : [
              word,
              { type: "text-end", id: "0" },
              { type: "finish", finishReason: "stop", usage: usageOf(turn, turn.outputTokens) }
            ]
      })
    const cut = Effect.suspend(() =>
      Effect.fail(new StreamInterruptedError({ ...names, partial: foldEvents([...head, word]) }))
    )
    const rest = error === "cut" ? [part(1), cut] : Array.from({ length: parts }, (_, at) => part(at + 1))
    return Stream.fromIterable([opening, ...rest]).pipe(
      Stream.mapEffect((chunk: Effect.Effect<ReadonlyArray<ChatEvent>, ProviderError>) => chunk),
      Stream.flatMap((chunk) => Stream.fromIterable(chunk))
    )
  }

  const begin = Effect.withFiber((fiber) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      const call = fiber.getRef(CurrentCall)
      const attempt = call?.seen.get(id) ?? 0
      call?.seen.set(id, attempt + 1)
      const turn = turnOf(now, Draws.make(`${call?.seed}/${id}/${call?.index}/${attempt}`))
      const spent: { tokens: number | undefined } = { tokens: undefined }
      const end = (exit: Exit.Exit<unknown, ProviderError>) =>
        Effect.sync(() => {
          const failure = Exit.findErrorOption(exit)
          const outcome =
            failure._tag === "Some" ? failure.value._tag : Exit.isSuccess(exit) ? "succeeded" : "interrupted"
          const cost = spent.tokens === undefined ? 0 : costOf(spent.tokens)
          call?.log.requests.push({ provider: id, atMillis: now, outcome, cost })
        })
      return { turn, spent, end }
    })
  )

  return makeModel<ProviderError, never>({
    id,
    generate: () =>
      Effect.flatMap(begin, ({ end, spent, turn }) =>
        Effect.onExit(
          Effect.map(Stream.runCollect(events(turn, spent)), (all) => foldEvents(all)),
          end
        )
      ),
    stream: () =>
      Stream.unwrap(
        Effect.map(begin, ({ end, spent, turn }) => {
          let finished = false
          return events(turn, spent).pipe(
            Stream.tap((event) => Effect.sync(() => (finished ||= event.type === "finish"))),
            Stream.onExit((exit) => end(finished ? Exit.void : Exit.isSuccess(exit) ? Exit.interrupt() : exit))
          )
        })
      )
  })
}
