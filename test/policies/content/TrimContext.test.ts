import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import { Context, Effect, Layer, Schema } from "effect"
import { ContextWindowExceededError } from "../../../src/domain/CallErrors.ts"
import type { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import * as Conversation from "../../../src/domain/Conversation.ts"
import type { Message } from "../../../src/domain/Message.ts"
import * as Decision from "../../../src/policies/Decision.ts"
import * as TrimContext from "../../../src/policies/TrimContext.ts"
import * as ScriptedModel from "../../../src/testing/ScriptedModel.ts"
import { Tokenizer } from "../../../src/tokens/Tokenizer.ts"
import * as Arb from "../../domain/arbitraries.ts"
import { malformed, read } from "./answers.ts"

/** A token for each character of a request's JSON. */
const counter = ({ messages }: ChatRequest) => Effect.succeed(JSON.stringify(messages).length)

const user = (text: string): Message => ({ role: "user", content: [{ type: "text", text }] })
const assistant = (text: string): Message => ({ role: "assistant", content: [{ type: "text", text }] })
const system: Message = { role: "system", content: [{ type: "text", text: "Be brief." }] }

/** Turns of about 150 characters each, with tool calls in the second. */
const turns = (count: number): ReadonlyArray<Message> =>
  Array.from({ length: count }, (_, n): ReadonlyArray<Message> => {
    const tools: ReadonlyArray<Message> = [
      { role: "assistant", content: [{ type: "tool-call", id: `c${n}`, name: "f", input: {} }] },
      { role: "tool", content: [{ type: "tool-result", id: `c${n}`, output: "done" }] }
    ]
    return [user(`question ${n}`), ...(n === 1 ? tools : []), assistant(`answer ${n}`)]
  }).flat()

const textsOf = (request: ChatRequest | undefined): ReadonlyArray<string> =>
  (request?.messages ?? []).flatMap(({ content }) =>
    content.map((part) => (part.type === "text" ? part.text : part.type))
  )

const conversation: ReadonlyArray<Message> = [system, ...turns(6), user("and now?")]

const Window = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3000 }))

