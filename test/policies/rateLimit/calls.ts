/** Models whose calls take a given time and report given tokens, and what became of them. */
import { Clock, Duration, Effect, type Fiber } from "effect"
import type { Chat } from "../../../src/domain/Capability.ts"
import { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import * as Usage from "../../../src/domain/Usage.ts"
import { kind } from "../../../src/model/ChatModel.ts"
import { CurrentDecisionObserver, type Decision } from "../../../src/policies/Decision.ts"
import * as Model from "../../../src/policies/Model.ts"

export interface Started {
  readonly user: string
  /** Of the request's metadata. */
  readonly index: number
  readonly text: string
  readonly atMillis: number
  inFlight: number
}

/** The text of a request says how long its call takes, in milliseconds, and how many tokens it uses: `millis tokens`. */
export const model = (started: Array<Started> = [], id = "lab/chat") => {
  let inFlight = 0
  return Model.make<Chat, never, never>({
    id,
    kind,
    generate: (request) =>
      Effect.gen(function* () {
        const atMillis = yield* Clock.currentTimeMillis
        const text = textOf(request)
        const [millis = 0, tokens = 1] = text.split(" ").map(Number)
        started.push({
          user: request.user ?? "",
          index: Number(request.metadata?.index),
          text,
          atMillis,
          inFlight: ++inFlight
        })
        yield* Effect.ensuring(
          Effect.sleep(millis),
          Effect.sync(() => inFlight--)
        )
        return new ChatResponse({
          content: [{ type: "text", text: "Hi" }],
          finishReason: "stop",
          usage: Usage.make({ input: tokens, output: 0 }),
          warnings: [],
          attempts: [{ model: id, duration: Duration.zero }]
        })
      })
  })
}

const textOf = (request: unknown): string => {
  const part = (request as Chat["Request"]).messages[0]?.content[0]
  return part?.type === "text" ? part.text : ""
}

/** Counts what the text of a request says that its call uses. */
export const counter = (request: unknown): Effect.Effect<number> =>
  Effect.succeed(Number(textOf(request).split(" ")[1] ?? 1))

export const ask = (millis: number, tokens = 1, user?: string): Chat["Request"] => ({
  messages: [{ role: "user", content: [{ type: "text", text: `${millis} ${tokens}` }] }],
  maxOutputTokens: undefined,
  user
})

/** The most that was taken within a window of so many milliseconds. */
export const mostWithin = (
  windowMillis: number,
  taken: ReadonlyArray<{ readonly atMillis: number; readonly amount: number }>
): number =>
  Math.max(
    0,
    ...taken.map(({ atMillis: from }) =>
      taken
        .filter(({ atMillis }) => atMillis >= from && atMillis < from + windowMillis)
        .reduce((sum, { amount }) => sum + amount, 0)
    )
  )

export const observed = <A, E, R>(effect: Effect.Effect<A, E, R>, decisions: Array<Decision>): Effect.Effect<A, E, R> =>
  Effect.provideService(effect, CurrentDecisionObserver, (decision) => void decisions.push(decision))

export const isDone = (fiber: Fiber.Fiber<unknown, unknown>): boolean => fiber.pollUnsafe() !== undefined
