import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Stream } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { ChatRequest, ChatResponse, OpenAiCompatible, Provider } from "effect-llm"
import { AnthropicMessages } from "effect-llm/protocols/AnthropicMessages"
import { OpenAiChat, type OpenAiChatQuirks } from "effect-llm/protocols/OpenAiChat"
import { knownProviders } from "effect-llm/providers/KnownProviders"
import { type Recording, recordingsExist, recordingsOf } from "./recordings.ts"

/** A client that answers with the recording, its bytes in pieces of 1000. */
const replaying = ({ response: { body, headers, status } }: Recording) => {
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body))
  return Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request) =>
      Effect.sync(() => {
        let at = 0
        const stream = new ReadableStream<Uint8Array>({
          pull: (controller) =>
            at >= bytes.length ? controller.close() : controller.enqueue(bytes.subarray(at, (at += 1000)))
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

const providerOf = (recording: Recording) => {
  const { protocol, provider: id } = recording
  const options = { apiKey: Redacted.make("k"), baseUrl: "https://recorded.example" }
  const made =
    protocol === "anthropic-messages"
      ? Provider.make({ id, protocol: AnthropicMessages }, options)
      : Provider.make(
          { id, protocol: OpenAiChat, quirks: quirks.get(id) ?? OpenAiCompatible.compatibleQuirks },
          options
        )
  return Effect.provide(made, replaying(recording))
}

const recordings = ["openai-chat", "anthropic-messages"]
  .flatMap(recordingsOf)
  .filter(
    ({ response, tags }) => response.status < 400 && !tags.includes("mid-stream-error") && !tags.includes("event:error")
  )

describe("recorded answers, through a provider", () => {
  it.skipIf(recordingsExist)("are not at hand here: nothing is checked", () => {
    assert.deepStrictEqual(recordings, [])
  })

  it.effect.skipIf(!recordingsExist)(
    "begin with the head, end with one finish, and say what the folded answer says",
    () =>
      Effect.forEach(recordings, (recording) =>
        Effect.gen(function* () {
          const provider = yield* providerOf(recording)
          const request = ChatRequest.make("Hi")
          const events = yield* Stream.runCollect(provider.stream("a-model", request))
          assert.strictEqual(events[0]?.type, "response-start", recording.file)
          assert.deepStrictEqual(
            events.flatMap(({ type }, index) => (type === "finish" ? [index] : [])),
            [events.length - 1],
            recording.file
          )
          const folded = ChatResponse.fold(events)
          assert.strictEqual(folded.provider, recording.provider)
          if (typeof recording.response.body === "string" && !recording.response.body.trimStart().startsWith("{"))
            return
          const whole = yield* provider.generate("a-model", request)
          assert.deepStrictEqual(folded.content, whole.content, recording.file)
          assert.deepStrictEqual(folded.usage, whole.usage, recording.file)
        }).pipe(Effect.mapError((error) => new Error(`${recording.file}: ${error.message}`, { cause: error })))
      )
  )
})
