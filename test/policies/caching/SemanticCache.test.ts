/** Kept responses for prompts that mean the same. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { Chat, Embedding } from "../../../src/domain/Capability.ts"
import type { ChatRequestInput } from "../../../src/domain/ChatRequest.ts"
import { ChatResponse, ServerError } from "../../../src/domain/ChatResponse.ts"
import { kind as chat } from "../../../src/model/ChatModel.ts"
import { kind as embeddings } from "../../../src/model/EmbeddingModel.ts"
import * as Model from "../../../src/policies/Model.ts"
import * as ResponseCache from "../../../src/policies/ResponseCache.ts"
import * as SemanticCache from "../../../src/policies/SemanticCache.ts"
import { usage } from "../capabilities.ts"
import { dollars, priced } from "../priced.ts"

/** Cosines with "sky": 1, 0.98, 0.6, 0. */
const vectors: { readonly [prompt: string]: ReadonlyArray<number> } = {
  sky: [2, 0],
  heaven: [0.98, 0.199],
  sea: [3, 4],
  bread: [0, 1]
}

const lab = () => {
  const calls = { chat: 0, embedding: 0 }
  const response = new ChatResponse({
    content: [{ type: "text", text: "blue" }],
    finishReason: "stop",
    usage,
    warnings: [],
    attempts: []
  })
  const model = Model.make<Chat, never, never>({
    id: "lab/0",
    kind: chat,
    generate: () => Effect.sync(() => (calls.chat++, response)),
    stream: () => {
      calls.chat++
      return Stream.rechunk(Stream.fromIterable(chat.streaming?.unfold?.(response) ?? []), 1)
    }
  })
  const embedding = Model.make<Embedding, ServerError, never>({
    id: "lab/1",
    kind: embeddings,
    generate: ({ inputs }) =>
      Effect.suspend(() => {
        calls.embedding++
        const vector = vectors[String(inputs[0])]
        return vector === undefined
          ? Effect.fail(new ServerError({ provider: "lab" }))
          : Effect.succeed({ embeddings: [vector], usage, warnings: [], attempts: [] })
      })
  })
  return { calls, model, embedding }
}

const options = { ttl: "1 hour", tenant: "a" } as const
const memory = Effect.provide(ResponseCache.layerMemory())

