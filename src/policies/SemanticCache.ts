/**
 * Gives a kept response to prompts that mean the same, by the distance of their embeddings.
 *
 * ```ts
 * import { OpenAi } from "effect-llm"
 * import * as SemanticCache from "effect-llm/policies/SemanticCache"
 *
 * const embedding = OpenAi.embeddingModel("text-embedding-3-small")
 * const model = OpenAi.model("gpt-5.4-mini").pipe(
 *   SemanticCache.make({ embedding, threshold: 0.97, ttl: "1 day", tenant: "support" })
 * )
 * ```
 *
 * The gotcha: prompts that are close may have different answers ("in 2024", "in 2025"). Measure the threshold with prompts of
 * your own before you trust it.
 *
 * @since 0.1.0
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Persistence } from "effect/persistence/Persistence"
import * as Stream from "effect/Stream"
import type { Chat, Embedding } from "../domain/Capability.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ChatResponse } from "../domain/ChatResponse.ts"
import type { Cost } from "../domain/Cost.ts"
import { currentSteadyMillis } from "../domain/SteadyClock.ts"
import { type Model, streamOf, wrap } from "../model/Model.ts"
import { unwrap } from "../model/PullStream.ts"
import { aside } from "./Attempts.ts"
import { observed } from "./caching/CachedCall.ts"
import * as CallKey from "./caching/CallKey.ts"
import { type Tenant, tenantOf } from "./caching/Tenant.ts"
import { CurrentControl } from "./caching/Control.ts"
import { inNamespace } from "./caching/ResponseStore.ts"
import { cachedCost, fromCache, reusable } from "./caching/Reused.ts"
import * as Similar from "./caching/Similar.ts"
import { record } from "./Decision.ts"

/**
 * Options of a semantic cache.
 *
 * - `embedding`: the model that embeds prompts. It is a model like any other: compose it with retries, limits and costs.
 * - `threshold`: how similar two prompts must be, as the cosine of their embeddings. Default 0.95.
 * - `ttl`, `tenant`, `namespace`: as in `ResponseCache`; the namespace is `semantic` by default.
 * - `conversations`: whether the last message of a conversation is compared too, among conversations that are otherwise
 *   equal. By default only single messages of a user are, with or without a system message before.
 * - `capacity`: how many responses are kept for prompts to the same model with the same parameters; the oldest go
 *   first. All are read with each call. Default 100.
 * - `storeTimeout`: how long a call waits for the store. Default 250 ms.
 *
 * @since 0.1.0
 * @category models
 */
export interface SemanticCacheOptions<out E2, out R2> {
  readonly embedding: Model<Embedding, E2, R2>
  readonly ttl: Duration.Input
  readonly tenant: Tenant
  readonly threshold?: number | undefined
  readonly conversations?: boolean | undefined
  readonly capacity?: number | undefined
  readonly namespace?: string | undefined
  readonly storeTimeout?: Duration.Input | undefined
}

/**
 * Makes a policy that embeds each prompt and looks for a kept response to a similar one. Everything else must be equal: the
 * model, the parameters, the messages before, the tenant, the providers' accounts and the credentials. Requests with tools, and messages with more than
 * text, are not cached.
 *
 * A hit has `cached` with `similarity`, and costs what the embedding cost, flagged `Cached`. On a miss that is added to the cost of
 * the response, where a `withCost` within computes one. An embedding that fails is a miss, and so is a store that does.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make =
  <E2, R2>(options: SemanticCacheOptions<E2, R2>) =>
  <E, R>(self: Model<Chat, E, R>): Model<Chat, E, R | R2 | Persistence> => {
    const look = lookIn(self, options)
    const stream = streamOf(self)
    return wrap<Chat, E, R | R2 | Persistence>(self, {
      generate: (request) =>
        Effect.flatMap(look(request), ({ cost, hit, keep }) => {
          if (hit !== undefined) return Effect.succeed(hit)
          if (keep === undefined) return self.generate(request)
          return Effect.map(Effect.tap(self.generate(request), keep), (response) =>
            response.with({ cost: plus(response.cost, cost) })
          )
        }),
      stream:
        stream &&
        ((request, streaming) =>
          unwrap(
            Effect.map(look(request), ({ cost, hit, keep }) => {
              if (hit !== undefined) return Stream.fromArray(streaming.unfold?.(hit) ?? [])
              if (keep === undefined) return stream(request)
              return Stream.map(observed(stream(request), streaming, keep), (event) =>
                event.type === "finish" ? { ...event, cost: plus(event.cost, cost) } : event
              )
            })
          ))
    })
  }

interface Found {
  readonly hit?: ChatResponse
  readonly keep?: (response: ChatResponse) => Effect.Effect<void>
  /** What the embedding cost. */
  readonly cost?: Cost | undefined
}

