import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Chat } from "../domain/Capability.ts"
import type { ChatEvent } from "../domain/ChatEvent.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import { asForcedTool, fromForcedTool, makeForcedToolReader } from "./ForcedTool.ts"
import type { Calls } from "./Model.ts"

/**
 * How a model is made to respond in a given JSON Schema: it takes the schema itself (`json-schema`), it has a JSON mode and
 * is given the schema as an instruction (`json`), or it is forced to call a tool whose input has the schema (`tool`).
 *
 * @since 0.1.0
 * @category models
 */
export type StructuredOutput = "json-schema" | "json" | "tool"

/** The calls of a chat model. */
export interface ChatCalls<E, R> extends Pick<Calls<Chat, E, R>, "generate"> {
  readonly stream: NonNullable<Calls<Chat, E, R>["stream"]>
}

/**
 * Lets a model without JSON Schemas respond in one: requests are rewritten, and responses and events are written back, so
 * that the JSON is the text of the response whatever the model can do.
 *
 * @since 0.1.0
 * @category combinators
 */
export const structured = <E, R>(
  structuredOutput: StructuredOutput | undefined,
  calls: ChatCalls<E, R>
): ChatCalls<E, R> => {
  switch (structuredOutput) {
    case "json":
      return {
        generate: (request) => calls.generate(asJson(request)),
        stream: (request, streaming) => calls.stream(asJson(request), streaming)
      }
    case "tool":
      return {
        generate: (request) => {
          const { name, request: rewritten } = asForcedTool(request)
          const response = calls.generate(rewritten)
          return name === undefined ? response : Effect.map(response, (response) => fromForcedTool(response, name))
        },
        stream: (request, streaming) => {
          const { name, request: rewritten } = asForcedTool(request)
          const events = calls.stream(rewritten, streaming)
          return name === undefined ? events : eventsFromForcedTool(events, name)
        }
      }
    default:
      return calls
  }
}

const eventsFromForcedTool = <E, R>(
  stream: Stream.Stream<ChatEvent, E, R>,
  name: string
): Stream.Stream<ChatEvent, E, R> =>
  Stream.mapAccum(
    stream,
    () => makeForcedToolReader(name),
    (read, event) => [read, read(event)]
  )

/**
 * Rewrites a request for a JSON Schema to one for any JSON, with the schema in a system message; any other request is
 * returned as it is.
 *
 * @since 0.1.0
 * @category conversions
 */
export const asJson = (request: ChatRequest): ChatRequest => {
  const format = request.responseFormat
  if (format?.type !== "json-schema") return request
  const instructions = [
    "Answer with one JSON value that conforms to the following JSON Schema, and with nothing else.",
    ...(format.description === undefined ? [] : [`It is: ${format.description}`]),
    JSON.stringify(format.schema)
  ]
  const first = request.messages.findIndex(({ role }) => role !== "system")
  const at = first < 0 ? request.messages.length : first
  return {
    ...request,
    messages: request.messages.toSpliced(at, 0, {
      role: "system",
      content: [{ type: "text", text: instructions.join("\n") }]
    }),
    responseFormat: { type: "json" }
  }
}
