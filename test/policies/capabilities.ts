/** What the laws of policies need to know of each capability, and a model of any capability that follows a script. */
import { describe } from "@effect/vitest"
import { Cause, Clock, Duration, Effect, Schema, Stream } from "effect"
import type { Capability, Chat, Embedding, Kind, Rerank, Speech } from "../../src/domain/Capability.ts"
import type { CallResponse } from "../../src/domain/CallResponse.ts"
import {
  ChatResponse,
  OverloadedError,
  RateLimitError,
  ServerError,
  StreamInterruptedError
} from "../../src/domain/ChatResponse.ts"
import { AuthenticationError, InvalidRequestError } from "../../src/domain/CallErrors.ts"
import type { ProviderError } from "../../src/domain/ProviderError.ts"
import * as Usage from "../../src/domain/Usage.ts"
import { kind as chat } from "../../src/model/ChatModel.ts"
import { kind as embedding } from "../../src/model/EmbeddingModel.ts"
import { kind as rerank } from "../../src/model/RerankModel.ts"
import { kind as speech } from "../../src/model/SpeechModel.ts"
import * as Model from "../../src/policies/Model.ts"

/** How the requests of a capability look, and how pieces of a response are written and read. */
interface Description<C extends Capability> {
  readonly kind: Kind<C>
  readonly request: C["Request"] & C["Input"]
  readonly respond: (pieces: ReadonlyArray<string>, common: CallResponse) => C["Response"]
  readonly read: (response: C["Response"]) => ReadonlyArray<string>
  /** The events of a stream; absent where responses only come whole. */
  readonly events?:
    | {
        readonly opening: ReadonlyArray<C["Event"]>
        readonly piece: (piece: string) => C["Event"]
        readonly finish: C["Event"]
        readonly read: (event: C["Event"]) => string | undefined
      }
    | undefined
}

export const usage = Usage.make({ input: 1000, output: 100 })

const words = (text: string): ReadonlyArray<string> => text.split(" ").filter((word) => word !== "")
const bytesOf = (piece: string) => new TextEncoder().encode(`${piece} `)
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

export const chats: Description<Chat> = {
  kind: chat,
  request: { messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }] },
  respond: (pieces, common) =>
    new ChatResponse({
      ...common,
      content: [{ type: "text", text: pieces.map((piece) => `${piece} `).join("") }],
      finishReason: "stop"
    }),
  read: ({ text }) => words(text),
  events: {
    opening: [{ type: "response-start" }, { type: "usage", usage }, { type: "text-start", id: "0" }],
    piece: (piece) => ({ type: "text-delta", id: "0", delta: `${piece} ` }),
    finish: { type: "finish", finishReason: "stop", usage },
    read: (event) => (event.type === "text-delta" ? event.delta.trim() : undefined)
  }
}

const speeches: Description<Speech> = {
  kind: speech,
  request: { text: "Hi" },
  respond: (pieces, common) => ({ ...common, audio: bytesOf(pieces.join(" ")), mediaType: "audio/mpeg" }),
  read: ({ audio }) => words(textOf(audio)),
  events: {
    opening: [
      { type: "response-start", mediaType: "audio/mpeg" },
      { type: "usage", usage }
    ],
    piece: (piece) => ({ type: "audio", data: bytesOf(piece) }),
    finish: { type: "finish", usage },
    read: (event) => (event.type === "audio" ? textOf(event.data).trim() : undefined)
  }
}

const embeddings: Description<Embedding> = {
  kind: embedding,
  request: { inputs: ["Hi"] },
  respond: (pieces, common) => ({ ...common, embeddings: pieces.map((piece) => piece.split(".").map(Number)) }),
  read: ({ embeddings }) => embeddings.map((embedding) => Array.from(embedding as ReadonlyArray<number>).join("."))
}

const reranks: Description<Rerank> = {
  kind: rerank,
  request: { query: "Hi", documents: ["one"] },
  respond: (pieces, common) => ({
    ...common,
    results: pieces.map((document, index) => ({ index, relevanceScore: 1, document }))
  }),
  read: ({ results }) => results.map(({ document }) => String(document))
}

