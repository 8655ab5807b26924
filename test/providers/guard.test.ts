/**
 * Whatever a server sends ends as a success or as a typed error, soon: no defect, no hang. Every decoder is behind the same
 * guard, so each is tried through a provider.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Redacted, Result, Stream } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { HttpClient, HttpClientResponse } from "effect/http"
import { Provider } from "effect-llm"
import { globSync } from "node:fs"
import type { Exchange, Streaming } from "../../src/domain/Capability.ts"
import type { Protocol } from "../../src/protocols/Protocol.ts"
import type { ChatProtocol } from "../../src/protocols/ChatProtocol.ts"
import * as Arb from "../domain/arbitraries.ts"

interface Sent {
  readonly status: number
  readonly type: string
  readonly body: string
}

let sent: Sent = { status: 200, type: "application/json", body: "" }

const client = Layer.succeed(
  HttpClient.HttpClient,
  HttpClient.make((request) =>
    Effect.sync(() =>
      HttpClientResponse.fromWeb(
        request,
        new Response(sent.body, { status: sent.status, headers: { "content-type": sent.type } })
      )
    )
  )
)

/** Words that decoders look for, and words that mean something to JavaScript. */
const words = [
  "id model object type role index name text content message messages choices delta finish_reason tool_calls function",
  "arguments input output usage prompt_tokens completion_tokens total_tokens error code detail details msg loc param status",
  "data embedding embeddings vectors results result scores relevance_score score document documents categories flagged",
  "predictions candidates parts functionCall args usageMetadata contentBlockIndex toolUse stopReason metrics metadata item",
  "response items events words segments language duration transcript alternatives channels utterances b64_json url images",
  "image audio models has_more next first_id last_id files batches request_counts counts custom_id created_at expires_at",
  "tokens input_tokens token_count totalTokens predictionsCount statistics embeddings_floats citations annotations logprobs",
  "__proto__ constructor prototype toString valueOf hasOwnProperty length then toJSON"
]
  .join(" ")
  .split(" ")

