import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Chat, Streaming } from "../domain/Capability.ts"
import type { ChatEvent } from "../domain/ChatEvent.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ChatResponse } from "../domain/ChatResponse.ts"
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
        generate: (request) =>
          request.responseFormat?.type === "json-schema" ? generateByTool(calls, request) : calls.generate(request),
        stream: (request, streaming) =>
          request.responseFormat?.type === "json-schema"
            ? Stream.unwrap(Effect.map(forcedTool, (tool) => streamByTool(tool, calls, request, streaming)))
            : calls.stream(request, streaming)
      }
    default:
      return calls
  }
}

/** Loaded with the first request for a JSON Schema of a model that has to be forced. */
const forcedTool = Effect.promise(() => import("./ForcedTool.ts"))

const generateByTool = <E, R>(calls: ChatCalls<E, R>, request: ChatRequest): Effect.Effect<ChatResponse, E, R> =>
  Effect.flatMap(forcedTool, ({ asForcedTool, fromForcedTool }) => {
    const { name, request: rewritten } = asForcedTool(request)
    const response = calls.generate(rewritten)
    return name === undefined ? response : Effect.map(response, (response) => fromForcedTool(response, name))
  })

const streamByTool = <E, R>(
  { asForcedTool, makeForcedToolReader }: Effect.Success<typeof forcedTool>,
  calls: ChatCalls<E, R>,
  request: ChatRequest,
  streaming: Streaming<Chat>
): Stream.Stream<ChatEvent, E, R> => {
  const { name, request: rewritten } = asForcedTool(request)
  const events = calls.stream(rewritten, streaming)
  return name === undefined
    ? events
    : Stream.mapAccum(
        events,
        () => makeForcedToolReader(name),
        (read, event) => [read, read(event)]
      )
}

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
