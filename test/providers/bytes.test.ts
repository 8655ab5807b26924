import { assert, layer } from "@effect/vitest"
import { Effect, Exit, Layer, Redacted, Stream } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { type ChatModel, type ProviderError, Anthropic, type ChatEvent, OpenAi } from "effect-llm"
import { AnthropicMessages } from "effect-llm/protocols/AnthropicMessages"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import * as Arb from "../domain/arbitraries.ts"
import { foldEvents, toEvents } from "../../src/domain/ChatFold.ts"

const bytesOf = (frames: ReadonlyArray<{ readonly event?: string | undefined; readonly data: string }>): Uint8Array =>
  new TextEncoder().encode(
    frames
      .map(({ data, event }) => `${event === undefined ? "" : `event: ${event}\n`}data: ${data}\n\n`)
      .join(": ping\n\n")
  )

const cut = (bytes: Uint8Array, at: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const places = [0, ...at.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end))
}

/** What the server of the request that comes next sends. */
let sent: ReadonlyArray<Uint8Array> = []

const client = HttpClient.make((request) =>
  Effect.sync(() => {
    const chunks = sent
    const body = new ReadableStream({
      start: (controller) => {
        for (const chunk of chunks) controller.enqueue(chunk)
        controller.close()
      }
    })
    return HttpClientResponse.fromWeb(request, new Response(body, { headers: { "content-type": "text/event-stream" } }))
  })
)

const services = Layer.mergeAll(
  OpenAi.layer({ apiKey: Redacted.make("k") }),
  Anthropic.layer({ apiKey: Redacted.make("k") })
).pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, client)))

/** What the provider's client makes of bytes that arrive in these pieces: the events, and how the stream ended. */
const readers = [OpenAi, Anthropic].map((provider) => ({
  provider: provider.definition.id,
  protocol: provider === OpenAi ? OpenAiChat : AnthropicMessages,
  read: Effect.fnUntraced(function* (chunks: ReadonlyArray<Uint8Array>) {
    sent = chunks
    const events: Array<ChatEvent.ChatEvent> = []
    const model: ChatModel.ChatModel<ProviderError.ProviderError, OpenAi | Anthropic> = provider.model("m")
    const told = Stream.runForEach(model.stream("Hi"), (event) => Effect.sync(() => events.push(event)))
    const exit = yield* Effect.exit(told)
    return { events, whole: Exit.isSuccess(exit) }
  })
}))

/** All that a reader is told, deltas of one part joined, without times. */
const said = (events: ReadonlyArray<ChatEvent.ChatEvent>): string => {
  const { attempts: _, timings: __, ...response } = foldEvents(events)
  return JSON.stringify({ response, order: events.map(({ type }) => type) })
}

for (const { protocol, provider, read } of readers) {
  layer(services)(`the bytes of ${provider}`, (it) => {
    it.effect.prop(
      "decode the same however they are split, from the socket to the event",
      [Arb.response({ rawInput: true }), Arb.cuts],
      ([response, at]) =>
        Effect.gen(function* () {
          const encoder = protocol.makeEncoder({ model: "m", created: 0, id: "none", includeUsage: true })
          const frames = [...toEvents(response).flatMap((event) => encoder.encode(event)), ...encoder.end()]
          const bytes = bytesOf(frames)
          const whole = yield* read([bytes])
          assert.isTrue(whole.whole)
          assert.lengthOf(
            whole.events.filter(({ type }) => type === "finish"),
            1
          )
          assert.strictEqual(whole.events.at(-1)?.type, "finish")
          const split = yield* read(cut(bytes, at))
          assert.isTrue(split.whole)
          assert.strictEqual(said(split.events), said(whole.events))
        }),
      { arbitrary: { runs: 40 } }
    )

    it.effect.prop(
      "that break off anywhere never look like a complete response",
      [Arb.response({}), Arb.nonNegativeInt(1_000_000)],
      ([response, place]) =>
        Effect.gen(function* () {
          const encoder = protocol.makeEncoder({ model: "m", created: 0, id: "none", includeUsage: true })
          const frames = toEvents(response).flatMap((event) => encoder.encode(event))
          const last = frames.findIndex(({ data }) => /"(?:finish_reason|stop_reason)":"/.test(data))
          const bytes = bytesOf(frames.slice(0, last))
          const broken = yield* read([bytes.subarray(0, place % (bytes.length + 1))])
          assert.isFalse(broken.whole)
          assert.isFalse(broken.events.some(({ type }) => type === "finish"))
        }),
      { arbitrary: { runs: 60 } }
    )
  })
}
