import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ChatEvent } from "../domain/ChatEvent.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { Definition } from "./chat/make.ts"
import { asForcedTool, fromForcedTool, makeForcedToolReader } from "./ForcedTool.ts"

/**
 * How a model is made to answer in a given JSON Schema: it takes the schema itself (`json-schema`), it can be held to
 * some JSON and is told the schema in words (`json`), or it is made to call a tool whose input has the schema (`tool`).
 *
 * @since 0.1.0
 * @category models
 */
export type StructuredOutput = "json-schema" | "json" | "tool"

type Ask<E, R> = Pick<Definition<E, R>, "generate" | "stream">

/**
 * Lets a model that has no JSON Schema answer in one: requests for it are rewritten, answers and events written back, so
 * that the JSON is the text of the answer whatever the model can do.
 *
 * @since 0.1.0
 * @category combinators
 */
export const structured = <E, R>(definition: Definition<E, R>): Ask<E, R> => {
  switch (definition.structuredOutput) {
    case "json":
      return {
        generate: (request) => definition.generate(asJson(request)),
        stream: (request) => definition.stream(asJson(request))
      }
    case "tool":
      return {
        generate: (request) => {
          const { name, request: rewritten } = asForcedTool(request)
          const asked = definition.generate(rewritten)
          return name === undefined ? asked : Effect.map(asked, (response) => fromForcedTool(response, name))
        },
        stream: (request) => {
          const { name, request: rewritten } = asForcedTool(request)
          const asked = definition.stream(rewritten)
          return name === undefined ? asked : eventsFromForcedTool(asked, name)
        }
      }
    default:
      return definition
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
 * Rewrites a request for a JSON Schema to one for any JSON, with the schema told in a system message; any other request
 * is returned as it is.
 *
 * @since 0.1.0
 * @category conversions
 */
export const asJson = (request: ChatRequest): ChatRequest => {
  const format = request.responseFormat
  if (format?.type !== "json-schema") return request
  const told = [
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
      content: [{ type: "text", text: told.join("\n") }]
    }),
    responseFormat: { type: "json" }
  }
}
