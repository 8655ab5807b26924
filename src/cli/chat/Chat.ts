import * as Console from "effect/Console"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stdio from "effect/Stdio"
import type { ChatRequest } from "effect-llm/domain/ChatRequest"
import type { Message } from "effect-llm/domain/Message"
import * as ChatModel from "effect-llm/policies/ChatModel"
import * as Retry from "effect-llm/policies/Retry"
import { Registry } from "effect-llm/providers/Registry"
import { CliFailure, fromError, usage } from "../CliFailure.ts"
import * as Input from "../Input.ts"
import * as Services from "../Services.ts"
import { printJson } from "../terminal/Print.ts"
import * as Attachment from "./Attachment.ts"
import { responseJson, summaryLine, showResponse } from "./Response.ts"
import * as Dialogue from "./Dialogue.ts"
import * as LastConversation from "./LastConversation.ts"
import * as ModelChoice from "./ModelChoice.ts"

/** The options of `chat`. */
export interface Chat {
  readonly prompt: ReadonlyArray<string>
  readonly model: string | undefined
  readonly resume: boolean
  readonly system: string | undefined
  readonly files: ReadonlyArray<string>
  readonly maxTokens: number | undefined
  readonly temperature: number | undefined
  readonly effort: NonNullable<ChatRequest["reasoning"]>["effort"]
  readonly timeout: Duration.Duration
  readonly quiet: boolean
  readonly json: boolean
}

/** The user message, if there is any input. */
const promptOf = Effect.fnUntraced(function* (options: Chat) {
  const files = yield* Effect.forEach(options.files, Attachment.read)
  const piped = options.files.includes("-")
    ? ""
    : yield* Input.piped(". Attach an image, a PDF or a recording with `--file`; `--file -` reads it from stdin")
  const text = [options.prompt.join(" "), piped].filter((part) => part.trim() !== "").join("\n\n")
  const content = [...files, ...(text === "" ? [] : [{ type: "text" as const, text }])]
  return content.length === 0 ? [] : [{ role: "user" as const, content }]
})

const settingsOf = ({ effort, maxTokens, temperature }: Chat): Omit<ChatRequest, "messages"> => ({
  maxOutputTokens: maxTokens,
  temperature,
  reasoning: effort === undefined ? undefined : { effort }
})

/** A reader that closes stdout is not an error. */
const failureOf = (error: { readonly _tag: string; readonly message: string }): Effect.Effect<void, CliFailure> => {
  switch (error._tag) {
    case "PlatformError":
      return Effect.void
    case "UnknownModelError":
    case "UnsupportedParameterError":
      return Effect.fail(usage(error.message))
    default:
      return Effect.fail(error instanceof CliFailure ? error : fromError(error))
  }
}

const save = (model: string, messages: ReadonlyArray<Message>) =>
  Effect.catch(LastConversation.save({ model, messages }), ({ message }) => Console.error(`effect-llm: ${message}`))

const layer = Layer.merge(Services.catalog, Layer.provide(Registry.layerConfig, Services.http))

/** `chat`. */
export const chat = Effect.fnUntraced(
  function* (options: Chat) {
    const stdio = yield* Stdio.Stdio
    const prompt = yield* promptOf(options)
    const isTerminal = (yield* stdio.stdinIsTerminal) && (yield* stdio.stdoutIsTerminal)
    const isConversation = isTerminal && options.prompt.length === 0 && !options.json
    if (prompt.length === 0 && !isConversation) {
      return yield* usage("there is no prompt: pass one, or pipe it in")
    }
    const last = options.resume ? yield* LastConversation.load : undefined
    const name = options.model ?? last?.model
    const { model, name: modelName } = yield* name === undefined ? ModelChoice.first : ModelChoice.named(name)
    const choice: ModelChoice.ModelChoice = {
      name: modelName,
      model: model.pipe(
        ChatModel.retry(Retry.standard),
        ChatModel.timeout({ total: options.timeout }),
        ChatModel.withCost
      )
    }
    const { system } = options
    const history = [
      ...(system === undefined
        ? []
        : [{ role: "system" as const, content: [{ type: "text" as const, text: system }] }]),
      ...(last?.messages ?? []).filter(({ role }) => system === undefined || role !== "system")
    ]
    if (isConversation && prompt.length === 0) {
      return yield* Dialogue.run({
        choice,
        messages: history,
        settings: settingsOf(options),
        quiet: options.quiet,
        save: (messages) => save(choice.name, messages)
      })
    }
    const messages = [...history, ...prompt]
    const response = yield* showResponse(choice.model.stream({ ...settingsOf(options), messages }), options.json)
    if (options.json) yield* printJson(responseJson(response))
    if (!options.quiet && !options.json) yield* Console.error(summaryLine(choice.name, response))
    // A script's prompt does not replace the user's last conversation.
    if (isTerminal || options.resume) yield* save(choice.name, [...messages, response.message])
  },
  Effect.provide(layer),
  Effect.catch(failureOf)
)