describe("TrimContext", () => {
  it.effect.prop(
    "keeps a conversation valid, with its instructions and newest message, within the window if possible",
    {
      messages: Arb.messages({ toolErrors: true }),
      window: Arbitrary.schema(Window),
      from: Arb.literal("oldest", "middle")
    },
    Effect.fnUntraced(function* ({ from, messages, window }) {
      const inner = ScriptedModel.make("ok", { contextWindow: window })
      const model = inner.pipe(TrimContext.make({ counter, reserve: 0, from }))
      const response = yield* model.generate({ messages })
      const sent = inner.calls[0]?.request.messages ?? []
      assert.isUndefined(Conversation.check({ messages: sent }))
      const isSubsequence = messages.filter((message) => sent.includes(message)).length === sent.length
      assert.isTrue(isSubsequence)
      for (const message of messages) if (message.role === "system") assert.include(sent, message)
      assert.include(
        sent,
        messages.findLast(({ role }) => role === "user")
      )
      const fits = JSON.stringify(messages).length <= window
      assert.strictEqual(response.warnings.length, sent.length < messages.length ? 1 : 0)
      if (fits) return assert.strictEqual(sent.length, messages.length)
      // What is too long is the least that can be sent.
      if (JSON.stringify(sent).length > window) {
        const turn = new Set(messages.slice(messages.findLastIndex(({ role }) => role === "user")))
        assert.isTrue(sent.every((message) => message.role === "system" || turn.has(message)))
      }
    }),
    { arbitrary: { runs: 200 } }
  )

  it.effect("drops the oldest turns, or those in the middle, and records the number of messages", () =>
    Effect.gen(function* () {
      const inner = ScriptedModel.make("ok", { contextWindow: 500 })
      const decisions: Array<Decision.Decision> = []
      const oldest = inner.pipe(TrimContext.make({ counter, reserve: 0 }))
      const response = yield* oldest
        .generate({ messages: conversation })
        .pipe(Effect.provideService(Decision.CurrentDecisionObserver, (decision) => void decisions.push(decision)))
      const middle = inner.pipe(TrimContext.make({ counter, reserve: 0, from: "middle" }))
      yield* middle.generate({ messages: conversation })
      const [first, second] = inner.calls.map(({ request }) => textsOf(request))
      assert.deepStrictEqual(first, ["Be brief.", "question 4", "answer 4", "question 5", "answer 5", "and now?"])
      assert.deepStrictEqual(second, ["Be brief.", "question 0", "answer 0", "question 5", "answer 5", "and now?"])
      assert.deepStrictEqual(response.warnings, [
        {
          type: "other",
          parameter: "messages",
          message: "10 of 16 messages were left out to fit the context window of 500 tokens"
        }
      ])
      assert.deepStrictEqual(decisions, [{ type: "context-trimmed", model: "scripted/model", messages: 10 }])
    })
  )

  it.effect("reserves room for the response, from the request or the option", () =>
    Effect.gen(function* () {
      const inner = ScriptedModel.make("ok")
      const length = JSON.stringify(conversation).length
      const send = (options: TrimContext.TrimContextOptions, maxOutputTokens?: number) =>
        Effect.map(
          inner.pipe(TrimContext.make({ counter, ...options })).generate({ messages: conversation, maxOutputTokens }),
          ({ warnings }) => warnings.length
        )
      assert.strictEqual(yield* send({ contextWindow: length, reserve: 0 }), 0)
      assert.strictEqual(yield* send({ contextWindow: length, reserve: 1 }), 1)
      assert.strictEqual(yield* send({ contextWindow: length + 100 }, 100), 0)
      assert.strictEqual(yield* send({ contextWindow: length + 100 }, 101), 1)
      assert.strictEqual(yield* send({ contextWindow: length + 100 }), 1)
      // No window is known: nothing is trimmed.
      assert.strictEqual(yield* send({}), 0)
    })
  )

  it.effect("trims to the limit that the provider names, once", () =>
    Effect.gen(function* () {
      const refuse = (limit?: number, requested?: number) => new ContextWindowExceededError({ limit, requested })
      const length = JSON.stringify(conversation).length
      for (const script of [
        [refuse(600, length * 2), "ok"],
        [refuse(500), "ok"],
        [refuse(), "ok"]
      ]) {
        const inner = ScriptedModel.make(script)
        const model = inner.pipe(TrimContext.make({ counter, reserve: 0 }))
        const { events, response } = yield* read(model, { messages: conversation })
        assert.strictEqual(response.text, "ok")
        assert.strictEqual(response.attempts.length, 2)
        assert.strictEqual(response.warnings.length, 1)
        assert.deepStrictEqual(malformed(events), [])
        const limit = script[0] instanceof ContextWindowExceededError ? (script[0].limit ?? length) : length
        assert.isAtMost(JSON.stringify(inner.calls[1]?.request.messages).length, limit)
        assert.isUndefined(Conversation.check(inner.calls[1]!.request))
      }
      const never = ScriptedModel.make(() => refuse(100))
      const error = yield* Effect.flip(never.pipe(TrimContext.make({ counter })).generate({ messages: conversation }))
      assert.instanceOf(error, ContextWindowExceededError)
      assert.strictEqual(never.calls.length, 2)
    })
  )

  it.effect("puts a summary in place of what was left out", () =>
    Effect.gen(function* () {
      class Notes extends Context.Service<Notes, string>()("Notes") {}
      const inner = ScriptedModel.make("ok", { contextWindow: 700 })
      const model = inner.pipe(
        TrimContext.make({
          counter,
          reserve: 0,
          summarize: (leftOut) => Effect.map(Notes, (notes) => `${leftOut.length} messages ${notes}`)
        })
      )
      const response = yield* Effect.provideService(model.generate({ messages: conversation }), Notes, "about nothing")
      const [sys, summary, ...rest] = textsOf(inner.calls[0]?.request)
      assert.strictEqual(sys, "Be brief.")
      assert.match(summary ?? "", /^Summary of earlier messages[^]*\n\d+ messages about nothing$/)
      assert.strictEqual(rest.at(-1), "and now?")
      assert.include(response.warnings[0]?.message, "summarized")
      const failing = inner.pipe(TrimContext.make({ counter, summarize: () => Effect.fail("no summary" as const) }))
      assert.strictEqual(yield* Effect.flip(failing.generate({ messages: conversation })), "no summary")
    })
  )

  it.effect("counts by an estimate, or exactly by a tokenizer", () =>
    Effect.gen(function* () {
      const long = [system, ...turns(300), user("and now?")]
      const inner = ScriptedModel.make("ok", { id: "openai/gpt-4o", contextWindow: 2000 })
      yield* inner.pipe(TrimContext.make({ reserve: 0 })).generate({ messages: long })
      const exactly = inner.pipe(
        TrimContext.make({
          reserve: 0,
          counter: (request, model) =>
            Effect.map(
              Tokenizer.use((tokenizer) => tokenizer.count(request, { model })),
              ({ tokens }) => tokens
            )
        })
      )
      yield* exactly.generate({ messages: long })
      for (const { request } of inner.calls) {
        const { tokens } = yield* Tokenizer.use((tokenizer) => tokenizer.count(request, { model: "openai/gpt-4o" }))
        assert.isAtMost(tokens, 2000)
        assert.isAbove(tokens, 1400)
      }
    }).pipe(Effect.provide(Layer.fresh(Tokenizer.layer)))
  )

  it.effect("knows the windows of the catalog", () =>
    Effect.gen(function* () {
      const inner = ScriptedModel.make("ok", { id: "openai/gpt-4o" })
      const model = inner.pipe(TrimContext.make({ counter: () => Effect.succeed(100_000_000) }))
      const response = yield* model.generate({ messages: conversation })
      assert.strictEqual(response.warnings.length, 1)
    })
  )
})
