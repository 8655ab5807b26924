/** A process of examples/96_two_processes.ts: makes calls when it is told to, and says what came of them. */
import { BigDecimal, Effect, Result, Stream } from "effect"
import type { ChatModel } from "effect-llm"
import { atMostThree, budgeted, limited, shared } from "./sharedLimits.ts"

const [, , redisUrl = "", openAiUrl = ""] = process.argv

/** What a process has been told to do. */
export type Task = "limit" | "budget" | "hold"

/** How many calls succeeded, what they cost, and with which message the last one was refused. */
export interface Outcome {
  readonly calls: number
  readonly usd: string
  readonly refused: string | undefined
}

const request = { messages: "Hello!", maxOutputTokens: 60 }

/** Calls from four fibers, until each is refused. */
const hammer = <E extends Error, R>(model: ChatModel.ChatModel<E, R>) =>
  Effect.gen(function* () {
    let calls = 0
    let usd = BigDecimal.make(0n, 0)
    const untilRefused = Effect.gen(function* () {
      while (true) {
        const result = yield* Effect.result(model.generate(request))
        if (Result.isFailure(result)) return result.failure.message
        const { cost } = result.success
        calls++
        if (cost?._tag === "Priced") usd = BigDecimal.sum(usd, cost.total)
      }
    })
    const messages = yield* Effect.all([untilRefused, untilRefused, untilRefused, untilRefused], {
      concurrency: "unbounded"
    })
    return { calls, usd: BigDecimal.format(usd), refused: messages[0] } satisfies Outcome
  })

const send = (message: Outcome | "ready") => Effect.sync(() => process.send?.(message))

/** Three streams that never end; says so once all of them have begun. */
const hold = Effect.gen(function* () {
  let begun = 0
  const stream = atMostThree.stream({ ...request, maxOutputTokens: 1000 }).pipe(
    Stream.onFirst(() => (++begun === 3 ? send({ calls: begun, usd: "0", refused: undefined }) : Effect.void)),
    Stream.runDrain
  )
  yield* Effect.all([stream, stream, stream], { concurrency: "unbounded" })
})

const run = (task: Task) => {
  switch (task) {
    case "limit":
      return Effect.flatMap(hammer(limited), send)
    case "budget":
      return Effect.flatMap(hammer(budgeted), send)
    case "hold":
      return hold
  }
}

const program = Effect.gen(function* () {
  const context = yield* Effect.context<Effect.Services<ReturnType<typeof run>>>()
  process.on("message", (task: Task) => Effect.runForkWith(context)(run(task)))
  yield* send("ready")
  yield* Effect.callback<void>((resume) => void process.once("disconnect", () => resume(Effect.void)))
})

await program.pipe(Effect.provide(shared(redisUrl, openAiUrl)), Effect.runPromise)