/** One way to call the models of a capability: for a whole response, or for a stream, which is folded into one. */
export interface Call<in out C extends Capability> extends Description<C> {
  readonly name: string
  readonly isStream: boolean
  readonly run: <E, R>(model: Model.Model<C, E, R>, options?: CallOptions<C>) => Effect.Effect<C["Response"], E, R>
  /** Reads so many chunks of a stream and leaves; a whole response cannot be left. */
  readonly leave: <E, R>(model: Model.Model<C, E, R>, chunks: number) => Effect.Effect<void, E, R>
}

interface CallOptions<in out C extends Capability> {
  readonly request?: C["Input"]
  readonly see?: (event: C["Event"]) => Effect.Effect<void> | void
}

export const whole = <C extends Capability>(description: Description<C>): Call<C> => ({
  ...description,
  name: `${description.kind.id}, whole`,
  isStream: false,
  run: (model, { request = description.request } = {}) => model.generate(request),
  leave: (model) => Effect.asVoid(model.generate(description.request))
})

const streamed = <C extends Capability>(description: Description<C>): Call<C> => {
  const streamOf = <E, R>(model: Model.Model<C, E, R>, request: C["Input"]): Stream.Stream<C["Event"], E, R> =>
    Model.streamOf(model)?.(request) ?? Stream.die(`${description.kind.id} has no stream`)
  return {
    ...description,
    name: `${description.kind.id}, streamed`,
    isStream: true,
    run: (model, { request = description.request, see } = {}) =>
      Effect.suspend(() => {
        const fold = description.kind.streaming?.makeFold()
        const read = Stream.runForEach(streamOf(model, request), (event) =>
          Effect.suspend(() => {
            fold?.add(event)
            return see?.(event) ?? Effect.void
          })
        )
        return Effect.flatMap(read, () => {
          const response = fold?.response()
          return response === undefined ? Effect.die("the stream did not finish") : Effect.succeed(response)
        })
      }),
    leave: (model, chunks) =>
      streamOf(model, description.request).pipe(Stream.chunks, Stream.take(chunks), Stream.runDrain)
  }
}

/** Every way to call a model: each capability, whole and streamed. */
export const mapCalls = <A>(f: <C extends Capability>(call: Call<C>) => A): ReadonlyArray<A> => [
  f(whole(chats)),
  f(streamed(chats)),
  f(whole(speeches)),
  f(streamed(speeches)),
  f(whole(embeddings)),
  f(whole(reranks))
]

/** States a law once for every capability, whole and streamed. */
export const forEveryCall = (title: string, law: <C extends Capability>(call: Call<C>) => void): void => {
  describe(`${title}`, () => void mapCalls(law))
}

const partial = new ChatResponse({ content: [], finishReason: "other", usage, warnings: [], attempts: [] })

const errors = {
  server: () => new ServerError({ provider: "lab" }),
  overloaded: () => new OverloadedError({ provider: "lab", retryAfter: Duration.seconds(2) }),
  busy: () => new RateLimitError({ provider: "lab", retryAfter: Duration.hours(1) }),
  key: () => new AuthenticationError({ provider: "lab" }),
  invalid: () => new InvalidRequestError({ provider: "lab" }),
  cut: () => new StreamInterruptedError({ provider: "lab", partial })
} satisfies Record<string, () => ProviderError>

/**
 * What a model does with one call: it waits, writes pieces, and ends. `after` is how many pieces it writes before it fails or
 * falls silent; with none below zero, not even the response starts. `together` is how many pieces make a chunk.
 */
export const Turn = Schema.Struct({
  end: Schema.Literals(["whole", "whole", "whole", "hang", "server", "overloaded", "busy", "key", "invalid", "cut"]),
  after: Schema.Literals([-1, -1, 0, 1, 3]),
  together: Schema.Literals([1, 2, 5]),
  wait: Schema.Literals([0, 0, 700, 4000])
})
export type Turn = typeof Turn.Type

export const Script = Schema.Array(Turn).check(Schema.isMinLength(1), Schema.isMaxLength(3))
export type Script = typeof Script.Type

export const Scripts = Schema.Array(Script).check(Schema.isMinLength(1), Schema.isMaxLength(3))

/** A turn that answers, and one that fails at once. */
export const answers: Turn = { end: "whole", after: 0, together: 1, wait: 0 }
export const fails: Turn = { ...answers, end: "server", after: -1 }

