/** A chat model whose costs are known exactly: it reports its usage with every chunk, and logs what it made. */
import { BigDecimal, Cause, Duration, Effect, Layer, Stream } from "effect"
import * as Price from "../../../src/catalog/Price.ts"
import { layerWith, Pricing } from "../../../src/catalog/Pricing.ts"
import type { Chat } from "../../../src/domain/Capability.ts"
import type { ChatEvent } from "../../../src/domain/ChatEvent.ts"
import { ChatResponse, StreamInterruptedError } from "../../../src/domain/ChatResponse.ts"
import type { ProviderError } from "../../../src/domain/ProviderError.ts"
import * as Usage from "../../../src/domain/Usage.ts"
import { kind } from "../../../src/model/ChatModel.ts"
import * as ChatModel from "../../../src/policies/ChatModel.ts"
import * as Model from "../../../src/policies/Model.ts"

/** Dollars for a million tokens. */
const price = Price.make({ input: 3, output: 15 })
export const inputTokens = 11
export const chunkTokens = 7

export const dollarsOf = (outputTokens: number, input = inputTokens): BigDecimal.BigDecimal =>
  BigDecimal.normalize(BigDecimal.make(BigInt(3 * input + 15 * outputTokens), 6))

/** What one call of the model does. */
export interface Script {
  readonly chunks: number
  readonly end: "finish" | "fail" | "hang"
  readonly pauseMillis?: number
}

/** What the model has made in one call. */
export interface Made {
  outputTokens: number
  chunks: number
  closed: boolean
}

const words = (index: number) => `word${index} `

export interface MeteredOptions {
  /** Whether usage is reported with every chunk, at the end only, or never. */
  readonly reports?: "always" | "finish" | "never"
  readonly id?: string
}

export const metered = (
  scriptOf: (call: number) => Script,
  made: Array<Made> = [],
  { id = "lab/metered", reports = "always" }: MeteredOptions = {}
): Model.Model<Chat, ProviderError> => {
  const usageOf = (outputTokens: number) => Usage.make({ input: inputTokens, output: outputTokens })
  const textOf = (chunks: number) => Array.from({ length: chunks }, (_, index) => words(index)).join("")
  const responseOf = (chunks: number, usage: Usage.Usage) =>
    new ChatResponse({
      content: [{ type: "text", text: textOf(chunks) }],
      finishReason: "stop",
      usage,
      warnings: [],
      attempts: [{ model: id, duration: Duration.zero }]
    })
  const cut = (chunks: number) =>
    new StreamInterruptedError({
      provider: "lab",
      partial: responseOf(chunks, reports === "always" ? usageOf(chunks * chunkTokens) : Usage.unknown)
    })
  const begin = () => {
    const call: Made = { outputTokens: 0, chunks: 0, closed: false }
    const script = scriptOf(made.length)
    made.push(call)
    return { call, script }
  }
  return Model.make<Chat, ProviderError, never>({
    id,
    kind,
    generate: () =>
      Effect.suspend(() => {
        const { call, script } = begin()
        const tokens = script.chunks * chunkTokens
        const ending = Effect.suspend(() => {
          if (script.end === "hang") return Effect.never
          call.outputTokens = tokens
          return script.end === "fail"
            ? Effect.fail(cut(script.chunks))
            : Effect.succeed(responseOf(script.chunks, reports === "never" ? Usage.unknown : usageOf(tokens)))
        })
        return Effect.ensuring(
          Effect.andThen(Effect.sleep(script.pauseMillis ?? 0), ending),
          Effect.sync(() => (call.closed = true))
        )
      }),
    stream: () =>
      Stream.suspend(() => {
        const { call, script } = begin()
        const opening: Array<ChatEvent> = [{ type: "response-start" }]
        if (reports === "always") opening.push({ type: "usage", usage: usageOf(0) })
        const pull = Effect.suspend(
          (): Effect.Effect<readonly [ChatEvent, ...ReadonlyArray<ChatEvent>], ProviderError | Cause.Done> => {
            const [first, ...others] = opening.splice(0)
            if (first !== undefined) return Effect.succeed([first, ...others])
            if (call.chunks < script.chunks) {
              // What is cut off before it arrives was not made.
              return Effect.map(Effect.sleep(script.pauseMillis ?? 0), () => {
                const text: ChatEvent = { type: "text-delta", id: "0", delta: words(call.chunks) }
                call.chunks++
                call.outputTokens += chunkTokens
                return reports === "always" ? [text, { type: "usage", usage: usageOf(call.outputTokens) }] : [text]
              })
            }
            if (call.chunks > script.chunks) return Cause.done()
            if (script.end === "hang") return Effect.never
            if (script.end === "fail") return Effect.fail(cut(script.chunks))
            call.chunks++
            return Effect.succeed([
              {
                type: "finish",
                finishReason: "stop",
                usage: reports === "never" ? Usage.unknown : usageOf(call.outputTokens)
              }
            ])
          }
        )
        return Stream.ensuring(
          Stream.fromPull(Effect.succeed(pull)),
          Effect.sync(() => (call.closed = true))
        )
      })
  })
}

const prices = layerWith({ models: [], prices: { "lab/metered": price, "lab/other": price } })

/** Prices, and the modules that a first call loads: later calls do not wait for them while the clock of a test stands still. */
export const pricing: Layer.Layer<Pricing> = Layer.effect(
  Pricing,
  Effect.gen(function* () {
    const first = ChatModel.withCost(metered(() => ({ chunks: 1, end: "finish" })))
    yield* Effect.ignore(first.generate("Hi"))
    return yield* Pricing
  })
).pipe(Layer.provide(prices))
