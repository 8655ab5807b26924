import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import type { PlatformError } from "effect/PlatformError"
import type { Pricing } from "effect-llm/catalog/Pricing"
import type { ChatRequest } from "effect-llm/domain/ChatRequest"
import type { Message } from "effect-llm/domain/Message"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import { messageOf } from "../CliFailure.ts"
import { plain } from "../terminal/Text.ts"
import { style } from "../terminal/Style.ts"
import { summaryLine, showResponse } from "./Response.ts"
import type { ModelChoice } from "./ModelChoice.ts"

const help = [
  "/new    start a new conversation",
  "/help   show this",
  "/exit   exit; so do Ctrl-D, and Ctrl-C at the prompt"
].join("\n")

/** The options of a conversation at the terminal. */
export interface Dialogue<R> {
  readonly choice: ModelChoice
  /** The history; `/new` keeps only its system messages. */
  readonly messages: ReadonlyArray<Message>
  readonly settings: Omit<ChatRequest, "messages">
  readonly quiet: boolean
  /** Runs after each response. */
  readonly save: (messages: ReadonlyArray<Message>) => Effect.Effect<void, never, R>
}

/** Ends when Ctrl-C is pressed. While keys are being read, the terminal sends no signal for it. */
const interrupted: Effect.Effect<void, never, Terminal.Terminal> = Effect.scoped(
  Effect.gen(function* () {
    const keys = yield* Effect.flatMap(Terminal.Terminal, ({ readInput }) => readInput)
    while (true) {
      const pressed = yield* Effect.option(Queue.take(keys))
      // The queue ends on Ctrl-C, Ctrl-D and Escape; only Ctrl-C stops a response.
      if (Option.isNone(pressed)) return yield* Effect.never
      if (pressed.value.key.ctrl && pressed.value.key.name === "c") return
    }
  })
)

/** Runs a conversation: each line is a message. Ctrl-C stops a response and drops its message from the history. */
export const run = Effect.fnUntraced(function* <R>({
  choice,
  save,
  messages: history,
  quiet,
  settings
}: Dialogue<R>): Effect.fn.Return<void, PlatformError, R | Pricing | Terminal.Terminal | Stdio.Stdio> {
  const terminal = yield* Terminal.Terminal
  const { bold, dim, red } = yield* style
  const write = (text: string) => Console.error(text)
  let messages = history
  yield* write(dim(`${choice.name}. /help lists commands; Ctrl-D exits.`))
  while (true) {
    yield* terminal.display(bold("> "))
    const line = yield* Effect.option(terminal.readLine)
    if (Option.isNone(line)) return yield* Console.log("")
    const text = line.value.trim()
    if (text === "") continue
    if (text === "/exit" || text === "/quit") return
    if (text === "/new") {
      messages = messages.filter(({ role }) => role === "system")
      yield* write(dim("Started a new conversation."))
      continue
    }
    if (text.startsWith("/") && !text.includes(" ") && !text.slice(1).includes("/")) {
      yield* write(dim(help))
      continue
    }
    const prompt: ReadonlyArray<Message> = [...messages, { role: "user", content: [{ type: "text", text }] }]
    const outcome = yield* showResponse(choice.model.stream({ ...settings, messages: prompt }), false).pipe(
      Effect.map(Option.some),
      Effect.raceFirst(Effect.as(interrupted, Option.none())),
      Effect.catch((error: ProviderError | PlatformError) =>
        error._tag === "PlatformError"
          ? Effect.fail(error)
          : Effect.as(write(red(`effect-llm: ${plain(messageOf(error))}`)), undefined)
      )
    )
    if (outcome === undefined) continue
    if (Option.isNone(outcome)) {
      yield* write(dim("Stopped."))
      continue
    }
    const response = outcome.value
    if (!quiet) yield* write(dim(summaryLine(choice.name, response)))
    // A response without content cannot be sent back.
    if (response.message.content.length > 0) messages = [...prompt, response.message]
    yield* save(messages)
  }
})
