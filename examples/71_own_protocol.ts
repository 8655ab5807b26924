/**
 * A custom protocol, both halves: `Telex` writes a conversation as lines of `role: text`, and streams its response as
 * lines of JSON. A provider that speaks it has retries, fallbacks, costs and everything else; the server below, which is
 * just the protocol's other half, shows how a gateway would speak it.
 */
import { Console, Effect, Layer, Result, Stream } from "effect"
import {
  type ChatEvent,
  type ChatProtocol,
  ChatResponse,
  foldEvents,
  InvalidRequestError,
  Message,
  Provider,
  ProviderError,
  ResponseParseError,
  ServerError,
  Usage
} from "effect-llm"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import { serveLines } from "./support/lines.ts"

interface Wire {
  readonly [key: string]: unknown
}

const isWire = (u: unknown): u is Wire => typeof u === "object" && u !== null
const number = (u: unknown) => (typeof u === "number" ? u : undefined)

const usageOf = (wire: unknown) => (isWire(wire) ? Usage.make({ input: wire.in, output: wire.out }) : Usage.unknown)

const wireUsage = ({ inputTokens, outputTokens }: Usage.Usage) => ({ in: inputTokens.total, out: outputTokens.total })

const textOf = (message: Message.Message): string =>
  message.content.map((part) => ("text" in part && typeof part.text === "string" ? part.text : "")).join("")

const failureOf = (body: unknown) => ({
  _tag: "ProviderFailure" as const,
  message: isWire(body) ? String(body.error) : String(body),
  body
})

const Telex: ChatProtocol.ChatProtocol = {
  id: "telex",
  framing: "ndjson",
  path: (model) => `/telex/${encodeURIComponent(model)}`,
  // What it cannot express is a typed error, or a warning, before anything is sent.
  unsupported: ["tools", "toolChoice", "responseFormat", "reasoning", "logprobs", "seed", "topK", "serviceTier"],

  // The client's half

  encodeRequest: (request, { model, stream }) =>
    Result.succeed({
      body: {
        model,
        stream,
        limit: request.maxOutputTokens,
        talk: request.messages.map((message) => `${message.role}: ${textOf(message)}`)
      },
      warnings: []
    }),

  decodeResponse: (body, { model, provider }) => {
    if (!isWire(body)) return Result.fail(new ResponseParseError({ provider, model, detail: "it is no object" }))
    if (body.error !== undefined) return Result.fail(failureOf(body))
    return Result.succeed(
      ChatResponse.of({
        content: [{ type: "text", text: String(body.words) }],
        finishReason: body.why === "limit" ? "length" : "stop",
        usage: usageOf(body.used),
        warnings: [],
        attempts: []
      })
    )
  },

  makeDecoder: () => {
    let started = false
    const decoder = {
      done: false,
      decode: (frame: { readonly data: string }, events: Array<ChatEvent.ChatEvent>) => {
        const parsed = Result.try((): unknown => JSON.parse(frame.data))
        const line = Result.getOrUndefined(parsed)
        if (!isWire(line)) {
          events.push({ type: "malformed-frame", frame, message: "the line is not a JSON object" })
          return undefined
        }
        if (line.error !== undefined) return failureOf(line)
        if (!started) events.push({ type: "text-start", id: "0" })
        started = true
        if (typeof line.word === "string") events.push({ type: "text-delta", id: "0", delta: line.word })
        if (line.why !== undefined) {
          decoder.done = true
          const finishReason = line.why === "limit" ? ("length" as const) : ("stop" as const)
          events.push({ type: "text-end", id: "0" }, { type: "finish", finishReason, usage: usageOf(line.used) })
        }
        return undefined
      },
      // A response without its last line is incomplete.
      end: () => false
    }
    return decoder
  },

  decodeError: failureOf,

  // The server's half

  decodeRequest: (body) => {
    if (!isWire(body) || !Array.isArray(body.talk)) {
      return Result.fail(new InvalidRequestError({ at: "talk", detail: "it must be a list of lines" }))
    }
    const messages = body.talk.map((line: unknown) => {
      const [, role, text = ""] = /^(system|user|assistant): (.*)$/s.exec(String(line)) ?? []
      return Message.make({ role: (role ?? "user") as "user", content: text })
    })
    return Result.succeed({
      model: String(body.model),
      stream: body.stream === true,
      request: { messages, maxOutputTokens: number(body.limit) },
      includeUsage: true
    })
  },

  encodeResponse: (response) => ({
    words: response.text,
    why: response.finishReason === "length" ? "limit" : "end",
    used: { ...wireUsage(response.usage) } as { in: number; out: number }
  }),

  makeEncoder: () => ({
    encode: (event) => {
      if (event.type === "text-delta") return [{ data: JSON.stringify({ word: event.delta }) }]
      if (event.type !== "finish") return []
      const why = event.finishReason === "length" ? "limit" : "end"
      return [{ data: JSON.stringify({ why, used: wireUsage(event.usage) }) }]
    },
    end: () => [],
    fail: (error) => [{ data: JSON.stringify({ error: error.message }) }]
  }),

  encodeError: (error) => ({
    status: ProviderError.isRetryable(error) ? 503 : 400,
    body: { error: error.detail ?? error.message }
  })
}

class Morse extends Provider.Service<Morse>()({ id: "morse", protocol: Telex, auth: "none" }) {}

/** The server's response: the prompt in upper case, or an error if it is shouting already. */
const respond = (prompt: string): Result.Result<ChatResponse, ServerError> =>
  prompt === prompt.toUpperCase()
    ? Result.fail(new ServerError({ detail: "do not shout" }))
    : Result.succeed(
        ChatResponse.of({
          content: [{ type: "text", text: prompt.toUpperCase() }],
          finishReason: "stop",
          usage: Usage.make({ input: 3, output: 5 }),
          warnings: [],
          attempts: []
        })
      )

const program = Effect.gen(function* () {
  const model = Morse.model("key-1")
  const whole = yield* model.generate("Is anybody there?")
  yield* Console.log("whole:   ", whole.text, whole.usage.outputTokens.total, "tokens")

  const events = yield* Stream.runCollect(model.stream("Is anybody there?"))
  yield* Console.log("streamed:", foldEvents(events).text)

  const error = yield* Effect.flip(model.generate("ANYBODY?"))
  yield* Console.log("refused: ", error._tag, "-", error.message)

  const unsupported = yield* Effect.flip(model.generate({ messages: "Hello", seed: 1 }))
  yield* Console.log("not sent:", unsupported._tag)
})

await program.pipe(
  Effect.provide(Layer.unwrap(Effect.map(serveLines(Telex, respond), (baseUrl) => Morse.layer({ baseUrl })))),
  Effect.provide(UndiciClient.layer),
  Effect.scoped,
  Effect.runPromise
)
