/**
 * A request that came in one dialect and goes out in another keeps its meaning, or the failure names what would be
 * lost. Add a protocol to the table and it is tried with every other.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import type { ChatRequest } from "../../src/domain/ChatRequest.ts"
import type { ContentPart, FilePart, MediaData } from "../../src/domain/ContentPart.ts"
import * as Conversation from "../../src/domain/Conversation.ts"
import type { AssistantPart, Message } from "../../src/domain/Message.ts"
import { AnthropicMessages } from "../../src/protocols/AnthropicMessages.ts"
import { BedrockConverse } from "../../src/protocols/BedrockConverse.ts"
import type { ChatProtocol } from "../../src/protocols/ChatProtocol.ts"
import { CohereChat } from "../../src/protocols/CohereChat.ts"
import { documentText } from "../../src/protocols/DataUrl.ts"
import { GoogleGenerateContent } from "../../src/protocols/GoogleGenerateContent.ts"
import { MistralChat } from "../../src/protocols/MistralChat.ts"
import { OllamaChat } from "../../src/protocols/OllamaChat.ts"
import { OpenAiChat } from "../../src/protocols/OpenAiChat.ts"
import { OpenAiResponses } from "../../src/protocols/OpenAiResponses.ts"
import * as Arb from "../domain/arbitraries.ts"
import { json, type Wire } from "./halves.ts"

interface Dialect {
  readonly protocol: ChatProtocol<never>
  /** A model that takes all that the protocol can say. */
  readonly model: string
  readonly quirks?: object
  /** Parameters that it always says, whether they were asked for or not. */
  readonly adds?: ReadonlyArray<keyof ChatRequest>
}

const dialects: ReadonlyArray<Dialect> = [
  { protocol: OpenAiChat, model: "gpt", quirks: { topK: true, metadataNeedsStore: false } },
  { protocol: AnthropicMessages, model: "claude", adds: ["maxOutputTokens"] },
  { protocol: OpenAiResponses, model: "gpt" },
  { protocol: GoogleGenerateContent, model: "gemini-3.5-flash" },
  { protocol: BedrockConverse, model: "anthropic.claude-sonnet-4-6" },
  { protocol: MistralChat, model: "mistral" },
  { protocol: CohereChat, model: "command" },
  { protocol: OllamaChat, model: "llama" }
]

/** What every application says; how a dialect says its own is a law of its own. */
const requests = Arb.request({
  user: Arb.oneOf<Arb.UserPart>(
    Arb.textPart,
    Arb.textPart,
    Arb.imageUrlPart,
    Arb.imageBytesPart,
    Arb.audioBytesPart,
    Arb.pdfBytesPart
  ),
  assistant: Arb.oneOf<AssistantPart>(Arb.textPart, Arb.textPart, Arb.plainReasoningPart, Arb.refusalPart),
  toolErrors: true,
  tools: true,
  parameters: [
    "maxOutputTokens",
    "temperature",
    "topP",
    "topK",
    "stop",
    "seed",
    "frequencyPenalty",
    "presencePenalty",
    "logprobs",
    "parallelToolCalls",
    "responseFormat",
    "reasoning",
    "user",
    "metadata"
  ]
})

const bytesOf = (data: MediaData): string =>
  data instanceof Uint8Array
    ? Buffer.from(data).toString("base64")
    : typeof data === "string"
      ? data.replace(/^data:.*?,/, "")
      : JSON.stringify(data)

/** Where one text ends and the next begins is not part of what is said, nor is the space between them. */
const words = (texts: ReadonlyArray<string>): string => texts.join("").replaceAll(/\s+/g, "")

const textOf = (part: ContentPart): ReadonlyArray<string> => {
  switch (part.type) {
    case "text":
    case "refusal":
      return [part.text]
    case "file":
      return [documentText(part as FilePart) ?? ""]
    default:
      return []
  }
}

const mediaOf = (part: ContentPart): ReadonlyArray<string> =>
  part.type === "image" || part.type === "audio" || (part.type === "file" && documentText(part) === undefined)
    ? [`${part.type} ${bytesOf(part.data)}`]
    : []

/**
 * What is said, and by whom: words, media in any order, calls by their place, results by the call that they answer.
 * Thoughts are the affair of the model that had them; ids of calls are those of the dialect.
 */
const transcript = (messages: ReadonlyArray<Message>): ReadonlyArray<Wire> => {
  const turns: Array<{ readonly role: string; readonly parts: Array<ContentPart> }> = []
  const system: Array<ContentPart> = []
  for (const { content, role } of messages) {
    const parts: ReadonlyArray<ContentPart> = content
    if (role === "system") system.push(...parts)
    else if (turns.at(-1)?.role === role) turns.at(-1)!.parts.push(...parts)
    else turns.push({ role, parts: [...parts] })
  }
  let called: ReadonlyArray<string> = []
  return [{ role: "system", parts: system }, ...turns].map(({ parts, role }) => {
    if (role === "assistant") called = parts.flatMap((part) => (part.type === "tool-call" ? [part.id] : []))
    return {
      role,
      words: words(parts.flatMap(textOf)),
      media: parts.flatMap(mediaOf).sort(),
      calls: parts.flatMap((part) => (part.type === "tool-call" ? [{ name: part.name, input: part.input }] : [])),
      results: parts
        .flatMap((part) => {
          if (part.type !== "tool-result") return []
          const said = words(typeof part.output === "string" ? [part.output] : part.output.flatMap(textOf))
          const isError = part.isError === true || /^error:?/i.test(said)
          return [{ call: called.indexOf(part.id), said: said.replace(/^error:?/i, ""), isError }]
        })
        .sort((a, b) => a.call - b.call)
    }
  })
}

