/**
 * What a change of type loses is told: take a stream or a whole response, give one value another type at one place, and
 * what is read either says the same, or says that it could not be read.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import { foldEvents, toEvents } from "../../src/domain/ChatFold.ts"
import type { ChatResponse } from "../../src/domain/ChatResponse.ts"
import type { Frame } from "../../src/domain/Frame.ts"
import type { AssistantPart } from "../../src/domain/Message.ts"
import { AnthropicMessages } from "../../src/protocols/AnthropicMessages.ts"
import { BedrockConverse } from "../../src/protocols/BedrockConverse.ts"
import type { ChatProtocol } from "../../src/protocols/ChatProtocol.ts"
import { CohereChat } from "../../src/protocols/CohereChat.ts"
import { GoogleGenerateContent } from "../../src/protocols/GoogleGenerateContent.ts"
import { MistralChat } from "../../src/protocols/MistralChat.ts"
import { OllamaChat } from "../../src/protocols/OllamaChat.ts"
import { OpenAiChat } from "../../src/protocols/OpenAiChat.ts"
import { OpenAiResponses } from "../../src/protocols/OpenAiResponses.ts"
import { WatsonxChat } from "../../src/protocols/WatsonxChat.ts"
import * as Arb from "../domain/arbitraries.ts"
import { bodyOf, exchangesOf, halvesOf, type Read, type Wire } from "./halves.ts"

const protocols: ReadonlyArray<ChatProtocol> = [
  OpenAiChat,
  AnthropicMessages,
  OpenAiResponses,
  GoogleGenerateContent,
  BedrockConverse,
  MistralChat,
  CohereChat,
  OllamaChat,
  WatsonxChat
] as unknown as ReadonlyArray<ChatProtocol>

type Path = ReadonlyArray<string | number>

/** Every place of a value, the outermost first. */
const placesOf = (value: Wire, path: Path = []): ReadonlyArray<Path> =>
  value === null || typeof value !== "object"
    ? [path]
    : [path, ...Object.keys(value).flatMap((key) => placesOf(value[key], [...path, key]))]

const at = (value: Wire, path: Path): Wire => path.reduce((inner, key) => inner[key], value)

const put = (value: Wire, [key, ...rest]: Path, made: Wire): Wire => {
  if (key === undefined) return made
  const copy = Array.isArray(value) ? [...value] : { ...value }
  copy[key] = put(value[key], rest, made)
  return copy
}

const kindOf = (value: Wire): string => (Array.isArray(value) ? "array" : value === null ? "null" : typeof value)

const others = ["x", 7, true, { x: 1 }, ["x"]]

const changesOf = (value: Wire): ReadonlyArray<Wire> => others.filter((other) => kindOf(other) !== kindOf(value))

/** What the model said: not how it is named and counted. */
const said = (part: AssistantPart): Wire => {
  switch (part.type) {
    case "text":
    case "reasoning":
    case "refusal":
      return part.text === "" ? [] : [[part.type, part.text]]
    case "tool-call":
      return [[part.type, part.name, part.input ?? null, part.rawInput ?? null]]
    case "image":
    case "audio":
      return [[part.type, part.data ?? null]]
    default:
      return []
  }
}

const wordsOf = ({ content }: ChatResponse): string => JSON.stringify(content.flatMap(said))

const contentOf = ({ events }: Read): string => wordsOf(foldEvents(events))

const isTold = ({ events, failure, whole }: Read): boolean =>
  failure !== undefined || !whole || events.some(({ type }) => type === "malformed-frame")

/** What the model may write as it likes, what is kept as it is, and places where a protocol takes more than one type. */
const isFree = (path: Path, value: Wire): boolean => {
  const name = path.map((key) => (/^\d+$/.test(String(key)) ? "#" : key)).join(".")
  return (
    /(?:^|\.)(?:args|arguments|input)\./.test(name) ||
    /(?:^|\.)(?:action|queries)(?:\.|$)/.test(name) ||
    (/(?:^|\.)(?:args|arguments|input)$/.test(name) && (typeof value === "string" || kindOf(value) === "object")) ||
    (/\.(?:content|thinking)$/.test(name) && (typeof value === "string" || Array.isArray(value))) ||
    /^choices\.#\.(?:message|delta)\.content(?:\.#)?$/.test(name)
  )
}

interface Change {
  readonly frames: ReadonlyArray<Frame>
  readonly where: string
}

/** JSON with one value of another type; none where the place is free. */
const retyped = (data: Wire, place: number, kind: number) => {
  const places = placesOf(data)
  const path = places[place % places.length] as Path
  const old = at(data, path)
  const options = changesOf(old)
  const value = options[kind % options.length]
  if (old === null || isFree(path, value)) return undefined
  return { where: `${path.join(".")} = ${JSON.stringify(value)}`, data: put(data, path, value) }
}

/** The stream with one value of another type; none where the place is free. */
const changed = (frames: ReadonlyArray<Frame>, frame: number, place: number, kind: number): Change | undefined => {
  const index = frame % frames.length
  const chosen = frames[index] as Frame
  const data = Result.getOrUndefined(Result.try(() => JSON.parse(chosen.data) as Wire))
  const change = data === undefined ? undefined : retyped(data, place, kind)
  if (change === undefined) return undefined
  return {
    where: `${change.where} in ${chosen.event ?? ""} ${chosen.data}`,
    frames: frames.with(index, { ...chosen, data: JSON.stringify(change.data) })
  }
}

