import * as Result from "effect/Result"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import type { InvalidRequestError } from "../../../domain/errors/InvalidRequestError.ts"
import type { FilePart } from "../../../domain/ContentPart.ts"
import type { Json } from "../../../domain/Json.ts"
import type { Message } from "../../../domain/Message.ts"
import type { DecodedRequest } from "../../ChatProtocol.ts"
import { checked } from "../../wire/Checked.ts"
import { decodeTools } from "../../wire/FunctionTool.ts"
import { decodeDocument } from "../wire/Documents.ts"
import { RequestBody } from "../wire/RequestBody.ts"
import { array, unknownFields, compact, protocolId, type WireObject } from "../wire/Wire.ts"
import { decodeMessages } from "./MessagesDecoder.ts"

const bodyKeys = new Set(Object.keys(RequestBody.fields))

/**
 * Reads a request as a server. Documents of text become the first parts of the last user's message; what the domain has
 * no field for (`safety_mode`, `citation_options`, documents of other fields) stays in `providerOptions`.
 */
export const decodeRequest = (received: unknown): Result.Result<DecodedRequest, InvalidRequestError> =>
  Result.gen(function* () {
    const body = yield* checked(RequestBody, received, "")
    const wire = received as WireObject
    const { others, tools } = yield* decodeTools(wire.tools, protocolId)
    const documents = array(wire.documents).map((document) => decodeDocument(document) ?? (document as Json))
    const files = documents.filter(isFile)
    const foreign = documents.filter((document): document is Json => !isFile(document))
    const messages = decodeMessages(array(wire.messages) as ReadonlyArray<WireObject>)
    const { response_format: format, strict_tools: strict, thinking, tool_choice: choice } = body
    const rest = compact({
      ...unknownFields(wire, bodyKeys),
      documents: foreign.length === 0 ? undefined : foreign,
      tools: others
    })
    const request: ChatRequest = compact({
      messages: files.length === 0 ? messages : withDocuments(messages, files),
      maxOutputTokens: body.max_tokens ?? undefined,
      temperature: body.temperature ?? undefined,
      topP: body.p ?? undefined,
      topK: body.k ?? undefined,
      stop: body.stop_sequences ?? undefined,
      seed: body.seed ?? undefined,
      frequencyPenalty: body.frequency_penalty ?? undefined,
      presencePenalty: body.presence_penalty ?? undefined,
      logprobs: body.logprobs === true ? 0 : undefined,
      tools: typeof strict === "boolean" ? tools?.map((tool) => ({ ...tool, strict })) : tools,
      toolChoice: choice === "REQUIRED" ? "required" : choice === "NONE" ? "none" : undefined,
      responseFormat: decodeFormat(format ?? undefined),
      reasoning:
        thinking === undefined || thinking === null
          ? undefined
          : thinking.type === "disabled"
            ? { effort: "none" }
            : compact({ budget: thinking.token_budget ?? undefined }),
      providerOptions:
        Object.keys(rest).length === 0 ? undefined : { [protocolId]: rest as { readonly [key: string]: Json } }
    })
    return { model: body.model, stream: body.stream === true, request, includeUsage: true }
  })

const isFile = (u: FilePart | Json): u is FilePart =>
  typeof u === "object" && u !== null && "type" in u && u.type === "file" && "data" in u

const decodeFormat = (
  format: NonNullable<typeof RequestBody.Type.response_format> | undefined
): ChatRequest["responseFormat"] => {
  if (format === undefined || format.type === "text") return format === undefined ? undefined : { type: "text" }
  const schema = format.json_schema ?? format.schema ?? undefined
  return schema === undefined ? { type: "json" } : { type: "json-schema", schema }
}

const withDocuments = (messages: ReadonlyArray<Message>, files: ReadonlyArray<FilePart>): ReadonlyArray<Message> => {
  const at = messages.findLastIndex(({ role }) => role === "user")
  if (at < 0) return [...messages, { role: "user", content: files }]
  return messages.map((message, index): Message =>
    index === at && message.role === "user" ? { ...message, content: [...files, ...message.content] } : message
  )
}
