/**
 * A request that came in one dialect and goes out in another keeps its meaning, or the failure names what would be
 * lost. Add a protocol to the table and it is tried with every other.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import { type ChatRequest, isDemanded, isLabel } from "../../src/domain/ChatRequest.ts"
import type { ContentPart, FilePart, MediaData } from "../../src/domain/ContentPart.ts"
import * as Conversation from "../../src/domain/Conversation.ts"
import type { AssistantPart, Message } from "../../src/domain/Message.ts"
import { AnthropicMessages } from "../../src/protocols/AnthropicMessages.ts"
import { BedrockConverse } from "../../src/protocols/BedrockConverse.ts"
import type { ChatProtocol } from "../../src/protocols/ChatProtocol.ts"
import { CohereChat } from "../../src/protocols/CohereChat.ts"
import { documentText } from "../../src/protocols/wire/request/MediaInput.ts"
import { GoogleGenerateContent } from "../../src/protocols/GoogleGenerateContent.ts"
import { MistralChat } from "../../src/protocols/MistralChat.ts"
import { OllamaChat } from "../../src/protocols/OllamaChat.ts"
import { OpenAiChat } from "../../src/protocols/OpenAiChat.ts"
import { OpenAiResponses } from "../../src/protocols/OpenAiResponses.ts"
import { WatsonxChat } from "../../src/protocols/WatsonxChat.ts"
import * as Arb from "../domain/arbitraries.ts"
import { assertSame, json, type Wire } from "./halves.ts"

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
  { protocol: OllamaChat, model: "llama" },
  { protocol: WatsonxChat, model: "granite" }
]

/**
 * What every application says: a user's turn has words, an answer's refusal comes last. How a dialect says what is its
 * own is a law of its own tests.
 */
const requests = Arbitrary.map(
  Arb.request({
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
  }),
  ({ messages, ...request }): ChatRequest => ({
    ...request,
    messages: messages.map((message): Message => {
      if (message.role === "user") {
        return { role: "user", content: [{ type: "text", text: "Look:" }, ...message.content] }
      }
      if (message.role !== "assistant") return message
      const isRefusal = ({ type }: AssistantPart) => type === "refusal"
      const content = message.content.filter((part) => !isRefusal(part))
      const said: ReadonlyArray<AssistantPart> = content.some(({ type }) => type === "tool-call")
        ? content
        : [...content, { type: "text", text: "That is all." }]
      return { role: "assistant", content: [...said, ...message.content.filter(isRefusal)] }
    })
  })
)

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
 * What is said, and by whom: words, media in any order, calls by their place, results by the call that they answer; a
 * result says by a flag or by its first word that the tool failed. Thoughts are the affair of the model that had them,
 * ids of calls are those of the dialect, and a turn in which nothing else is said is none.
 */