const lookIn = <E, R, E2, R2>(model: Model<Chat, E, R>, options: SemanticCacheOptions<E2, R2>) => {
  const { capacity = 100, conversations = false, embedding, namespace = "semantic", threshold = 0.95 } = options
  const ttl = Duration.fromInputUnsafe(options.ttl)
  const limit = Duration.fromInputUnsafe(options.storeTimeout ?? "250 millis")

  return Effect.fnUntraced(function* (request: ChatRequest): Effect.fn.Return<Found, never, R2 | Persistence> {
    const control = yield* CurrentControl
    const prompt = promptOf(request, conversations)
    if (prompt === undefined || control.mode === "no-store") return {}
    const startedAtMillis = yield* currentSteadyMillis
    const tenant = yield* tenantOf(options.tenant, { model, request })
    const others: ChatRequest = { ...request, messages: request.messages.slice(0, -1) }
    const key = yield* CallKey.make({
      model,
      request: others,
      tenant,
      also: ["semantic", embedding.id, embedding.variant]
    })
    if (key === undefined) return {}
    const embedded = yield* Effect.option(aside(embedding.generate({ inputs: [prompt] })))
    const vector = embedded._tag === "Some" ? embedded.value.embeddings[0] : undefined
    if (embedded._tag === "None" || vector === undefined) return {}
    const { cost } = embedded.value
    const store = yield* inNamespace(control.namespace ?? namespace)
    const timeToLive = control.ttl === undefined ? ttl : Duration.fromInputUnsafe(control.ttl)
    const text = Effect.suspend(() => store.read(key, limit))
    const read = Effect.flatMap(Effect.flatMap(text, Similar.decode), (entries) =>
      Effect.map(Clock.currentTimeMillis, (now) => Similar.alive(entries, timeToLive, now))
    )
    if (control.mode !== "refresh") {
      const best = Similar.closest(yield* read, vector)
      if (best !== undefined && best.similarity >= threshold) {
        yield* record({ type: "cache-hit", model: model.id })
        const reuse = { model: model.id, cost: hitCost(cost), millis: (yield* currentSteadyMillis) - startedAtMillis }
        return { hit: fromCache(best.entry.response, { at: best.entry.at, similarity: best.similarity }, reuse) }
      }
    }
    yield* record({ type: "cache-miss", model: model.id })
    const keep = (response: ChatResponse) =>
      model.kind.caching?.isReusable?.(response) === false
        ? Effect.void
        : Effect.flatMap(Clock.currentTimeMillis, (now) => {
            const entry = Similar.entry(vector, reusable(response), response.cached?.at, now)
            // Of two processes that write at the same time, one loses its entry: a miss, later.
            const text = Effect.flatMap(read, (entries) => Similar.encode([...entries, entry].slice(-capacity)))
            return store.write(key, text, timeToLive, limit)
          })
    return { keep, cost }
  })
}

/** The text that is compared; `undefined` for a request that is not cached. */
const promptOf = ({ messages, tools }: ChatRequest, conversations: boolean): string | undefined => {
  const last = messages.at(-1)
  if (last?.role !== "user" || (tools !== undefined && tools.length > 0)) return undefined
  if (!conversations && messages.slice(0, -1).some(({ role }) => role !== "system")) return undefined
  const texts = last.content.flatMap((part) => (part.type === "text" ? [part.text] : []))
  const prompt = texts.join("\n")
  return texts.length === last.content.length && prompt.trim() !== "" ? prompt : undefined
}

const hitCost = (embedding: Cost | undefined): Cost => {
  if (embedding === undefined)
    return { ...cachedCost, flags: [{ _tag: "Cached" }, { _tag: "FeeUnpriced", meter: "embedding" }] }
  return embedding._tag === "Priced" ? { ...embedding, flags: [...embedding.flags, { _tag: "Cached" }] } : embedding
}

const plus = (response: Cost | undefined, embedding: Cost | undefined): Cost | undefined => {
  if (response?._tag !== "Priced" || embedding === undefined) return response
  if (embedding._tag === "Unpriced")
    return { ...response, flags: [...response.flags, { _tag: "FeeUnpriced", meter: "embedding" }] }
  return {
    ...response,
    total: BigDecimal.sum(response.total, embedding.total),
    breakdown: [...response.breakdown, ...embedding.breakdown]
  }
}
