/** What policies do to the types of models. Nothing here is run: the compiler is the test. */
import { expectTypeOf, it } from "@effect/vitest"
import { Context, Effect, Layer, Schedule, type Stream } from "effect"
import type { Pricing } from "../../src/catalog/Pricing.ts"
import type { Chat, Embedding, Speech } from "../../src/domain/Capability.ts"
import type { EmbeddingResponse } from "../../src/domain/Embedding.ts"
import type { AllFailedError } from "../../src/domain/AllFailedError.ts"
import type {
  GuardrailError,
  RateLimitError,
  ServerError,
  TimeoutError,
  ValidationError
} from "../../src/domain/ChatResponse.ts"
import type { SpeechEvent } from "../../src/domain/SpeechEvent.ts"
import type { ChatModel } from "../../src/model/ChatModel.ts"
import type { EmbeddingModel } from "../../src/model/EmbeddingModel.ts"
import type { RerankModel } from "../../src/model/RerankModel.ts"
import type { SpeechModel } from "../../src/model/SpeechModel.ts"
import * as Fallback from "../../src/policies/Fallback.ts"
import * as Guard from "../../src/policies/Guard.ts"
import * as Model from "../../src/policies/Model.ts"
import * as Policy from "../../src/policies/Policy.ts"
import * as Redact from "../../src/policies/Redact.ts"
import * as Repair from "../../src/policies/Repair.ts"
import * as Retry from "../../src/policies/Retry.ts"
import * as Timeout from "../../src/policies/Timeout.ts"
import * as TrimContext from "../../src/policies/TrimContext.ts"
import * as Validate from "../../src/policies/Validate.ts"

class Key extends Context.Service<Key, string>()("Key") {}
class Store extends Context.Service<Store, string>()("Store") {}

/** A function that is never called: its body is for the compiler. */
const typed = (
  _: (
    chat: ChatModel<ServerError, Key>,
    embedding: EmbeddingModel<ServerError>,
    speech: SpeechModel<RateLimitError>,
    rerank: RerankModel<ServerError>
  ) => void
): void => {}

it("a chain has models of one capability", () =>
  typed((chat, embedding, speech, rerank) => {
    expectTypeOf(Fallback.make([embedding, embedding])).toEqualTypeOf<EmbeddingModel<AllFailedError>>()
    expectTypeOf(Fallback.make([chat, chat])).toEqualTypeOf<ChatModel<AllFailedError, Key>>()
    // @ts-expect-error an embedding model cannot stand in for a rerank model
    Fallback.make([embedding, rerank])
    // @ts-expect-error nor can a chat model for an embedding model
    Fallback.make([embedding, chat])
    // @ts-expect-error nor can a model that streams speech for one that streams chat
    Fallback.make([chat, chat, speech])
    // @ts-expect-error a chain has at least one model
    Fallback.make([])
  }))

it("only chat and speech have streams, before and after policies", () =>
  typed((_, embedding, speech, rerank) => {
    const policy = Policy.perCall(() => Effect.succeed({}))
    expectTypeOf(speech.pipe(policy).stream("Hi")).toEqualTypeOf<Stream.Stream<SpeechEvent, RateLimitError>>()
    expectTypeOf(embedding.pipe(policy).stream).toEqualTypeOf<undefined>()
    // @ts-expect-error embeddings only come whole
    embedding.stream("Hi")
    // @ts-expect-error and so they do behind a retry
    embedding.pipe(Model.retry(Retry.standard)).stream("Hi")
    // @ts-expect-error and out of a chain
    Fallback.make([rerank, rerank]).stream({ query: "Hi", documents: [] })
    // @ts-expect-error a rerank request has a query
    rerank.generate({ documents: [] })
  }))

it("a policy adds its own errors, and no others", () =>
  typed((chat, embedding, speech) => {
    class Refused {
      readonly _tag = "Refused"
    }
    const refusing = Policy.perCall((): Effect.Effect<{}, Refused> => Effect.fail(new Refused()))
    expectTypeOf(embedding.pipe(Timeout.interactive)).toEqualTypeOf<EmbeddingModel<ServerError | TimeoutError>>()
    expectTypeOf(speech.pipe(refusing)).toEqualTypeOf<SpeechModel<RateLimitError | Refused>>()
    expectTypeOf(chat.pipe(Model.tap(() => Effect.fail("full" as const)))).toEqualTypeOf<
      ChatModel<ServerError | "full", Key>
    >()
    expectTypeOf(embedding.pipe(Model.retry(Retry.standard))).toEqualTypeOf<EmbeddingModel<ServerError>>()
    expectTypeOf(embedding.pipe(Model.onEnd(() => Effect.void))).toEqualTypeOf<EmbeddingModel<ServerError>>()

    const handled = embedding.pipe(Timeout.interactive).generate("Hi").pipe(Effect.catchTag("ServerError", Effect.die))
    // @ts-expect-error the timeout is not handled
    handled satisfies Effect.Effect<EmbeddingResponse>
    handled satisfies Effect.Effect<EmbeddingResponse, TimeoutError>
    // @ts-expect-error without the policy there is no timeout to handle
    embedding.generate("Hi").pipe(Effect.catchTag("TimeoutError", Effect.die))
  }))

