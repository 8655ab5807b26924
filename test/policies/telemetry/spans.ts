/** A tracer that keeps what it is told, and models that answer as they are told. */
import { Effect, Exit, Option, Stream, Tracer } from "effect"
import type { Capability, Chat, Embedding, Speech } from "../../../src/domain/Capability.ts"
import { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import type { ChatEvent } from "../../../src/domain/ChatEvent.ts"
import type { ProviderError } from "../../../src/domain/ProviderError.ts"
import * as Usage from "../../../src/domain/Usage.ts"
import { kind as chat } from "../../../src/model/ChatModel.ts"
import { kind as embedding } from "../../../src/model/EmbeddingModel.ts"
import { kind as speech } from "../../../src/model/SpeechModel.ts"
import * as Model from "../../../src/policies/Model.ts"

export interface SeenSpan {
  readonly name: string
  readonly kind: Tracer.SpanKind
  readonly attributes: Record<string, unknown>
  readonly events: ReadonlyArray<readonly [string, Record<string, unknown>]>
  readonly parent: string | undefined
  readonly status: "success" | "failure" | "interrupted" | "open"
  /** The message of the error that the span ended with. */
  readonly error: string | undefined
  readonly seconds: number
}

class KeptSpan extends Tracer.NativeSpan {
  readonly kept: Array<readonly [string, Record<string, unknown>]> = []
  override event(name: string, startTime: bigint, attributes: Record<string, unknown> = {}): void {
    super.event(name, startTime, attributes)
    this.kept.push([name, attributes])
  }
}

export const makeTracer = () => {
  const spans: Array<KeptSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new KeptSpan(options)
      spans.push(span)
      return span
    }
  })
  const seen = (): ReadonlyArray<SeenSpan> =>
    spans.map((span) => {
      const { status } = span
      const exit = status._tag === "Ended" ? status.exit : undefined
      return {
        name: span.name,
        kind: span.kind,
        attributes: Object.fromEntries(span.attributes),
        events: span.kept,
        parent: Option.getOrUndefined(Option.map(span.parent, (parent) => (parent as Tracer.Span).name)),
        status:
          exit === undefined
            ? "open"
            : Exit.isSuccess(exit)
              ? "success"
              : Exit.hasInterrupts(exit)
                ? "interrupted"
                : "failure",
        error: exit && Option.getOrUndefined(Exit.findErrorOption(exit as Exit.Exit<unknown, Error>))?.message,
        seconds: status._tag === "Ended" ? Number(status.endTime - status.startTime) / 1e9 : 0
      }
    })
  return {
    seen,
    provide: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.withTracer(effect, tracer)
  }
}

export const usage = Usage.make({ input: 100, output: 20, cacheRead: 60, cacheWrite: 10, reasoning: 5 })

/** What a model does: each call takes the next outcome, and the last for ever. */
export interface Script {
  readonly id: string
  readonly outcomes: ReadonlyArray<"answers" | "hangs" | (() => ProviderError)>
  readonly millis?: number
}

const answer = (provider: string, model: string) => ({
  id: "resp-1",
  provider,
  model: `${model}-2026-01-01`,
  requestId: "req-1",
  usage,
  warnings: [],
  attempts: []
})

const scripted = <C extends Capability>(
  kind: Model.Model<C>["kind"],
  { id, millis = 1000, outcomes }: Script,
  response: C["Response"],
  events?: ReadonlyArray<C["Event"]>
): Model.Model<C, ProviderError> => {
  let calls = 0
  const next = Effect.suspend(() => {
    const outcome = outcomes[Math.min(calls++, outcomes.length - 1)] ?? "answers"
    const ended: Effect.Effect<void, ProviderError> =
      outcome === "answers" ? Effect.void : outcome === "hangs" ? Effect.never : Effect.fail(outcome())
    return Effect.andThen(Effect.sleep(millis), ended)
  })
  return Model.make<C, ProviderError, never>({
    id,
    kind,
    generate: () => Effect.as(next, response),
    stream:
      events &&
      (() =>
        Stream.unwrap(
          Effect.as(
            next,
            Stream.mapEffect(Stream.rechunk(Stream.fromArray(events), 1), (event) =>
              Effect.as(event.type === "finish" ? Effect.sleep(millis) : Effect.void, event)
            )
          )
        ))
  })
}

const partsOf = (id: string): readonly [string, string] => {
  const [provider = "", ...model] = id.split("/")
  return [provider, model.join("/")]
}

export const chatModel = (script: Script, text = "The answer is 42."): Model.Model<Chat, ProviderError> => {
  const common = answer(...partsOf(script.id))
  const events: ReadonlyArray<ChatEvent> = [
    { type: "response-start", provider: common.provider, requestId: common.requestId },
    { type: "response-metadata", id: common.id, model: common.model },
    { type: "text-start", id: "0" },
    { type: "text-delta", id: "0", delta: text },
    { type: "text-end", id: "0" },
    { type: "finish", finishReason: "stop", usage }
  ]
  const response = new ChatResponse({ ...common, content: [{ type: "text", text }], finishReason: "stop" })
  return scripted<Chat>(chat, script, response, events)
}

export const embeddingModel = (script: Script): Model.Model<Embedding, ProviderError> =>
  scripted<Embedding>(embedding, script, { ...answer(...partsOf(script.id)), embeddings: [[1, 2]] })

export const speechModel = (script: Script): Model.Model<Speech, ProviderError> => {
  const common = answer(...partsOf(script.id))
  return scripted<Speech>(speech, script, { ...common, audio: new Uint8Array([1]), mediaType: "audio/mpeg" }, [
    { type: "response-start", provider: common.provider, model: common.model, mediaType: "audio/mpeg" },
    { type: "audio", data: new Uint8Array([1]) },
    { type: "finish", usage }
  ])
}
