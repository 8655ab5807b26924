import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import { Effect } from "effect"
import * as Conversation from "../../../src/domain/Conversation.ts"
import type { ContentPart } from "../../../src/domain/ContentPart.ts"
import type { Message } from "../../../src/domain/Message.ts"
import * as Repair from "../../../src/policies/Repair.ts"
import * as ScriptedModel from "../../../src/testing/ScriptedModel.ts"
import * as Arb from "../../domain/arbitraries.ts"
import { chatProtocols } from "../../protocols/chatProtocols.ts"
import { read } from "./answers.ts"

const literal = <const A extends string>(...values: ReadonlyArray<A>) =>
  Arb.literal(...values) as Arbitrary.Arbitrary<A>

const texts = literal("", " ", "\n\t", "Hello", "Hello \n", "half \ud83d", "\udc00", "yes")
const ids = literal("a", "a", "b", "call:1", "", "x".repeat(80), "é")

type AssistantPart = Extract<Message, { role: "assistant" }>["content"][number]

const text = Arbitrary.map(texts, (text) => ({ type: "text", text }) as const)
const call = Arbitrary.map(ids, (id) => ({ type: "tool-call", id, name: "find", input: { q: "\ud83d" } }) as const)
const result = Arbitrary.map(ids, (id) => ({ type: "tool-result", id, output: "ok" }) as const)
const reasoning = Arbitrary.map(
  Arbitrary.all([texts, literal("anthropic-messages", "openai-responses")]),
  ([text, protocol]) => ({ type: "reasoning", text, signature: "s", protocol }) as const
)

/** Histories that nobody would write: whatever other programs and broken streams leave. */
const messy: Arbitrary.Arbitrary<ReadonlyArray<Message>> = Arbitrary.array(
  Arb.oneOf<Message>(
    Arbitrary.map(Arbitrary.array(text, { maxLength: 2 }), (content) => ({ role: "system", content })),
    Arbitrary.map(Arbitrary.array(text, { maxLength: 3 }), (content) => ({ role: "user", content })),
    Arbitrary.map(Arbitrary.array(text, { maxLength: 3 }), (content) => ({ role: "assistant", content })),
    Arbitrary.map(
      Arbitrary.array(Arb.oneOf<AssistantPart>(text, call, call, reasoning), { maxLength: 4 }),
      (content) => ({
        role: "assistant",
        content
      })
    ),
    Arbitrary.map(Arbitrary.array(result, { maxLength: 3 }), (content) => ({ role: "tool", content }))
  ),
  { maxLength: 9 }
)

const parts = (messages: ReadonlyArray<Message>): ReadonlyArray<ContentPart> =>
  messages.flatMap(({ content }) => [...content])

/** What the strictest of the providers would say. */
const issues = (messages: ReadonlyArray<Message>): ReadonlyArray<string> => {
  const found: Array<string> = []
  const error = messages.length === 0 ? undefined : Conversation.check({ messages })
  if (error !== undefined) found.push(error.message)
  const calls = parts(messages).filter((part) => part.type === "tool-call")
  if (new Set(calls.map(({ id }) => id)).size < calls.length) found.push("ids are not unique")
  for (const { id } of calls) if (!/^[a-zA-Z0-9_-]{1,64}$/.test(id)) found.push(`the id ${id}`)
  for (const part of parts(messages)) if (part.type === "text" && part.text.trim() === "") found.push("a blank text")
  if (/\\ud[89a-f]/i.test(JSON.stringify(messages))) found.push("a lone surrogate")
  const turns = messages.filter(({ role }) => role !== "system")
  if (turns.length > 0 && turns[0]?.role !== "user") found.push("the first turn is not the user's")
  for (const [index, { role }] of messages.entries()) {
    if ((role === "user" || role === "assistant") && messages[index - 1]?.role === role)
      found.push(`two of the ${role}`)
  }
  const last = parts(messages.slice(-1)).at(-1)
  if (messages.at(-1)?.role === "assistant" && last?.type === "text" && /\s$/.test(last.text)) found.push("a blank end")
  return found
}

