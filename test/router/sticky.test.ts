/** Sticky strategies: who is pinned, for how long, and that a provider's prompt cache is hit. */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import type { Chat } from "../../src/domain/Capability.ts"
import { ChatResponse, ServerError } from "../../src/domain/ChatResponse.ts"
import type { ChatRequest, ChatRequestInput } from "../../src/domain/ChatRequest.ts"
import type { ProviderError } from "../../src/domain/ProviderError.ts"
import * as Usage from "../../src/domain/Usage.ts"
import * as Group from "../../src/router/Group.ts"
import * as Override from "../../src/router/Override.ts"
import * as Strategy from "../../src/router/Strategy.ts"
import * as ScriptedModel from "../../src/testing/ScriptedModel.ts"

/** A provider with a prompt cache: what it has read before, it reads from there. */
const caching = (id: string, isDown: () => boolean = () => false) => {
  const known = new Set<string>()
  return ScriptedModel.make<ProviderError>(
    ({ messages }) => {
      if (isDown()) return new ServerError({ provider: id, status: 500 })
      const prompt = JSON.stringify(messages[0])
      const cacheRead = known.has(prompt) ? 900 : 0
      known.add(prompt)
      return new ChatResponse({
        content: [{ type: "text", text: "fine" }],
        finishReason: "stop",
        usage: Usage.make({ input: 1000, cacheRead, output: 10 }),
        warnings: [],
        attempts: []
      })
    },
    { id }
  )
}

const four = (strategy: Strategy.Strategy) =>
  Effect.gen(function* () {
    const models = ["a/1", "b/2", "c/3", "d/4"].map((id) => caching(id))
    const group = yield* Group.make(
      "group",
      models.map((model) => ({ model })),
      { strategy }
    )
    return { group, models }
  })

const conversation = (system: string, turns: number, ttl?: "5m" | "1h"): ChatRequestInput => ({
  messages: [
    {
      role: "system",
      content: [{ type: "text", text: system, ...(ttl === undefined ? {} : { cacheControl: { ttl } }) }]
    },
    ...Array.from({ length: turns }, (_, turn) => ({ role: "user" as const, content: `turn ${turn} of ${system}` }))
  ]
})

const served = (group: Group.Group<Chat, unknown>, request: ChatRequestInput) =>
  Effect.map(group.generate(request), ({ attempts }) => attempts.at(-1)?.deployment)

describe("sticky by the prompt", () => {
  it.effect("conversations stay where their prompt is cached, as the hit rate shows", () =>
    Effect.gen(function* () {
      const run = (strategy: Strategy.Strategy) =>
        Effect.gen(function* () {
          const { group } = yield* four(strategy)
          for (let turn = 1; turn <= 10; turn++) {
            for (let chat = 0; chat < 20; chat++) yield* group.generate(conversation(`chat ${chat}`, turn))
          }
          return yield* group.stats
        })
      const sticky = yield* run(Strategy.sticky(Strategy.weighted))
      const loose = yield* run(Strategy.weighted)
      // Chance may leave one without a conversation.
      const rates = sticky.flatMap(({ cacheHitRate }) => cacheHitRate ?? [])
      assert.isNotEmpty(rates)
      for (const rate of rates) assert.closeTo(rate, 0.81, 0.001)
      for (const { cacheHitRate } of loose) assert.isBelow(cacheHitRate ?? 1, 0.75)
      assert.strictEqual(
        sticky.reduce((sum, { pins }) => sum + pins, 0),
        20
      )
    })
  )

  for (const [ttl, minutes] of [
    [undefined, 5],
    ["5m", 5],
    ["1h", 60]
  ] as const) {
    it.effect(`a pin to a cache of ${ttl ?? "no stated time"} lasts ${minutes} minutes from its last use`, () =>
      Effect.gen(function* () {
        const { group } = yield* four(Strategy.sticky(Strategy.roundRobin))
        const request = conversation("help", 1, ttl)
        const first = yield* served(group, request)
        for (let use = 0; use < 2; use++) {
          yield* TestClock.adjust(Duration.seconds(60 * minutes - 1))
          assert.strictEqual(yield* served(group, request), first)
        }
        yield* TestClock.adjust(Duration.minutes(minutes))
        assert.notStrictEqual(yield* served(group, request), first)
      })
    )
  }

  it.effect("after a failure, the one that took over is pinned, also when the first is back", () =>
    Effect.gen(function* () {
      let isDown = false
      const group = yield* Group.make(
        "group",
        [{ model: caching("a/1", () => isDown) }, { model: caching("b/2"), order: 1 }],
        { strategy: Strategy.sticky(Strategy.byOrder()) }
      )
      const request = conversation("help", 1)
      assert.strictEqual(yield* served(group, request), "a/1")
      isDown = true
      assert.strictEqual(yield* served(group, request), "b/2")
      isDown = false
      assert.strictEqual(yield* served(group, request), "b/2")
      assert.strictEqual(yield* served(group, conversation("another", 1)), "a/1")
    })
  )

  it.prop(
    "the key of a conversation stays the same as it grows, wherever its last mark is",
    { turns: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 8 })), isMarked: Schema.Boolean },
    ({ isMarked, turns }) => {
      const strategy = Strategy.sticky()
      const request = (length: number): ChatRequest => ({
        messages: [
          { role: "system", content: [{ type: "text", text: "You help." }] },
          ...Array.from({ length }, (_, turn) => ({
            role: "user" as const,
            content: [
              {
                type: "text" as const,
                text: `turn ${turn}`,
                ...(isMarked && turn === length - 1 ? { cacheControl: {} } : {})
              }
            ]
          }))
        ]
      })
      const keys = [turns, turns + 1].map((length) => strategy.pinBy?.(request(length), undefined)?.key)
      assert.isString(keys[0])
      if (!isMarked || turns > 1) assert.strictEqual(keys[0], keys[1])
    }
  )
})

describe("sticky by the session", () => {
  it.effect("a session stays, by the override, the metadata or the user, and others are distributed", () =>
    Effect.gen(function* () {
      const { group } = yield* four(Strategy.sticky(Strategy.roundRobin, { by: "session" }))
      const sessions: ReadonlyArray<Effect.Effect<string | undefined, unknown>> = [
        Effect.map(
          group.pipe(Override.make({ session: "s" })).generate("Hi"),
          ({ attempts }) => attempts.at(-1)?.deployment
        ),
        served(group, { messages: "Hi", metadata: { session_id: "m" } }),
        served(group, { messages: "Hi", user: "u" })
      ]
      const first = yield* Effect.all(sessions)
      assert.lengthOf(new Set(first), 3)
      assert.deepStrictEqual(yield* Effect.all(sessions), first)
      assert.notStrictEqual(yield* served(group, "Hi"), yield* served(group, "Hi"))
    })
  )
})
