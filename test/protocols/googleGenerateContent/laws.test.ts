import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Arbitrary from "effect/Arbitrary"
import type { ChatEvent } from "../../../src/domain/ChatEvent.ts"
import type { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import { toEvents } from "../../../src/domain/ChatFold.ts"
import type { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import type { Citation, ContentPart, MediaData } from "../../../src/domain/ContentPart.ts"
import * as Conversation from "../../../src/domain/Conversation.ts"
import type { Json } from "../../../src/domain/Json.ts"
import type { AssistantPart } from "../../../src/domain/Message.ts"
import { GoogleGenerateContent } from "../../../src/protocols/GoogleGenerateContent.ts"
import * as Arb from "../../domain/arbitraries.ts"
import { halvesOf, json, meaning, type Wire } from "../halves.ts"

const { decode, fold, read, toBody, toFrames } = halvesOf(GoogleGenerateContent, "google")

const protocol = GoogleGenerateContent.id

type Media = Extract<ContentPart, { type: "text" | "image" | "file" }>

const media = Arb.oneOf<Media>(
  Arb.textPart,
  Arb.imageUrlPart,
  Arb.imageDataUriPart,
  Arb.imageBytesPart,
  Arb.pdfBytesPart,
  Arb.fileIdPart
)

const signature = Arbitrary.map(Arb.bytes, (bytes) => Buffer.from(bytes).toString("base64"))

const thought = Arbitrary.map(Arbitrary.all([Arb.text, Arb.optional(signature)]), ([text, signature]): AssistantPart =>
  json({ type: "reasoning", text, signature, protocol })
)

const signedText = Arbitrary.map(Arbitrary.all([Arb.text, signature]), ([text, thoughtSignature]): AssistantPart => ({
  type: "text",
  text,
  providerOptions: { [protocol]: { thoughtSignature } }
}))

const requests = Arb.request({
  system: Arb.textPart,
  user: Arb.oneOf<Arb.UserPart>(media, Arb.audioBytesPart),
  assistant: Arb.oneOf<AssistantPart>(Arb.textPart, thought, signedText),
  toolOutput: Arb.oneOf<Wire>(Arb.text, Arbitrary.array(media, { minLength: 1, maxLength: 2 })),
  toolErrors: true,
  rawInput: true,
  tools: true,
  parameters: Arb.carriedBy(GoogleGenerateContent, "parallelToolCalls")
})

const dataOf = (data: MediaData, mediaType: string): MediaData =>
  data instanceof Uint8Array ? `data:${mediaType};base64,${Buffer.from(data).toString("base64")}` : data

/** Bytes come back as a `data:` URI, an address has the type that its ending tells; what a file is called has no word. */
const normalPart = (part: Wire): Wire => {
  const { fileName: _, mediaType, ...rest } = part
  switch (part.type) {
    case "image":
    case "audio":
    case "file": {
      const isUrl = typeof part.data === "string" && part.data.startsWith("https:")
      return { ...rest, data: dataOf(part.data, mediaType), ...(isUrl ? { mediaType: "image/png" } : {}) }
    }
    case "tool-call": {
      const { rawInput: _, ...call } = part
      return part.input === undefined ? part : call
    }
    case "tool-result":
      return { ...part, output: normalOutput(part.output) }
    default:
      return part
  }
}

/** The texts of a result come first; JSON of an object under the API's own keys is what stands there. */
const normalOutput = (output: Wire): Wire => {
  if (!Array.isArray(output)) return output
  const texts = output.filter(({ type }) => type === "text")
  if (texts.length === 1 && output.length === 1) return texts[0].text
  return [...texts, ...output.filter(({ type }) => type !== "text").map(normalPart)]
}

/**
 * What a request is after it went over the wire. Beside the parts: strictness of tools is one mode for all; a schema's name
 * has no word; efforts above high are high; the tier `auto` is left out, and `standard` is `default`.
 */
const normalRequest = (request: ChatRequest): Wire => {
  const { messages, reasoning, responseFormat, serviceTier, toolChoice, tools, ...rest } = request
  const isStrict = tools?.some(({ strict }) => strict === true) === true
  const isValidated = isStrict && (toolChoice === undefined || toolChoice === "auto")
  const effort = reasoning?.effort
  return json({
    ...rest,
    messages: messages.map((message) =>
      Object.assign({}, message, { content: message.content.map(normalPart as never) })
    ),
    tools: tools?.map(({ strict: _, ...tool }) => tool),
    toolChoice: isValidated ? "auto" : toolChoice,
    providerOptions: isValidated
      ? { [protocol]: { toolConfig: { functionCallingConfig: { mode: "VALIDATED" } } } }
      : undefined,
    reasoning: effort === undefined ? undefined : { effort: effort === "xhigh" || effort === "max" ? "high" : effort },
    responseFormat:
      responseFormat?.type === "json-schema"
        ? { type: "json-schema", schema: responseFormat.schema }
        : responseFormat?.type === "text"
          ? undefined
          : responseFormat,
    serviceTier: serviceTier === "auto" ? undefined : serviceTier === "standard" ? "default" : serviceTier
  })
}

const quirks = {
  labels: true,
  reasoningEfforts: ["none", "minimal", "low", "medium", "high"] as const
}

const runs = { arbitrary: { runs: 60 } }

describe("a request survives the wire", () => {
  it.prop(
    "encodeRequest, then decodeRequest",
    [requests],
    ([request]) => {
      const options = { provider: "google", model: "gemini-3.8-flash", stream: true, quirks }
      const { body } = Result.getOrThrow(GoogleGenerateContent.encodeRequest(request, options))
      const decoded = Result.getOrThrow(GoogleGenerateContent.decodeRequest(json(body)))
      assert.isUndefined(Conversation.check(decoded.request))
      assert.deepStrictEqual(json(decoded.request) as Wire, normalRequest(request))
      const again = Result.getOrThrow(GoogleGenerateContent.encodeRequest(decoded.request, options))
      assert.deepStrictEqual(json(again.body), json(body))
    },
    runs
  )
})

/** Citations of pages, at places between characters. */
const citedText = Arbitrary.map(
  Arbitrary.all([
    Arb.text,
    Arbitrary.array(Arbitrary.all([Arb.name, Arb.nonNegativeInt(20), Arb.nonNegativeInt(20)]), { maxLength: 2 })
  ]),
  ([text, places]): AssistantPart => {
    const letters = Array.from(text)
    const citations = places.map(([name, from, length]): Citation => {
      const start = letters.slice(0, from % letters.length).join("").length
      const end = letters.slice(0, (from % letters.length) + 1 + length).join("").length
      return { url: `https://example.com/${name}`, start, end }
    })
    return citations.length === 0 ? { type: "text", text } : { type: "text", text, citations }
  }
)

const block = Arbitrary.map(Arb.jsonObject, (value): AssistantPart => ({
  type: "provider",
  protocol,
  value: { codeExecutionResult: value as { [key: string]: Json } }
}))

const image = Arbitrary.map(Arb.imageDataUriPart, ({ data }): AssistantPart => ({
  type: "image",
  data,
  mediaType: "image/png"
}))

const responses = Arb.response({
  content: Arbitrary.map(
    Arbitrary.array(Arb.oneOf<AssistantPart>(citedText, signedText, thought, block, image, Arb.refusalPart), {
      minLength: 1,
      maxLength: 5
    }),
    separate
  ),
  rawInput: true
})

/** Two texts in a row are one on this wire, unless a signature divides them. */
function separate(parts: ReadonlyArray<AssistantPart>): ReadonlyArray<AssistantPart> {
  const kept: Array<AssistantPart> = []
  const kindOf = (part: AssistantPart | undefined) =>
    part?.type === "refusal" || part?.type === "text" ? "text" : part?.type === "reasoning" ? "reasoning" : undefined
  for (const part of parts) {
    const last = kept.at(-1)
    const isOpen = last !== undefined && !JSON.stringify(last).includes("ignature")
    if (isOpen && kindOf(last) !== undefined && kindOf(last) === kindOf(part)) continue
    kept.push(part)
  }
  return kept
}

/** What an answer is after it went over the wire: refusals are text, cited pages are sources, writes to a cache have no count. */
const normalResponse = (response: ChatResponse): Wire => {
  const { content, finishReason, rawFinishReason: _, sources, usage, ...rest } = meaning(response)
  const { raw: __, ...counts } = usage
  const { cacheWrite, uncached, ...input } = counts.inputTokens
  return json({
    ...rest,
    content: content
      .map((part: Wire) => normalPart(part.type === "refusal" ? { ...part, type: "text" } : part))
      .map(withType),
    finishReason,
    sources: sources?.map(({ title, url }: Wire) => ({ url, title })),
    usage: {
      ...counts,
      inputTokens: { ...input, uncached: uncached === undefined ? undefined : uncached + (cacheWrite ?? 0) }
    }
  })
}

const withType = (part: Wire): Wire => (part.type === "image" ? { ...part, mediaType: "image/png" } : part)

const cited = (response: ChatResponse): ChatResponse => {
  const seen: Array<Citation> = []
  for (const part of response.content) {
    for (const { url } of part.type === "text" ? (part.citations ?? []) : []) {
      if (!seen.some((source) => source.url === url)) seen.push(json({ url }) as Citation)
    }
  }
  return response.with({ sources: seen.length === 0 ? undefined : seen })
}

const isDelta = (event: ChatEvent): event is Extract<ChatEvent, { readonly delta: string }> => "delta" in event

describe("a response survives the wire", () => {
  it.prop(
    "encodeResponse, then decodeResponse",
    [responses],
    ([response]) => {
      assert.deepStrictEqual(normalResponse(decode(toBody(response))), normalResponse(cited(response)))
    },
    runs
  )

  it.prop(
    "its stream folds to what the whole response decodes to",
    [responses],
    ([response]) => {
      const frames = toFrames(toEvents(response))
      assert.isTrue(read(frames).whole)
      assert.deepStrictEqual(normalResponse(fold(frames)), normalResponse(decode(toBody(response))))
    },
    runs
  )

  it.prop(
    "however text and arguments are split",
    [responses, Arb.cuts],
    ([response, cuts]) => {
      const pieces = toEvents(response).flatMap((event): ReadonlyArray<ChatEvent> =>
        isDelta(event) ? Arb.cut(event.delta, cuts).map((delta) => Object.assign({}, event, { delta })) : [event]
      )
      assert.deepStrictEqual(normalResponse(fold(toFrames(pieces))), normalResponse(cited(response)))
    },
    runs
  )
})