/** What became of a call, as the model saw it. */
export interface CallRecord {
  readonly model: string
  readonly request: unknown
  readonly startedAtMillis: number
  outcome: "pending" | "succeeded" | "failed" | "interrupted"
  /** How often what the call had opened was closed, and when that was. */
  closed: number
  endedAtMillis: number
}

const gapMillis = 100

/** The pieces of a response, which tell the model and the call that wrote them. */
export const piecesOf = (model: string, call: number): ReadonlyArray<string> =>
  [0, 1, 2, 3].map((index) => `${model.replace(/^.*\//, "")}.${call}.${index}`)

/** A model that does what its script says, turn after turn, from the beginning again after the last; `calls` is its log. */
export const scripted = <C extends Capability>(
  { events, kind, respond }: Description<C>,
  script: Script,
  calls: Array<CallRecord> = [],
  id = "lab/0"
): Model.Model<C, ProviderError, never> => {
  let made = 0
  const begin = (request: C["Request"]) =>
    Effect.map(Clock.Clock, (clock) => {
      const index = made++
      const turn = script[index % script.length] ?? answers
      const now = () => clock.currentTimeMillisUnsafe()
      const record: CallRecord = {
        model: id,
        request,
        startedAtMillis: now(),
        outcome: "pending",
        closed: 0,
        endedAtMillis: 0
      }
      calls.push(record)
      const all = piecesOf(id, index)
      const pieces = turn.end === "whole" ? all : all.slice(0, Math.max(0, turn.after))
      const end = (outcome: CallRecord["outcome"]) => {
        if (record.outcome === "pending") record.outcome = outcome
      }
      const close = Effect.sync(() => {
        end("interrupted")
        record.closed++
        record.endedAtMillis = now()
      })
      /** Ends as the turn says, which is where a whole call succeeds. */
      const ending: Effect.Effect<void, ProviderError> = Effect.suspend(() => {
        if (turn.end === "hang") return Effect.never
        end(turn.end === "whole" ? "succeeded" : "failed")
        return turn.end === "whole" ? Effect.void : Effect.fail(errors[turn.end]())
      })
      return { turn, pieces, ending, close, end }
    })
  return Model.make<C, ProviderError, never>({
    id,
    kind,
    contextWindow: 7,
    generate: (request) =>
      // The yields of a long chain may interrupt it anywhere, and a call that is open is closed.
      Effect.acquireUseRelease(
        begin(request),
        ({ ending, pieces, turn }) => {
          const attempts = [{ model: id, duration: Duration.zero }]
          return Effect.sleep(turn.wait + pieces.length * gapMillis).pipe(
            Effect.andThen(ending),
            Effect.map(() => respond(pieces, { usage, warnings: [], attempts }))
          )
        },
        ({ close }) => close
      ),
    stream:
      events &&
      ((request) =>
        Stream.unwrap(
          Effect.map(begin(request), ({ close, end, ending, pieces, turn }) => {
            const chunks: Array<readonly [C["Event"], ...ReadonlyArray<C["Event"]>]> = []
            const add = ([first, ...others]: ReadonlyArray<C["Event"]>) => {
              if (first !== undefined) chunks.push([first, ...others])
            }
            if (turn.end === "whole" || turn.after >= 0) add(events.opening)
            for (let from = 0; from < pieces.length; from += turn.together)
              add(pieces.slice(from, from + turn.together).map(events.piece))
            if (turn.end === "whole") add([events.finish])
            let next = 0
            const pull = Effect.suspend(() => {
              const chunk = chunks[next]
              const pause = Effect.sleep(next++ === 0 ? turn.wait : gapMillis)
              if (chunk === undefined) return Effect.andThen(turn.end === "whole" ? Effect.void : pause, ending)
              return Effect.map(pause, () => {
                if (turn.end === "whole" && next === chunks.length) end("succeeded")
                return chunk
              })
            })
            const read = Effect.flatMap(pull, (chunk) => (chunk === undefined ? Cause.done() : Effect.succeed(chunk)))
            return Stream.ensuring(Stream.fromPull(Effect.succeed(read)), close)
          })
        ))
  })
}