const transcript = (messages: ReadonlyArray<Message>): ReadonlyArray<Wire> => {
  const turns: Array<{ readonly role: string; readonly parts: Array<ContentPart> }> = [{ role: "system", parts: [] }]
  for (const { content, role } of messages) {
    const parts = (content as ReadonlyArray<ContentPart>).filter(isSaid)
    const last = role === "system" ? turns[0] : turns.at(-1)
    if (last?.role === role) last.parts.push(...parts)
    else if (parts.length > 0) turns.push({ role, parts: [...parts] })
  }
  let called: ReadonlyArray<string> = []
  return turns.map(({ parts, role }) => {
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

const transcripts = new WeakMap<ReadonlyArray<Message>, ReadonlyArray<Wire>>()

const transcriptOf = (messages: ReadonlyArray<Message>): ReadonlyArray<Wire> => {
  const known = transcripts.get(messages) ?? json(transcript(messages))
  transcripts.set(messages, known)
  return known
}

const isSaid = (part: ContentPart): boolean =>
  part.type === "tool-call" || part.type === "tool-result" || words(textOf(part)) !== "" || mediaOf(part).length > 0

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

type Meaning = { readonly [parameter in keyof ChatRequest]?: Wire }

/**
 * What a request means, in no dialect. Taken as equal: an absent parameter and its default (any tool or none, several
 * calls at once, free text, no metadata); tools that may not be called and no tools; a tool that must be called, and it
 * alone with some call demanded; efforts of thinking, of which dialects have more or fewer, so long as the model thinks.
 * Of a schema, its closedness is not said by all. Tiers have other names with everyone.
 */
const meaningOf = (request: ChatRequest): Meaning => {
  const { messages, metadata, parallelToolCalls, reasoning, responseFormat, toolChoice, tools, ...rest } = request
  const {
    cacheControl: _,
    headers: __,
    onUnsupported: ___,
    providerOptions: ____,
    serviceTier: _____,
    ...plain
  } = rest as Wire
  const named = typeof toolChoice === "object" ? toolChoice.tool : undefined
  const offered = toolChoice === "none" ? undefined : tools?.filter(({ name }) => named === undefined || name === named)
  const { budget, effort } = reasoning ?? {}
  const meaning = json({
    ...plain,
    // A penalty of 0 means no more than none.
    frequencyPenalty: isDemanded(request, "frequencyPenalty") ? request.frequencyPenalty : undefined,
    presencePenalty: isDemanded(request, "presencePenalty") ? request.presencePenalty : undefined,
    metadata: Object.keys(metadata ?? {}).length === 0 ? undefined : metadata,
    tools: offered?.map(({ description, inputSchema, name }) => ({ name, description, schema: shapeOf(inputSchema) })),
    toolChoice:
      offered === undefined || toolChoice === "auto" ? undefined : named === undefined ? toolChoice : "required",
    parallelToolCalls: offered === undefined || parallelToolCalls !== false ? undefined : false,
    responseFormat:
      responseFormat?.type === "json-schema"
        ? { schema: shapeOf(responseFormat.schema) }
        : responseFormat?.type === "json"
          ? "json"
          : undefined,
    reasoning:
      reasoning === undefined
        ? undefined
        : effort === "none" || budget === 0
          ? "off"
          : effort === undefined && budget === undefined
            ? "as it likes"
            : "on"
  })
  return { ...meaning, messages: transcriptOf(messages) }
}

/** A model that thinks as it likes thinks, where thinking is asked for; whether it was asked for is not always said. */
const withoutLiking = (before: Meaning, after: Meaning): readonly [Meaning, Meaning] => {
  const one = before.reasoning
  const other = after.reasoning
  return (one === "as it likes" && other !== "off") || (one === "on" && other === "as it likes")
    ? [other === undefined ? omit(before, new Set(["reasoning"])) : { ...before, reasoning: other }, after]
    : [before, after]
}

const encode = ({ model, protocol, quirks }: Dialect, request: ChatRequest) =>
  protocol.encodeRequest(request, { provider: "any", model, stream: false, quirks: quirks as never })

/** A request of which what the dialect has no word for is dropped. */
const fitted = (dialect: Dialect, request: ChatRequest) =>
  Result.getOrThrow(encode(dialect, { ...request, onUnsupported: "drop" }))

/** A request as a server of the dialect receives it. */
const received = ({ model, protocol }: Dialect, { body }: ReturnType<typeof fitted>): ChatRequest =>
  Result.getOrThrow(protocol.decodeRequest(json({ model, ...body }))).request

const omit = <A extends object>(record: A, keys: ReadonlySet<unknown>): A =>
  Object.fromEntries(Object.entries(record).filter(([key]) => !keys.has(key))) as A

/** `request` came in some dialect, and goes out in another. */
const check = (request: ChatRequest, to: Dialect): void => {
  const name = to.protocol.id
  const encoded = encode(to, request)
  const fit = fitted(to, request)
  const { warnings } = fit
  const lost = new Set(
    warnings.flatMap(({ parameter, type }) =>
      type === "unsupported-parameter" || (type === "unsupported-content" && encoded._tag === "Failure")
        ? [parameter]
        : []
    )
  )
  if (encoded._tag === "Success")
    assert.deepStrictEqual(
      [...lost].filter((one) => one === undefined || !isLabel(one)),
      [],
      `${name} loses in silence`
    )
  else {
    const { failure } = encoded
    if (failure._tag !== "UnsupportedParameterError") throw failure
    assert.isTrue(lost.has(failure.parameter), `${name}: ${failure.parameter} is no warning`)
    assert.isDefined(request[failure.parameter as keyof ChatRequest], `${name}: there is no ${failure.parameter}`)
  }
  const unknownFields = new Set([
    ...lost,
    // Said in the nearest word that the dialect has, and so told.
    ...warnings.flatMap(({ parameter, type }) => (type === "other" ? [parameter] : [])),
    ...(to.adds ?? []).filter((parameter) => request[parameter] === undefined)
  ])
  const before = omit(meaningOf({ ...omit(request, lost), messages: request.messages }), unknownFields)
  const after = omit(meaningOf(received(to, fit)), unknownFields)
  const [expected, actual] = withoutLiking(before, after)
  assertSame(actual, expected, `as ${name}`)
}

describe("a request", () => {
  for (const from of dialects) {
    it.prop(
      `received as ${from.protocol.id} means the same in every dialect, or the failure names what is lost`,
      [requests],
      ([generated]) => {
        const request = received(from, fitted(from, generated))
        assert.isUndefined(Conversation.check(request))
        for (const to of dialects) check(request, to)
      },
      { arbitrary: { runs: 8 } }
    )
  }
})