describe("a semantic cache", () => {
  it.effect("hits similar prompts, whole and streamed, with their similarity", () =>
    Effect.gen(function* () {
      const { calls, embedding, model } = lab()
      const cached = SemanticCache.make({ ...options, embedding })(model)
      yield* cached.generate("sky")
      const hit = yield* cached.generate("heaven")
      assert.closeTo(hit.cached?.similarity ?? 0, 0.98, 0.001)
      assert.strictEqual(hit.text, "blue")
      const events = yield* Stream.runCollect(cached.stream("heaven"))
      const last = events.at(-1)
      assert.closeTo((last?.type === "finish" && last.cached?.similarity) || 0, 0.98, 0.001)
      assert.isUndefined((yield* cached.generate("sea")).cached)
      assert.isUndefined((yield* cached.generate("bread")).cached)
      assert.isDefined(
        (yield* SemanticCache.make({ ...options, embedding, threshold: 0.5 })(model).generate("sea")).cached
      )
      assert.strictEqual(calls.chat, 3)
    }).pipe(memory)
  )

  it.effect("caches a complete stream until its ttl", () =>
    Effect.gen(function* () {
      const { calls, embedding, model } = lab()
      const cached = SemanticCache.make({ ...options, embedding })(model)
      yield* Stream.runDrain(Stream.take(cached.stream("sky"), 2))
      assert.isUndefined((yield* cached.generate("sky").pipe(ResponseCache.control({ mode: "no-store" }))).cached)
      yield* Stream.runDrain(cached.stream("sky"))
      assert.isDefined((yield* cached.generate("sky")).cached)
      assert.isUndefined((yield* cached.generate("sky").pipe(ResponseCache.control({ mode: "refresh" }))).cached)
      yield* TestClock.adjust("1 hour")
      assert.isUndefined((yield* cached.generate("sky")).cached)
      assert.strictEqual(calls.chat, 5)
    }).pipe(memory)
  )

  it.effect("compares only otherwise equal requests, and only single prompts unless configured", () =>
    Effect.gen(function* () {
      const { calls, embedding, model } = lab()
      const cached = SemanticCache.make({ ...options, embedding })(model)
      const user = (text: string) => ({ role: "user", content: text }) as const
      const answer = { role: "assistant", content: "hi" } as const
      const others: ReadonlyArray<ChatRequestInput> = [
        "sky",
        { messages: "sky", temperature: 1 },
        { messages: [{ role: "system", content: "Be brief" }, user("sky")] },
        { messages: [user("hello"), answer, user("sky")] },
        { messages: [user("hello"), answer, user("sky")] },
        { messages: "sky", tools: [{ name: "f", inputSchema: {} }] as never },
        { messages: [{ role: "user", content: [{ type: "image", data: "https://example.com/1.png" }] }] }
      ]
      const hits = yield* Effect.forEach(others, (request) =>
        Effect.map(cached.generate(request), ({ cached }) => cached !== undefined)
      )
      assert.deepStrictEqual(
        hits,
        others.map(() => false)
      )
      const other = SemanticCache.make({ ...options, tenant: "b", embedding, conversations: true })(model)
      assert.isUndefined((yield* other.generate("sky")).cached)
      const talk = (text: string) => other.generate({ messages: [user("hello"), answer, user(text)] })
      assert.isUndefined((yield* talk("sky")).cached)
      assert.isDefined((yield* talk("heaven")).cached)
      assert.strictEqual(calls.chat, others.length + 2)
    }).pipe(memory)
  )

  it.effect(
    "neither embeds nor keeps prompts with tools or a prefilled answer, without text, or with more than text",
    () =>
      Effect.gen(function* () {
        const { calls, embedding, model } = lab()
        const cached = SemanticCache.make({ ...options, embedding, conversations: true })(model)
        const user = { role: "user", content: "sky" } as const
        const never: ReadonlyArray<ChatRequestInput> = [
          { messages: [user], tools: [{ name: "f", inputSchema: {} }] as never },
          { messages: [user, { role: "assistant", content: "sky" }] },
          { messages: [] },
          { messages: " " },
          { messages: [{ role: "user", content: [] }] },
          {
            messages: [
              {
                role: "user",
                content: [
                  { type: "text", text: "sky" },
                  { type: "image", data: "https://example.com/1.png" }
                ]
              }
            ]
          }
        ]
        for (const request of [...never, ...never]) assert.isUndefined((yield* cached.generate(request)).cached)
        assert.deepStrictEqual(calls, { chat: 2 * never.length, embedding: 0 })
        yield* cached.generate({ messages: [user], tools: [] })
        assert.isDefined((yield* cached.generate({ messages: [user], tools: [] })).cached)
        // The texts of a prompt are compared as one, in their lines.
        yield* cached.generate({
          messages: [
            {
              role: "user",
              content: [
                { type: "text", text: "s" },
                { type: "text", text: "ky" }
              ]
            }
          ]
        })
        assert.strictEqual(calls.chat, 2 * never.length + 2)
      }).pipe(memory)
  )

  it.effect("never compares the vectors of two embedding models", () =>
    Effect.gen(function* () {
      const { calls, embedding, model } = lab()
      const other = { ...embedding, id: "lab/2" }
      const smaller = Model.withDefaults(embedding, { dimensions: 2 })
      for (const each of [embedding, other, smaller]) {
        const cached = SemanticCache.make({ ...options, embedding: each })(model)
        assert.isUndefined((yield* cached.generate("sky")).cached)
        assert.isDefined((yield* cached.generate("heaven")).cached)
      }
      assert.strictEqual(calls.chat, 3)
    }).pipe(memory)
  )

  it.effect("treats a failed embedding as a miss, and evicts the oldest first", () =>
    Effect.gen(function* () {
      const { calls, embedding, model } = lab()
      const cached = SemanticCache.make({ ...options, embedding, capacity: 1 })(model)
      yield* cached.generate("unknown")
      yield* cached.generate("sky")
      yield* cached.generate("bread")
      assert.isUndefined((yield* cached.generate("sky")).cached)
      assert.strictEqual(calls.chat, 4)
    }).pipe(memory)
  )

  it.effect("accounts for the embedding: alone on a hit, with the response on a miss", () =>
    Effect.gen(function* () {
      const { embedding, model } = lab()
      const cached = SemanticCache.make({ ...options, embedding: Model.withCost(embedding) })(Model.withCost(model))
      const unpriced = SemanticCache.make({ ...options, namespace: "unpriced", embedding })(model)
      const [miss, hit] = [yield* cached.generate("sky"), yield* cached.generate("sky")]
      assert.deepStrictEqual([dollars(miss.cost), dollars(hit.cost)], ["0.004", "0.002"])
      const streamed = (yield* Stream.runCollect(cached.stream("bread"))).at(-1)
      assert.strictEqual(dollars(streamed?.type === "finish" ? streamed.cost : undefined), "0.004")
      yield* unpriced.generate("sky")
      const flags = (yield* Model.withCost(unpriced).generate("sky")).cost
      assert.deepStrictEqual(flags?._tag === "Priced" && flags.flags.map(({ _tag }) => _tag), ["Cached", "FeeUnpriced"])
    }).pipe(memory, priced)
  )
})