const thought = Arbitrary.map(Arb.textPart, ({ text }): AssistantPart => ({ type: "reasoning", text }))

const responses = Arb.response({
  rawInput: true,
  content: Arbitrary.array(Arb.oneOf<AssistantPart>(Arb.textPart, Arb.textPart, thought), {
    minLength: 1,
    maxLength: 3
  })
})

const recorded: { readonly [protocol: string]: string } = { "cohere-chat": "cohere-chat-v2" }

for (const protocol of protocols) {
  describe(`a whole response of ${protocol.id}`, () => {
    const { decode, options, toBody } = halvesOf(protocol, "acme")
    const bodies = exchangesOf(recorded[protocol.id] ?? protocol.id)
      .filter(({ response }) => response.status === 200)
      .map(bodyOf)
      .filter((body) => typeof body === "object" && Result.isSuccess(protocol.decodeResponse(body, options)))

    it.prop(
      "a value of another type loses no content without an error",
      [responses, Arb.nonNegativeInt(1_000), Arb.nonNegativeInt(1_000), Arb.nonNegativeInt(10)],
      ([response, recorded, place, kind]) => {
        const body = recorded % 2 === 0 ? toBody(response) : (bodies[recorded % bodies.length] ?? toBody(response))
        const change = retyped(body, place, kind)
        if (change === undefined) return
        const after = protocol.decodeResponse(change.data, options)
        if (Result.isSuccess(after)) {
          assert.strictEqual(
            wordsOf(after.success),
            wordsOf(decode(body)),
            `${change.where} in ${JSON.stringify(body)}`
          )
        }
      },
      { arbitrary: { runs: 150 } }
    )
  })

  describe(`a stream of ${protocol.id}`, () => {
    const { framesOf, read, toFrames } = halvesOf(protocol, "acme")
    const keepsItsWord = (frames: ReadonlyArray<Frame>, before: Read, frame: number, place: number, kind: number) => {
      const change = changed(frames, frame, place, kind)
      if (change === undefined) return
      const after = read(change.frames)
      if (!isTold(after)) assert.strictEqual(contentOf(after), contentOf(before), change.where)
    }

    it.prop(
      "a value of another type in a stream loses no content without an error or warning",
      [responses, Arb.nonNegativeInt(1_000), Arb.nonNegativeInt(1_000), Arb.nonNegativeInt(10)],
      ([response, frame, place, kind]) => {
        const frames = toFrames(toEvents(response))
        keepsItsWord(frames, read(frames), frame, place, kind)
      },
      { arbitrary: { runs: 100 } }
    )

    const streams = exchangesOf(recorded[protocol.id] ?? protocol.id)
      .filter(({ kind, response: { body } }) => (kind === "sse" || kind === "ndjson") && typeof body === "string")
      .map(({ response }) => framesOf(response.body))
      .map((frames) => ({ frames, before: read(frames) }))
      .filter(({ before, frames }) => frames.length > 0 && frames.length < 200 && !isTold(before))
    if (streams.length === 0) return

    it.prop(
      "a value of another type in a recorded stream loses no content either",
      [Arb.nonNegativeInt(1_000), Arb.nonNegativeInt(1_000), Arb.nonNegativeInt(1_000), Arb.nonNegativeInt(10)],
      ([stream, frame, place, kind]) => {
        const { before, frames } = streams[stream % streams.length] as (typeof streams)[number]
        keepsItsWord(frames, before, frame, place, kind)
      },
      { arbitrary: { runs: 60 } }
    )
  })
}

describe("an empty value of another type", () => {
  it("loses no content: some servers write empty lists and objects alike", () => {
    const { decode, read } = halvesOf(OpenAiChat as unknown as ChatProtocol, "acme")
    for (const empty of [[], {}, "", false, null]) {
      const said = { content: "Hi", tool_calls: empty, refusal: empty, annotations: empty, audio: empty }
      const whole = { choices: [{ message: said, finish_reason: "stop" }] }
      assert.strictEqual(decode(whole).text, "Hi")
      const piece = read([{ data: JSON.stringify({ choices: [{ delta: said, finish_reason: "stop" }] }) }])
      assert.isTrue(piece.whole && !isTold(piece), JSON.stringify(empty))
    }
  })

  it("loses no content in an item that is kept unchanged, such as the action of an image generation", () => {
    const { read } = halvesOf(OpenAiResponses as unknown as ChatProtocol, "openai")
    for (const action of ["generate", { type: "search", query: "x" }]) {
      const item = { type: action === "generate" ? "image_generation_call" : "web_search_call", id: "i", action }
      const response = { status: "completed", output: [item] }
      const frames = [
        { type: "response.output_item.done", output_index: 0, item },
        { type: "response.completed", response }
      ]
      assert.isFalse(isTold(read(frames.map((frame) => ({ data: JSON.stringify(frame) })))))
    }
  })
})