it("a fallback replaces the errors of its models by AllFailedError", () =>
  typed((_, embedding) => {
    const chain = Fallback.make([embedding.pipe(Timeout.interactive), embedding])
    expectTypeOf<Model.Error<typeof chain>>().toEqualTypeOf<AllFailedError>()
    // @ts-expect-error the timeout of a model is an attempt of the chain, not its error
    chain.generate("Hi").pipe(Effect.catchTag("TimeoutError", Effect.die))
    chain.generate("Hi").pipe(Effect.catchTag("AllFailedError", Effect.die)) satisfies Effect.Effect<EmbeddingResponse>
  }))

it("a schedule accepts every error of the model", () =>
  typed((_, embedding, speech) => {
    const narrow = Schedule.recurs(1).pipe(Schedule.setInputType<RateLimitError>())
    expectTypeOf(speech.pipe(Model.retry(narrow))).toEqualTypeOf<SpeechModel<RateLimitError>>()
    // @ts-expect-error the schedule does not take ServerError
    embedding.pipe(Model.retry(narrow))
  }))

it("a policy adds its own services, which the call needs", () =>
  typed((chat, embedding) => {
    const storing = Policy.perCall<never, Store, Store>(() => Effect.map(Store, () => ({ end: () => Store })))
    expectTypeOf(storing).toEqualTypeOf<Policy.Policy<never, Store>>()
    expectTypeOf(storing(chat)).toEqualTypeOf<Model.Model<Chat, ServerError, Key | Store>>()
    expectTypeOf(storing(embedding)).toEqualTypeOf<Model.Model<Embedding, ServerError, Store>>()
    expectTypeOf(Model.withCost(embedding)).toEqualTypeOf<Model.Model<Embedding, ServerError, Pricing>>()
    const call = storing(embedding).generate("Hi")
    // @ts-expect-error Store is not provided
    call satisfies Effect.Effect<EmbeddingResponse, ServerError>
    Effect.provide(call, Layer.succeed(Store, "")) satisfies Effect.Effect<EmbeddingResponse, ServerError>
    // A scope is the policy's own.
    const scoped = Policy.perCall(() =>
      Effect.as(
        Effect.addFinalizer(() => Effect.void),
        {}
      )
    )
    expectTypeOf(scoped).toEqualTypeOf<Policy.Policy>()
  }))

it("a policy for one capability does not accept another", () =>
  typed((chat, embedding) => {
    expectTypeOf(Model.withDefaults(embedding, { dimensions: 1 })).toEqualTypeOf<EmbeddingModel<ServerError>>()
    const short = Model.withDefaults<Speech>({ user: "me" })
    // @ts-expect-error these are defaults of speech
    short(chat)
    // @ts-expect-error embeddings have no temperature
    Model.withDefaults(embedding, { temperature: 0 })
    // @ts-expect-error what a request needs cannot be left out, so it has no default
    Model.withDefaults(embedding, { inputs: ["Hi"] })
  }))

it("policies of conversations are for chats, those of content for every capability", () =>
  typed((chat, embedding) => {
    expectTypeOf(chat.pipe(Repair.make(), TrimContext.make())).toEqualTypeOf<ChatModel<ServerError, Key>>()
    // @ts-expect-error an embedding has no conversation
    embedding.pipe(Repair.make())
    // @ts-expect-error nor anything to trim
    embedding.pipe(TrimContext.make())
    expectTypeOf(embedding.pipe(Redact.make())).toEqualTypeOf<EmbeddingModel<ServerError>>()
    const guarded = embedding.pipe(Guard.text({ name: "g", check: () => Effect.as(Store, Guard.pass) }))
    expectTypeOf(guarded).toEqualTypeOf<EmbeddingModel<ServerError | GuardrailError, Store>>()
    const validated = embedding.pipe(Validate.make(({ embeddings }) => (embeddings.length > 1 ? "many" : undefined)))
    expectTypeOf(validated).toEqualTypeOf<EmbeddingModel<ServerError | ValidationError>>()
    expectTypeOf(chat.pipe(Validate.make([Validate.notEmpty, ({ text }) => text]))).toEqualTypeOf<
      ChatModel<ServerError | ValidationError, Key>
    >()
  }))
