import * as Predicate from "effect/Predicate"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ContentPart } from "../../domain/ContentPart.ts"
import type { Warning } from "../../domain/Warning.ts"
import { requestOf } from "../../domain/Wire.ts"

/**
 * Fields of one protocol without which a response would be another: more of them, other words, another medium, what only that
 * provider keeps or runs. All others say how a response is made, paid for or kept, and are left out where nobody else knows them.
 */
const essential: { readonly [protocol: string]: ReadonlySet<string> } = {
  "openai-chat": new Set([
    "audio",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "modalities",
    "n",
    "response_format",
    "top_logprobs",
    "web_search_options"
  ]),
  "openai-responses": new Set(["conversation", "prompt", "text.format", "top_logprobs"]),
  "anthropic-messages": new Set(["container", "mcp_servers"]),
  "google-generate-content": new Set([
    "audioTimestamp",
    "cachedContent",
    "candidateCount",
    "imageConfig",
    "responseJsonSchema",
    "responseLogprobs",
    "responseModalities",
    "responseSchema",
    "speechConfig"
  ])
}

/** Where objects of parameters are within a request. */
const containers: ReadonlySet<string> = new Set(["generationConfig", "generation_config", "options"])

/** Objects with fields that other protocols may have too. */
const groups: ReadonlySet<string> = new Set([
  "output_config",
  "reasoning",
  "stream_options",
  "text",
  "thinking",
  "thinkingConfig"
])

interface Foreign {
  readonly warnings: ReadonlyArray<Warning>
  /** A field that cannot be left out, and why. */
  readonly refused: { readonly parameter: string; readonly detail: string } | undefined
}

const none: Foreign = { warnings: [], refused: undefined }

/**
 * What becomes of the fields that a server received in the words of another protocol, which has some that this one has not. With
 * `onUnsupported`, all of them are left out, or none.
 */
export const foreignFields = (protocol: string, request: CallRequest): Foreign => {
  const received = requestOf(request)
  if (received === undefined || received.protocol === protocol) return none
  const options = request.providerOptions
  const own =
    options !== undefined && Object.hasOwn(options, received.protocol) ? options[received.protocol] : undefined
  const kept = essential[received.protocol]
  // `n: 1` and the like say nothing, so nothing is lost with them.
  const fields = fieldsIn(own ?? {}).filter(([name, value]) =>
    kept?.has(name) === true ? !isUsual(value) : !(name === "encoding_format" && value === "float")
  )
  const parts = partsIn(request, received.protocol)
  if (fields.length === 0 && parts.length === 0) return none
  const { onUnsupported } = request
  const isRefused = ([name]: (typeof fields)[number]): boolean =>
    onUnsupported === "fail" || (onUnsupported === undefined && kept?.has(name) === true)
  // A prompt without one of its parts would be another; of earlier responses, the text is enough.
  const isRefusedPart = ({ role }: ForeignPart): boolean =>
    onUnsupported === "fail" || (onUnsupported === undefined && role !== "assistant")
  const field = fields.find(isRefused)
  const part = parts.find(isRefusedPart)
  const known = `is known to ${received.protocol} only`
  const refusal = (parameter: string, name: string) => ({
    parameter,
    detail: `${name} ${known}, and the model that is called speaks ${protocol}`
  })
  return {
    warnings: [
      ...fields.map(([parameter, value]): Warning => {
        const message = `${parameter}${typesIn(value)} ${known}, and was left out`
        return { type: "unsupported-parameter", parameter, message }
      }),
      ...parts.map(({ at, name }): Warning => {
        const message = `${at}: ${name} ${known}, and was left out`
        return { type: "unsupported-content", parameter: "messages", message }
      })
    ],
    refused: field ? refusal(field[0], field[0]) : part && refusal("messages", `${part.at}: ${part.name}`)
  }
}

/** A part of a message that is one protocol's own. */
interface ForeignPart {
  readonly role: string
  readonly at: string
  /** What its protocol calls it: its type, or its one field. */
  readonly name: string
}

const partsIn = (request: CallRequest, protocol: string): ReadonlyArray<ForeignPart> =>
  (Predicate.hasProperty(request, "messages") ? (request.messages as ChatRequest["messages"]) : []).flatMap(
    ({ content, role }, m) =>
      (content as ReadonlyArray<ContentPart>).flatMap((part, p): ReadonlyArray<ForeignPart> => {
        if (part.type !== "provider" || part.protocol !== protocol) return []
        const { value } = part
        const type = Predicate.hasProperty(value, "type") ? value.type : undefined
        const name = typeof type === "string" ? type : (Object.keys(value ?? {})[0] ?? "a part")
        return [{ role, at: `messages[${m}].content[${p}]`, name }]
      })
  )

const fieldsIn = (own: object): ReadonlyArray<readonly [name: string, value: unknown]> =>
  Object.entries(own).flatMap(([name, value]): ReadonlyArray<readonly [string, unknown]> => {
    if (value === undefined || value === null) return []
    if (!Predicate.isObject(value)) return [[name, value]]
    if (containers.has(name)) return fieldsIn(value)
    return groups.has(name) ? fieldsIn(value).map(([key, value]) => [`${name}.${key}`, value]) : [[name, value]]
  })

/** The types of a list of tools or the like: Google's have one field, which is named so. */
const typesIn = (value: unknown): string => {
  const types = (Array.isArray(value) ? value : []).flatMap((item: unknown) => {
    if (!Predicate.isObject(item)) return []
    return Predicate.hasProperty(item, "type") && typeof item.type === "string" ? [item.type] : Object.keys(item)
  })
  return types.length === 0 ? "" : ` (${[...new Set(types)].join(", ")})`
}

/** The default values of fields, which clients send without meaning anything by them. */
const isUsual = (value: unknown): boolean => {
  if (value === undefined || value === null || value === false || value === 0 || value === 1 || value === "")
    return true
  if (Array.isArray(value)) return value.every((item) => typeof item === "string" && /^text$/i.test(item))
  return Predicate.isObject(value) && Object.keys(value).length === 0
}
