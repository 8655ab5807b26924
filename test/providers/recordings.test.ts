import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Option, Redacted, Stream } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { type ChatEvent, type ChatProtocol, ChatRequest, OpenAiCompatible, Provider } from "effect-llm"
import * as Cost from "effect-llm/catalog/Cost"
import * as Pricing from "effect-llm/catalog/Pricing"
import { AnthropicMessages } from "effect-llm/protocols/AnthropicMessages"
import { BedrockAnthropic } from "effect-llm/protocols/BedrockAnthropic"
import { BedrockConverse } from "effect-llm/protocols/BedrockConverse"
import { CohereChat } from "effect-llm/protocols/CohereChat"
import { GoogleGenerateContent } from "effect-llm/protocols/GoogleGenerateContent"
import { MistralChat } from "effect-llm/protocols/MistralChat"
import { OllamaChat } from "effect-llm/protocols/OllamaChat"
import { OpenAiChat, type OpenAiChatQuirks } from "effect-llm/protocols/OpenAiChat"
import { OpenAiResponses } from "effect-llm/protocols/OpenAiResponses"
import { knownProviders } from "effect-llm/providers/KnownProviders"
import { type Recording, recordingsExist, recordingsOf } from "./recordings.ts"
import { foldEvents } from "../../src/domain/ChatFold.ts"

/** A client that answers with the recording, its bytes in pieces of 4000. */
const bytesOf = ({ body, bodyEncoding }: Pick<Recording["response"], "body" | "bodyEncoding">): Buffer =>
  typeof body === "string"
    ? Buffer.from(body, bodyEncoding === "base64" ? "base64" : "utf8")
    : Buffer.from(JSON.stringify(body))

const replaying = ({ response: { body, bodyEncoding, headers, status } }: Recording) => {
  const bytes = bytesOf({ body, bodyEncoding })
  return Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request) =>
      Effect.sync(() => {
        let at = 0
        const stream = new ReadableStream<Uint8Array>({
          pull: (controller) =>
            at >= bytes.length ? controller.close() : controller.enqueue(bytes.subarray(at, (at += 4000)))
        })
        const kept = Object.entries(headers).filter(([, value]) => /^[\x20-\x7e]*$/.test(value))
        return HttpClientResponse.fromWeb(request, new Response(stream, { status, headers: Object.fromEntries(kept) }))
      })
    )
  )
}

/** How the servers that have a class differ. */
const quirks = new Map(
  knownProviders.map(({ definition }) => [
    definition.id,
    (definition as { readonly quirks?: Partial<OpenAiChatQuirks> }).quirks
  ])
)

/** The protocol that a recording calls by its name, and how the server behind it differs. */
const protocols: { readonly [name: string]: ChatProtocol.ChatProtocol<never> } = {
  "openai-chat": OpenAiChat,
  "openai-responses": OpenAiResponses,
  "anthropic-messages": AnthropicMessages,
  "bedrock-converse": BedrockConverse,
  "bedrock-invoke-anthropic": BedrockAnthropic,
  "cohere-chat-v2": CohereChat,
  "google-generate-content": GoogleGenerateContent,
  "mistral-chat": MistralChat,
  "ollama-chat": OllamaChat
}

const providerOf = (recording: Recording) => {
  const { protocol, provider: id } = recording
  const options = { apiKey: Redacted.make("k"), baseUrl: "https://recorded.example" }
  const usual = protocol === "openai-chat" ? OpenAiCompatible.compatibleQuirks : {}
  const wire = protocols[protocol] as ChatProtocol.ChatProtocol<object>
  const made = Provider.make({ id, protocol: wire, quirks: quirks.get(id) ?? usual }, options)
  return Effect.provide(made, replaying(recording))
}

/** Claude 2's text completion is no chat. */
const noChat = /anthropic_2_completion/

const recordings = Object.keys(protocols)
  .flatMap(recordingsOf)
  .filter(
    ({ file, response, tags }) =>
      response.status < 400 &&
      !noChat.test(file) &&
      !["mid-stream-error", "event:error", "finish:SAFETY", "finish:MALFORMED_FUNCTION_CALL"].some((tag) =>
        tags.includes(tag)
      )
  )

type Service = Effect.Success<ReturnType<typeof providerOf>>
const told = new Map<Recording, { readonly provider: Service; readonly events: ReadonlyArray<ChatEvent.ChatEvent> }>()

/** What the provider's stream tells of the recording, which is read once for all tests. */
const read = Effect.fnUntraced(function* (recording: Recording) {
  const before = told.get(recording)
  if (before !== undefined) return before
  const provider = yield* providerOf(recording)
  const events = yield* Stream.runCollect(provider.stream("a-model", ChatRequest.make("Hi")))
  const now = { provider, events }
  told.set(recording, now)
  return now
})

describe("recorded responses, through a provider", () => {
  it.skipIf(recordingsExist)("are missing here: nothing is checked", () => {
    assert.deepStrictEqual(recordings, [])
  })

  it.effect.skipIf(!recordingsExist)("begin with the head, end with one finish, and fold to the whole response", () =>
    Effect.forEach(recordings, (recording) =>
      Effect.gen(function* () {
        const { events, provider } = yield* read(recording)
        assert.strictEqual(events[0]?.type, "response-start", recording.file)
        assert.deepStrictEqual(
          events.flatMap(({ type }, index) => (type === "finish" ? [index] : [])),
          [events.length - 1],
          recording.file
        )
        const folded = foldEvents(events)
        assert.strictEqual(folded.provider, recording.provider)
        if (
          bytesOf(recording.response).toString("latin1").trimStart()[0] !== "{" ||
          recording.protocol === "ollama-chat"
        )
          return
        const whole = yield* provider.generate("a-model", ChatRequest.make("Hi"))
        assert.deepStrictEqual(folded.content, whole.content, recording.file)
        assert.deepStrictEqual(folded.usage, whole.usage, recording.file)
      }).pipe(Effect.mapError((error) => new Error(`${recording.file}: ${error.message}`, { cause: error })))
    )
  )

  it.effect.skipIf(!recordingsExist)("are priced to the last token if the model is certain to be in the catalog", () =>
    Effect.gen(function* () {
      const { lookup } = yield* Pricing.Pricing
      const quotes = new Map<string, Effect.Success<ReturnType<typeof lookup>>>()
      let priced = 0
      for (const recording of recordings) {
        const { model, usage } = foldEvents((yield* read(recording)).events)
        const id = `${recording.provider}/${model}`
        const quoted = quotes.get(id) ?? (yield* lookup(id))
        quotes.set(id, quoted)
        const quote = Option.getOrUndefined(quoted)
        const known = usage.inputTokens.total !== undefined && usage.outputTokens.total !== undefined
        if (quote === undefined || quote.match === "fuzzy" || quote.price === undefined || !known) continue
        const cost = Cost.of(usage, quote.price, { at: DateTime.makeUnsafe("2026-11-21") })
        assert.strictEqual(cost._tag, "Priced", recording.file)
        priced++
      }
      assert.isAbove(priced, 100)
    }).pipe(Effect.provide(Pricing.layer))
  )
})
