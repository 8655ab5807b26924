/**
 * Drops the oldest turns of a conversation that is too long, keeping tool calls and their results together.
 *
 *     npx tsx examples/83_trim_conversation.ts
 */
import { Console, Effect } from "effect"
import type { Message } from "effect-llm"
import { Tokenizer } from "effect-llm/tokens/Tokenizer"

const turns = (from: number, to: number): ReadonlyArray<Message.MessageInput> =>
  Array.from({ length: to - from }, (_, index): ReadonlyArray<Message.MessageInput> => [
    { role: "user", content: `Question ${from + index}: what is the weather in the city of that number?` },
    {
      role: "assistant",
      content: [{ type: "tool-call", id: `call-${from + index}`, name: "weather", input: { city: from + index } }]
    },
    {
      role: "tool",
      content: [{ type: "tool-result", id: `call-${from + index}`, output: "Rain, 12 °C, wind from the west" }]
    },
    { role: "assistant", content: "It rains, at 12 °C, with wind from the west." }
  ]).flat()

const program = Effect.gen(function* () {
  const tokenizer = yield* Tokenizer
  const window = { model: "openai/gpt-6-luna", contextWindow: 1000, maxOutputTokens: 200 }
  const messages: ReadonlyArray<Message.MessageInput> = [
    { role: "system", content: "You are a weather service. Be brief." },
    ...turns(0, 50),
    "And tomorrow?"
  ]

  const fit = yield* tokenizer.fits({ messages }, window)
  yield* Console.log(`${messages.length} messages have ${fit.count.tokens} tokens; ${fit.limit} fit.`)

  const { count, dropped, request } = yield* tokenizer.trim({ messages }, window)
  yield* Console.log(
    `Without the oldest ${dropped}, ${request.messages.length} messages have ${count.tokens} tokens:\n`
  )
  for (const { content, role } of request.messages.slice(0, 4)) {
    const [part] = content
    yield* Console.log(`${role}: ${part?.type === "text" ? part.text : part?.type}`)
  }
  yield* Console.log("…")
})

await program.pipe(
  Effect.catchTag("ContextWindowExceededError", (error) => Console.error(error.message)),
  Effect.provide(Tokenizer.layer),
  Effect.runPromise
)
