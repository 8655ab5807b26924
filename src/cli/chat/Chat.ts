import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import type { ChatEvent } from "effect-llm/domain/ChatEvent"
import { ChatFold } from "effect-llm/domain/ChatFold"
import type { ChatRequest } from "effect-llm/domain/ChatRequest"
import { ChatResponse } from "effect-llm/domain/ChatResponse"
import * as ChatModel from "effect-llm/model/ChatModel"
import * as Retry from "effect-llm/policies/Retry"
import { withCost } from "effect-llm/policies/WithCost"
import { Registry } from "effect-llm/providers/Registry"
import { CliFailure, of, usage } from "../CliFailure.ts"
import * as Input from "../Input.ts"
import * as Services from "../Services.ts"
import * as Json from "../terminal/Json.ts"
import { plain } from "../terminal/Plain.ts"
import * as Attachment from "./Attachment.ts"
import * as ChatSummary from "./ChatSummary.ts"

/**
 * What `chat` is asked.
 *
 * @since 0.1.0
 * @category models
 */
export interface Chat {
  readonly prompt: ReadonlyArray<string>
  readonly model: string
  readonly system: string | undefined
  readonly files: ReadonlyArray<string>
  readonly maxTokens: number | undefined
  readonly temperature: number | undefined
  readonly effort: NonNullable<ChatRequest["reasoning"]>["effort"]
  readonly quiet: boolean
  readonly json: boolean
}

const requestOf = Effect.fnUntraced(function* (options: Chat) {
  const files = yield* Effect.forEach(options.files, Attachment.read)
  const piped = options.files.includes("-") ? "" : yield* Input.piped
  const text = [options.prompt.join(" "), piped].filter((part) => part.trim() !== "").join("\n\n")
  if (text === "" && files.length === 0) return yield* usage("there is nothing to ask: give a prompt, or pipe one in")
  const request: ChatRequest = {
    messages: [
      ...(options.system === undefined
        ? []
        : [{ role: "system" as const, content: [{ type: "text" as const, text: options.system }] }]),
      { role: "user", content: [...files, ...(text === "" ? [] : [{ type: "text" as const, text }])] }
    ],
    maxOutputTokens: options.maxTokens,
    temperature: options.temperature,
    reasoning: options.effort === undefined ? undefined : { effort: options.effort }
  }
  return request
})

const textOf = (event: ChatEvent): string =>
  event.type === "text-delta" || event.type === "refusal-delta" ? event.delta : ""

/** Writes the answer to stdout as it comes, and gives the whole of it. */
const show = Effect.fnUntraced(function* <E, R>(events: Stream.Stream<ChatEvent, E, R>, silent: boolean) {
  const stdio = yield* Stdio.Stdio
  const clean = (yield* stdio.stdoutIsTerminal) ? plain : (text: string) => text
  const fold = new ChatFold()
  let written = ""
  const texts = events.pipe(
    Stream.map((event) => {
      fold.add(event)
      const text = silent ? "" : clean(textOf(event))
      written = text === "" ? written : text
      return text
    }),
    Stream.filter((text) => text !== "")
  )
  const endLine = Effect.suspend(() => (written === "" || written.endsWith("\n") ? Effect.void : Console.log("")))
  yield* Effect.ensuring(Stream.run(texts, stdio.stdout({ endOnDone: false })), endLine)
  return new ChatResponse(fold.fields())
})

/** A reader of stdout that has gone away has seen enough. */
const failureOf = (error: { readonly _tag: string; readonly message: string }): Effect.Effect<void, CliFailure> => {
  switch (error._tag) {
    case "PlatformError":
      return Effect.void
    case "UnknownModelError":
    case "UnsupportedParameterError":
      return Effect.fail(usage(error.message))
    default:
      return Effect.fail(error instanceof CliFailure ? error : of(error))
  }
}

const layer = Layer.merge(Services.pricing, Layer.provide(Registry.layerConfig, FetchHttpClient.layer))

/**
 * `chat`.
 *
 * @since 0.1.0
 * @category handlers
 */
export const chat = Effect.fnUntraced(
  function* (options: Chat) {
    const registry = yield* Registry
    const model = yield* registry.model(options.model)
    const request = yield* requestOf(options)
    const patient = withCost(ChatModel.retry(model, Retry.standard))
    const response = yield* show(patient.stream(request), options.json)
    if (options.json) yield* Json.print(ChatSummary.toJson(response))
    if (!options.quiet && !options.json) yield* Console.error(ChatSummary.line(options.model, response))
  },
  Effect.provide(layer),
  Effect.catch(failureOf)
)