const shapeOf = (schema: Wire): Wire =>
  JSON.parse(
    JSON.stringify(schema, (key, value) =>
      key === "additionalProperties" || key === "propertyOrdering"
        ? undefined
        : key === "type" && typeof value === "string"
          ? value.toLowerCase()
          : value
    )
  )

/**
 * What a request means, in no dialect. Taken as equal: an absent parameter and its default (any tool or none, several
 * calls at once, free text, no metadata); a tool that must be called, and it alone with some call demanded; efforts of
 * thinking, which dialects have more or fewer of, so long as the model thinks. Of a schema, its closedness is not said
 * by all.
 */
const meaningOf = (request: ChatRequest): { readonly [parameter in keyof ChatRequest]?: Wire } => {
  const { messages, metadata, parallelToolCalls, reasoning, responseFormat, toolChoice, tools, ...rest } = request
  const named = typeof toolChoice === "object" ? toolChoice.tool : undefined
  const choice = named === undefined ? (toolChoice ?? "auto") : "required"
  const {
    cacheControl: _,
    headers: __,
    onUnsupported: ___,
    providerOptions: ____,
    serviceTier: _____,
    ...plain
  } = rest as Wire
  return json({
    ...plain,
    messages: transcript(messages),
    metadata: Object.keys(metadata ?? {}).length === 0 ? undefined : metadata,
    tools: tools
      ?.filter(({ name }) => named === undefined || name === named)
      .map(({ description, inputSchema, name }) => ({ name, description, schema: shapeOf(inputSchema) })),
    toolChoice: tools === undefined || choice === "auto" ? undefined : choice,
    parallelToolCalls: tools === undefined || choice === "none" || parallelToolCalls !== false ? undefined : false,
    responseFormat:
      responseFormat?.type === "json-schema"
        ? { schema: shapeOf(responseFormat.schema) }
        : responseFormat?.type === "json"
          ? "json"
          : undefined,
    reasoning:
      reasoning === undefined ? undefined : reasoning.effort === "none" || reasoning.budget === 0 ? "off" : "on"
  })
}

const encode = ({ model, protocol, quirks }: Dialect, request: ChatRequest) =>
  protocol.encodeRequest(request, { provider: "any", model, stream: false, quirks: quirks as never })

/** A request as a server of the dialect receives it: what the dialect has no word for is not in it. */
const received = (dialect: Dialect, request: ChatRequest): ChatRequest => {
  const { body } = Result.getOrThrow(encode(dialect, { ...request, onUnsupported: "drop" }))
  return Result.getOrThrow(dialect.protocol.decodeRequest(json({ model: dialect.model, ...body }))).request
}

const without = (meaning: Wire, parameters: ReadonlySet<unknown>): Wire =>
  Object.fromEntries(Object.entries(meaning).filter(([parameter]) => !parameters.has(parameter)))


const found = new Map<string, { count: number; sample: unknown }>()
const note = (key: string, sample: unknown) => { const f = found.get(key); if (f) f.count++; else found.set(key, { count: 1, sample }) }
const diff = (a: any, b: any, path = ""): Array<[string, unknown, unknown]> => {
  if (JSON.stringify(a) === JSON.stringify(b)) return []
  if (a && b && typeof a === "object" && typeof b === "object" && Array.isArray(a) === Array.isArray(b)) {
    if (Array.isArray(a) && a.length !== b.length) return [[path + "[length]", a, b]]
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((k) => diff(a[k], b[k], path + "." + (Array.isArray(a) ? "*" : k)))
  }
  return [[path, a, b]]
}
describe("all", () => {
  it.prop("x", [requests], ([generated]) => {
    for (const from of dialects) for (const to of dialects) {
      const name = from.protocol.id + " -> " + to.protocol.id
      try {
        const request = received(from, generated)
        if (Conversation.check(request) !== undefined) { note(name + " CHECK " + Conversation.check(request)!.message, request); continue }
        const encoded = encode(to, request)
        const dropped = Result.getOrThrow(encode(to, { ...request, onUnsupported: "drop" }))
        const lost = new Set<unknown>(dropped.warnings.filter(({ type }) => type === "unsupported-parameter").map(({ parameter }) => parameter))
        const isContentLost = dropped.warnings.some(({ parameter, type }) => type === "unsupported-content" && parameter === "messages")
        if (encoded._tag === "Failure") {
          const f = encoded.failure as any
          if (f._tag !== "UnsupportedParameterError") note(name + " FAIL " + f._tag + " " + f.message, request)
          else if (!(lost.has(f.parameter) || (isContentLost && f.parameter === "messages"))) note(name + " NOTWARNED " + f.parameter, request)
          if (request[f.parameter as keyof ChatRequest] === undefined) note(name + " NOTTHERE " + f.parameter, request)
        } else if (lost.size > 0) note(name + " SILENT " + [...lost], request)
        if (encoded._tag === "Failure" && isContentLost) lost.add("messages")
        const before = meaningOf(request)
        const after = meaningOf(received(to, request))
        const added = to.adds?.filter((parameter) => before[parameter] === undefined) ?? []
        const beside = new Set([...lost, ...added])
        for (const [p, x, y] of diff(without(before, beside), without(after, beside))) note(name + " DIFF " + p, [x, y])
      } catch (e) { note(name + " THROW " + String(e).slice(0, 150), generated) }
    }
  }, { arbitrary: { runs: 150 } })
  it("prints", () => { for (const [k, { count, sample }] of [...found].sort()) console.log(count, k, JSON.stringify(sample).slice(0, 260)) })
})