const leaves = [
  "null",
  "true",
  "0",
  "-1",
  "1e999",
  "9007199254740993",
  "1e-400",
  '""',
  '"x"',
  String.raw`"\ud800"`,
  String.raw`"\u0000"`,
  '"error"',
  '"message_start"',
  '"content_block_delta"',
  '"response.output_text.delta"',
  '"response.completed"',
  '"content-delta"',
  "[]",
  "{}",
  '{"toString":null,"valueOf":null,"toJSON":null}',
  '{"__proto__":null,"constructor":null}',
  '[{"loc":[{"toString":null}],"msg":"x"}]',
  `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
  `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`,
  `[${"0,".repeat(10_000)}0]`,
  JSON.stringify("x".repeat(20_000))
]

const leaf = Arb.literal(...leaves) as Arb.Arb<string>
const word = Arb.literal(...words) as Arb.Arb<string>

const within = (inner: Arb.Arb<string>): Arb.Arb<string> =>
  Arb.oneOf<string>(
    leaf,
    Arbitrary.map(Arbitrary.array(inner, { maxLength: 3 }), (items) => `[${items.join()}]`),
    Arbitrary.map(
      Arbitrary.array(Arbitrary.all([word, inner]), { minLength: 1, maxLength: 5 }),
      (fields) => `{${fields.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join()}}`
    )
  )

/** The text of a JSON value that nobody should send. */
const hostile = within(within(within(within(leaf))))

type Exits = Exit.Exit<unknown, unknown>

const holds = (exit: Exits, sent: Sent, millis: number): void => {
  const where = `${sent.status} ${sent.type} ${sent.body.slice(0, 300)}`
  assert.isBelow(millis, 2000, where)
  if (Exit.isSuccess(exit)) return
  assert.isFalse(exit.cause.reasons.some(Cause.isDieReason), `${where}\n${Cause.pretty(exit.cause).slice(0, 2000)}`)
  const error = Result.getOrThrow(Cause.findError(exit.cause)) as Error
  assert.isString(error.message)
  assert.isString(Cause.pretty(exit.cause))
}

const tried = <R>(call: Effect.Effect<unknown, unknown, R>, body: Sent) =>
  Effect.gen(function* () {
    sent = body
    // Of this thread alone: a busy machine makes nothing slower.
    const before = process.threadCpuUsage()
    const exit = yield* Effect.exit(call)
    const { system, user } = process.threadCpuUsage(before)
    holds(exit, body, (system + user) / 1000)
  })

const chats = ["AnthropicMessages", "BedrockConverse", "CohereChat", "GoogleGenerateContent", "MistralChat"].concat([
  "OllamaChat",
  "OpenAiChat",
  "OpenAiResponses",
  "WatsonxChat"
])

const framed = (framing: ChatProtocol["framing"], bodies: ReadonlyArray<string>): string =>
  framing === "sse" ? bodies.map((body) => `data: ${body}\n\n`).join("") : bodies.join("\n")

for (const name of chats) {
  describe(`${name}`, () => {
    const load = Effect.promise(() => import(`../../src/protocols/${name}.ts`) as Promise<Record<string, ChatProtocol>>)
    class Acme extends Provider.Service<Acme>()({
      id: "acme",
      protocol: Effect.map(load, (module) => module[name] as ChatProtocol),
      baseUrl: "http://acme.example"
    }) {}
    const layer = Acme.layer({ apiKey: Redacted.make("k-0123456789") }).pipe(Layer.provide(client))
    const model = Acme.model("m")

    it.effect.prop(
      "has no defect",
      [Arbitrary.array(hostile, { minLength: 1, maxLength: 4 }), Arb.literal(200, 200, 400, 401, 429, 500)],
      ([bodies, status]) =>
        Effect.gen(function* () {
          const body = bodies[0] ?? ""
          yield* tried(model.generate("Hi"), { status: status as number, type: "application/json", body })
          const framing = (yield* load)[name]?.framing ?? "sse"
          const stream = { status: status as number, type: "text/event-stream", body: framed(framing, bodies) }
          yield* tried(Stream.runDrain(model.stream("Hi")), stream)
          const { models } = yield* Acme
          if (models !== undefined) yield* tried(models, { ...stream, body })
        }).pipe(Effect.provide(layer)),
      { arbitrary: { runs: 12 } }
    )
  })
}

/** What is asked for, by the folder of the protocol; a decoder may look at it. */
const requests: { readonly [folder: string]: object } = {
  embeddings: { inputs: ["a", "b"] },
  images: { prompt: "a" },
  rerank: { query: "a", documents: ["a", "b"] },
  speech: { text: "a", voice: "v" },
  transcription: { audio: { type: "audio", data: new Uint8Array(4), mediaType: "audio/wav" } },
  moderation: { inputs: ["a"] },
  tokenCount: { messages: [{ role: "user", content: [{ type: "text", text: "a" }] }] },
  files: {
    file: "f",
    fileName: "f.txt",
    purpose: "batch",
    data: new Uint8Array(4),
    mediaType: "text/plain",
    address: "http://a"
  },
  batches: { batch: "b", place: "p", items: [] }
}

const streaming: Streaming<Exchange> = {
  isContent: () => true,
  isObservable: false,
  makeFold: () => ({ add: () => {}, response: () => undefined })
}

const isProtocol = (u: unknown): u is Protocol<Exchange> =>
  typeof u === "object" && u !== null && "decodeResponse" in u && "encodeRequest" in u

for (const [folder, request] of Object.entries(requests)) {
  describe(`the decoders of ${folder}`, () => {
    const load = Effect.promise(async () => {
      const files = globSync(`src/protocols/${folder}/*.ts`, { cwd: `${import.meta.dirname}/../..` })
      const modules = await Promise.all(
        files.map((file) => import(`../../${file}`) as Promise<Record<string, unknown>>)
      )
      return modules.flatMap((module) =>
        Object.values(module).flatMap((one) =>
          isProtocol(one) ? [one] : typeof one === "object" && one !== null ? Object.values(one).filter(isProtocol) : []
        )
      )
    })
    class Acme extends Provider.ServiceWithoutChat<Acme>()({ id: "acme", baseUrl: "http://acme.example" }) {}
    const layer = Acme.layer({ apiKey: Redacted.make("k-0123456789") }).pipe(Layer.provide(client))

    it.effect.prop(
      "has no defect",
      [
        hostile,
        Arb.literal(200, 200, 400, 429, 500),
        Arb.literal("application/json", "text/event-stream", "audio/mpeg")
      ],
      ([body, status, type]) =>
        Effect.gen(function* () {
          const { using } = yield* Acme
          const protocols = yield* load
          assert.isNotEmpty(protocols)
          for (const protocol of protocols) {
            const answer = { status: status as number, type: type as string, body }
            const calls = using?.(protocol) ?? assert.fail("it only chats")
            yield* tried(calls.generate("m", request), answer)
            const framed = { ...answer, body: `data: ${body}\n\n` }
            yield* tried(Stream.runDrain(calls.stream("m", request, streaming)), framed)
          }
        }).pipe(Effect.provide(layer)),
      { arbitrary: { runs: 6 } }
    )
  })
}
