/** What the tests of several protocols have in common: folding, recordings, and JSON of which nothing is checked. */
import { assert } from "@effect/vitest"
import * as Result from "effect/Result"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { isDeepStrictEqual } from "node:util"
import type { ChatEvent } from "../../src/domain/ChatEvent.ts"
import { foldEvents } from "../../src/domain/ChatFold.ts"
import type { ChatResponse } from "../../src/domain/ChatResponse.ts"
import type { Frame } from "../../src/domain/Frame.ts"
import type { ChatProtocol } from "../../src/protocols/ChatProtocol.ts"
import type { ProviderFailure } from "../../src/protocols/Protocol.ts"
import { NdjsonReader } from "../../src/transport/NdjsonReader.ts"
import { SseReader } from "../../src/transport/SseReader.ts"

/** JSON of the wire, of which nothing is checked. */
export type Wire = ReturnType<typeof JSON.parse>

export interface Read {
  readonly events: ReadonlyArray<ChatEvent>
  readonly failure: ProviderFailure | undefined
  readonly whole: boolean
}

/** Without keys that have no value, as JSON has it. */
export const json = <A>(value: A): A => JSON.parse(JSON.stringify(value))

/** What `deepStrictEqual` asserts, sooner where it holds. */
export const assertSame = (actual: unknown, expected: unknown, message?: string): void => {
  if (!isDeepStrictEqual(actual, expected)) assert.deepStrictEqual(actual, expected, message)
}

/** The fields of an answer that the model, not the transport, decides. */
export const meaning = (answer: ChatResponse): Wire => {
  const { content, finishReason, id, model, rawFinishReason, sources, stopSequence, usage } = answer
  return json({ id, model, content, finishReason, rawFinishReason, sources, stopSequence, usage })
}

export const answerOptions = { model: "asked", created: 0, id: "none", includeUsage: true }

/** The two halves of a protocol, made easy to call. */
export const halvesOf = (protocol: ChatProtocol, provider: string) => {
  const options = { provider, model: "asked" }
  const read = (frames: ReadonlyArray<Frame>): Read => {
    const decoder = protocol.makeDecoder(options)
    const events: Array<ChatEvent> = []
    for (const frame of frames) {
      const failure = decoder.decode(frame, events)
      if (failure !== undefined) return { events, failure, whole: false }
    }
    return { events, failure: undefined, whole: decoder.end(events) }
  }
  return {
    options,
    read,
    fold: (frames: ReadonlyArray<Frame>) => foldEvents(read(frames).events),
    decode: (body: unknown) => Result.getOrThrow(protocol.decodeResponse(body, options)),
    toBody: (response: ChatResponse): Wire => json(protocol.encodeResponse(response, answerOptions)),
    toFrames: (events: ReadonlyArray<ChatEvent>): ReadonlyArray<Frame> => {
      const encoder = protocol.makeEncoder(answerOptions)
      return [...events.flatMap((event) => encoder.encode(event)), ...encoder.end()]
    },
    /** Frames of bytes that arrived as one text. */
    framesOf: (text: string): ReadonlyArray<Frame> => {
      const reader = protocol.framing === "ndjson" ? new NdjsonReader() : new SseReader()
      return [reader.read(new TextEncoder().encode(text)), reader.end()].flatMap((frames) =>
        "_tag" in frames ? [] : frames
      )
    }
  }
}

const folder = fileURLToPath(new URL("../../../shared/recordings/", import.meta.url))

/** Whether the recordings are at hand. */
export const areRecordings = existsSync(`${folder}index.json`)

/** The recorded exchanges of a protocol, each with the name of its file. */
export const exchangesOf = (protocol: string): ReadonlyArray<Wire> => {
  if (!areRecordings) return []
  const load = (file: string): Wire => JSON.parse(readFileSync(folder + file, "utf8"))
  return (load("index.json") as ReadonlyArray<Wire>)
    .filter((entry) => entry.protocol === protocol)
    .map(({ file, kind }) => Object.assign(load(file), { kind, name: String(file).replace(/^.*?__(.*)\.json$/, "$1") }))
}

/** The body of a whole answer. */
export const bodyOf = ({ response }: Wire): Wire => {
  const { body } = response
  if (typeof body !== "string") return body
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