describe("Repair.conversation", () => {
  it.prop(
    "makes any history valid, and is done then",
    { messages: messy },
    ({ messages }) => {
      const repaired = Repair.conversation(messages)
      assert.deepStrictEqual(issues(repaired), [])
      assert.strictEqual(Repair.conversation(repaired), repaired)
    },
    { arbitrary: { runs: 1000 } }
  )

  it.prop(
    "keeps every non-empty text, and every result of a call",
    { messages: messy },
    ({ messages }) => {
      const said = (all: ReadonlyArray<Message>) =>
        parts(all)
          .flatMap((part) =>
            part.type === "text" && part.text.trim() !== "" ? [part.text.toWellFormed().trimEnd()] : []
          )
          .filter((text) => !text.startsWith("("))
          .sort()
      assert.deepStrictEqual(said(Repair.conversation(messages)), said(messages))
      const calls = (all: ReadonlyArray<Message>) => parts(all).filter(({ type }) => type === "tool-call").length
      assert.strictEqual(calls(Repair.conversation(messages)), calls(messages))
    },
    { arbitrary: { runs: 300 } }
  )

  it.prop(
    "leaves valid conversations unchanged",
    {
      messages: Arb.messages({
        user: Arb.oneOf<Arb.UserPart>(Arb.textPart, Arb.imageBytesPart, Arb.pdfBytesPart),
        assistant: Arb.oneOf<AssistantPart>(Arb.textPart, Arb.signedReasoningPart, Arb.refusalPart),
        toolErrors: true,
        rawInput: true
      })
    },
    ({ messages }) => assert.strictEqual(Repair.conversation(messages), messages),
    { arbitrary: { runs: 300 } }
  )

  it.prop(
    "makes histories that protocols encode",
    { messages: messy },
    ({ messages }) => {
      const repaired = Repair.conversation(messages)
      if (repaired.every(({ role }) => role === "system")) return
      for (const [name, protocol] of Object.entries(chatProtocols)) {
        const encoded = protocol.encodeRequest(
          { messages: repaired },
          { provider: "acme", model: "some", stream: false }
        )
        assert.strictEqual(encoded._tag, "Success", name)
      }
    },
    { arbitrary: { runs: 200 } }
  )

  it("moves results to their calls, also with reused ids", () => {
    const again = (text: string): ReadonlyArray<Message> => [
      { role: "assistant", content: [{ type: "tool-call", id: "0", name: "f", input: {} }] },
      { role: "user", content: [{ type: "text", text }] },
      { role: "tool", content: [{ type: "tool-result", id: "0", output: text }] }
    ]
    const [, first, second, , third, fourth] = Repair.conversation([
      { role: "user", content: [{ type: "text", text: "Hi" }] },
      ...again("one"),
      ...again("two")
    ])
    const outputs = [second, fourth].map((message) =>
      message?.role === "tool" ? message.content[0]?.output : undefined
    )
    assert.deepStrictEqual(outputs, ["one", "two"])
    const callIds = [first, third].map((message) => (message?.role === "assistant" ? message.content[0] : undefined))
    assert.deepStrictEqual(
      callIds.map((part) => (part?.type === "tool-call" ? part.id : undefined)),
      ["0", "0_2"]
    )
  })

  it("keeps results by their calls where calls of one id, one without a result, come before a system message", () => {
    const call: AssistantPart = { type: "tool-call", id: "a", name: "find", input: {} }
    const repaired = Repair.conversation([
      { role: "user", content: [{ type: "text", text: "Hi" }] },
      { role: "assistant", content: [call, call] },
      { role: "tool", content: [{ type: "tool-result", id: "a", output: "ok" }] },
      { role: "system", content: [{ type: "text", text: "Hello" }] }
    ])
    assert.deepStrictEqual(issues(repaired), [])
    assert.deepStrictEqual(
      repaired.map(({ role }) => role),
      ["user", "assistant", "tool", "tool", "system"]
    )
    assert.strictEqual(Repair.conversation(repaired), repaired)
  })

  it("leaves out parts that only another protocol can read", () => {
    const foreign: Message = {
      role: "assistant",
      content: [
        { type: "reasoning", text: "hm", signature: "s", protocol: "anthropic-messages" },
        { type: "provider", protocol: "anthropic-messages", value: {} },
        { type: "text", text: "so" }
      ]
    }
    const messages: ReadonlyArray<Message> = [{ role: "user", content: [{ type: "text", text: "Hi" }] }, foreign]
    assert.strictEqual(Repair.conversation(messages), messages)
    assert.strictEqual(Repair.conversation(messages, { protocol: "anthropic-messages" }), messages)
    assert.deepStrictEqual(Repair.conversation(messages, { protocol: "openai-chat" })[1]?.content, [
      { type: "text", text: "so" }
    ])
  })
})

describe("reasoning without text", () => {
  it("is kept if it has a part that its provider can read", () => {
    const reasoning = (fields: object): Message => ({
      role: "assistant",
      content: [
        { type: "reasoning", text: " ", ...fields },
        { type: "text", text: "so" }
      ]
    })
    const user: Message = { role: "user", content: [{ type: "text", text: "Hi" }] }
    for (const hidden of [{ signature: "s" }, { encrypted: "e" }, { raw: {} }]) {
      const messages = [user, reasoning(hidden)]
      assert.strictEqual(Repair.conversation(messages), messages)
    }
    assert.deepStrictEqual(Repair.conversation([user, reasoning({})])[1]?.content, [{ type: "text", text: "so" }])
  })
})

describe("Repair.make", () => {
  it.effect("repairs requests, and records it", () =>
    Effect.gen(function* () {
      const inner = ScriptedModel.make("ok")
      const model = inner.pipe(Repair.make())
      const broken = { messages: [{ role: "assistant", content: "Hello " }] } as const
      assert.strictEqual((yield* model.generate(broken)).warnings.length, 1)
      assert.strictEqual((yield* read(model, broken)).response.warnings.length, 1)
      assert.strictEqual((yield* model.generate("Hi")).warnings.length, 0)
      assert.deepStrictEqual(issues(inner.calls[1]?.request.messages ?? []), [])
      // Where the provider stores earlier turns, a result may be of a call that is there.
      const continued = {
        messages: [{ role: "tool", content: [{ type: "tool-result", id: "a", output: "ok" }] }],
        providerOptions: { openai: { previous_response_id: "r" } }
      } as const
      yield* model.generate(continued)
      assert.deepStrictEqual(inner.calls.at(-1)?.request.messages, continued.messages)
    })
  )
})
