import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { ChatEvent } from "../../../src/domain/ChatEvent.ts"
import { foldEvents } from "../../../src/domain/ChatFold.ts"
import type { Frame } from "../../../src/domain/Frame.ts"
import { AnthropicMessages } from "../../../src/protocols/AnthropicMessages.ts"
import { BedrockAnthropic } from "../../../src/protocols/BedrockAnthropic.ts"
import { EventStreamReader } from "../../../src/transport/EventStream.ts"
import { codec } from "../../transport/eventStreamCodec.ts"

type Wire = ReturnType<typeof JSON.parse>

const folder = fileURLToPath(new URL("../../../../shared/recordings/", import.meta.url))
const isThere = existsSync(`${folder}index.json`)
const load = (file: string): Wire => JSON.parse(readFileSync(folder + file, "utf8"))

const exchanges: ReadonlyArray<Wire> = isThere
  ? (load("index.json") as ReadonlyArray<Wire>)
      .filter(({ protocol }) => protocol === "bedrock-invoke-anthropic")
      .map(({ file }) => Object.assign(load(file), { name: String(file).replace(/^.*__(.*?)__(.*)\.json$/, "$1 $2") }))
  : []

/** Text completions (`prompt`) were the wire of Claude 2; they have no messages, and no model takes them any more. */
const isCompletion = ({ request }: Wire) => request.body.prompt !== undefined

const options = { provider: "bedrock-anthropic", model: "anthropic.claude" }

const json = <A>(value: A): A => JSON.parse(JSON.stringify(value))

const bodyOf = ({ response: { body } }: Wire): Wire => (typeof body === "string" ? JSON.parse(body) : body)

const isStream = ({ response }: Wire) => response.bodyEncoding === "base64"

const framesOf = ({ response }: Wire): ReadonlyArray<Frame> => {
  const frames = new EventStreamReader(codec).read(Buffer.from(response.body, "base64"))
  if ("_tag" in frames) throw frames
  return frames
}

const eventsOf = (frames: ReadonlyArray<Frame>): { events: ReadonlyArray<ChatEvent>; whole: boolean } => {
  const decoder = BedrockAnthropic.makeDecoder(options)
  const events: Array<ChatEvent> = []
  for (const frame of frames) assert.isUndefined(decoder.decode(frame, events))
  return { events, whole: decoder.end(events) }
}

const inner = (frame: Frame): Wire => JSON.parse(Buffer.from(JSON.parse(frame.data).bytes, "base64").toString())

const normal = ({ messages, ...rest }: Wire): Wire => ({
  ...rest,
  messages: messages.map(({ content, role }: Wire) => ({
    role,
    content: typeof content === "string" ? [{ type: "text", text: content }] : content
  }))
})

describe.skipIf(!isThere)(
  `recorded exchanges (${isThere ? exchanges.length : "the folder is absent, skipped"})`,
  () => {
    it("all exist", () => assert.isAtLeast(exchanges.length, 6))

    for (const exchange of exchanges.filter((exchange) => !isCompletion(exchange))) {
      it(`the request of ${exchange.name} keeps its meaning`, () => {
        const { body } = exchange.request
        const decoded = Result.getOrThrow(BedrockAnthropic.decodeRequest(body))
        assert.deepInclude(decoded, { model: "", stream: false })
        const encoded = BedrockAnthropic.encodeRequest(decoded.request, { ...options, stream: isStream(exchange) })
        assert.deepStrictEqual(normal(json(Result.getOrThrow(encoded).body)), normal(body))
      })
    }

    const answered = exchanges.filter(({ response }) => response.status === 200)

    for (const exchange of answered.filter(isCompletion)) {
      it(`${exchange.name} is reported as not a message`, () => {
        const error = Result.getOrThrow(Result.flip(BedrockAnthropic.decodeResponse(bodyOf(exchange), options)))
        assert.strictEqual(error._tag, "ResponseParseError")
      })
    }

    for (const exchange of answered.filter(isStream)) {
      it(`${exchange.name} folds to the same response as through Anthropic's own decoder`, () => {
        const frames = framesOf(exchange)
        const { events, whole } = eventsOf(frames)
        assert.isTrue(whole)
        const decoder = AnthropicMessages.makeDecoder(options)
        const expected: Array<ChatEvent> = []
        for (const frame of frames) decoder.decode({ data: JSON.stringify(inner(frame)) }, expected)
        assert.deepStrictEqual(events, expected)
        const said = frames.map((frame) => inner(frame).delta?.text ?? "").join("")
        assert.strictEqual(foldEvents(events).text, said)
        for (let count = 0; count < frames.length - 2; count++) {
          assert.isFalse(eventsOf(frames.slice(0, count)).whole)
        }

        const encoder = BedrockAnthropic.makeEncoder({ model: "asked", created: 0, id: "none" })
        const again = [...events.flatMap((event) => encoder.encode(event)), ...encoder.end()]
        assert.isTrue(again.every(({ event }) => event === "chunk"))
        const { content } = foldEvents(eventsOf(again).events)
        assert.deepStrictEqual(content, foldEvents(events).content)
      })
    }

    for (const exchange of answered.filter((exchange) => !isCompletion(exchange) && !isStream(exchange))) {
      it(`${exchange.name} decodes to its content`, () => {
        const body = bodyOf(exchange)
        const decoded = Result.getOrThrow(BedrockAnthropic.decodeResponse(body, options))
        assert.strictEqual(decoded.text, body.content[0].text)
        assert.strictEqual(decoded.usage.inputTokens.total, body.usage.input_tokens)
        assert.strictEqual(decoded.rawFinishReason, body.stop_reason)
      })
    }

    for (const exchange of exchanges.filter(({ response }) => response.status !== 200)) {
      it(`${exchange.response.status} ${exchange.name}`, () => {
        const body = bodyOf(exchange)
        const failure = BedrockAnthropic.decodeError(body, exchange.response.headers)
        assert.strictEqual(failure.type, "UnrecognizedClientException")
        assert.strictEqual(failure.message, body.message)
        assert.strictEqual(
          Result.getOrThrow(Result.flip(BedrockAnthropic.decodeResponse(body, options)))._tag,
          "ProviderFailure"
        )
      })
    }
  }
)

describe("a request", () => {
  it("keeps betas through both halves", () => {
    const body = {
      anthropic_version: "bedrock-2023-05-31",
      anthropic_beta: ["a", "b"],
      max_tokens: 5,
      messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }]
    }
    const { request } = Result.getOrThrow(BedrockAnthropic.decodeRequest(body))
    assert.deepStrictEqual(request.providerOptions, { "anthropic-messages": { betas: ["a", "b"] } })
    const encoded = Result.getOrThrow(BedrockAnthropic.encodeRequest(request, { ...options, stream: true }))
    assert.deepStrictEqual(json(encoded.body) as Wire, body)
  })

  it("that is invalid is rejected with its path", () => {
    const error = Result.getOrThrow(Result.flip(BedrockAnthropic.decodeRequest({ messages: [] })))
    assert.strictEqual(error.at, "max_tokens")
    assert.isTrue(Result.isFailure(BedrockAnthropic.decodeRequest("x")))
  })
})
