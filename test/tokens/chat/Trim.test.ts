import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import { check } from "../../../src/domain/Conversation.ts"
import type { Message } from "../../../src/domain/Message.ts"
import { trim } from "../../../src/tokens/chat/Trim.ts"
import * as Arbitraries from "../../domain/arbitraries.ts"

const user = (text: string): Message => ({ role: "user", content: [{ type: "text", text }] })
const system = (text: string): Message => ({ role: "system", content: [{ type: "text", text }] })
const says = (text: string): Message => ({ role: "assistant", content: [{ type: "text", text }] })
const calls = (...ids: ReadonlyArray<string>): Message => ({
  role: "assistant",
  content: ids.map((id) => ({ type: "tool-call", id, name: "f", input: {} }))
})
const results = (...ids: ReadonlyArray<string>): Message => ({
  role: "tool",
  content: ids.map((id) => ({ type: "tool-result", id, output: "x" }))
})

/** Every message has size 1. */
const kept = (messages: ReadonlyArray<Message>, budget: number): ReadonlyArray<number> | undefined =>
  trim(
    messages,
    messages.map(() => 1),
    budget
  )?.map((message) => messages.indexOf(message))

describe("trim", () => {
  const conversation = [
    system("s"),
    user("1"),
    says("1"),
    user("2"),
    calls("a", "b"),
    results("a"),
    results("b"),
    says("2"),
    user("3")
  ]

  it("keeps whole turns, the newest ones", () => {
    assert.deepStrictEqual(kept(conversation, 9), [0, 1, 2, 3, 4, 5, 6, 7, 8])
    assert.deepStrictEqual(kept(conversation, 8), [0, 3, 4, 5, 6, 7, 8])
    assert.deepStrictEqual(kept(conversation, 7), [0, 3, 4, 5, 6, 7, 8])
    assert.deepStrictEqual(kept(conversation, 6), [0, 8])
    assert.deepStrictEqual(kept(conversation, 2), [0, 8])
    assert.isUndefined(kept(conversation, 1))
  })

  it("keeps the prompt and the end of a turn that is itself too long", () => {
    const working = [
      user("1"),
      says("1"),
      user("2"),
      calls("a"),
      results("a"),
      calls("b"),
      results("b"),
      calls("c"),
      results("c")
    ]
    assert.deepStrictEqual(kept(working, 7), [2, 3, 4, 5, 6, 7, 8])
    assert.deepStrictEqual(kept(working, 6), [2, 5, 6, 7, 8])
    assert.deepStrictEqual(kept(working, 5), [2, 5, 6, 7, 8])
    assert.deepStrictEqual(kept(working, 4), [2, 7, 8])
    assert.isUndefined(kept(working, 2))
  })

  it("keeps system messages at any position", () => {
    assert.deepStrictEqual(
      kept([user("1"), system("s"), user("2"), calls("a"), system("t"), results("a")], 5),
      [1, 2, 3, 4, 5]
    )
  })

  it("keeps a call and its result together across other messages", () => {
    const apart = [user("1"), calls("a"), says("wait"), calls("b"), results("b"), results("a"), says("done")]
    assert.deepStrictEqual(kept(apart, 7), [0, 1, 2, 3, 4, 5, 6])
    assert.deepStrictEqual(kept(apart, 6), [0, 6])
  })

  it("distinguishes calls with reused ids", () => {
    const again = [user("1"), calls("a"), results("a"), user("2"), calls("a"), results("a")]
    assert.deepStrictEqual(kept(again, 5), [3, 4, 5])
  })

  it("accepts invalid conversations", () => {
    assert.deepStrictEqual(kept([], 0), [])
    assert.deepStrictEqual(kept([results("a"), user("1")], 1), [1])
    assert.deepStrictEqual(kept([system("s")], 1), [0])
  })

  it.prop(
    "fits, stays a conversation, keeps system messages and the newest, and keeps no less with more room",
    {
      messages: Arbitraries.messages(),
      sizes: Arbitrary.array(Arbitraries.nonNegativeInt(20), { minLength: 40, maxLength: 40 }),
      budget: Arbitraries.nonNegativeInt(300)
    },
    ({ budget, messages, sizes }) => {
      const size = (some: ReadonlyArray<Message>) =>
        some.reduce((sum, message) => sum + sizes[messages.indexOf(message) % sizes.length]!, 0)
      const all = messages.map((_, i) => sizes[i % sizes.length]!)
      const result = trim(messages, all, budget)
      const isSystem = ({ role }: Message) => role === "system"
      if (result === undefined) {
        assert.isAbove(size(messages), budget)
        return
      }
      assert.isAtMost(size(result), budget)
      assert.isUndefined(check({ messages: result }))
      assert.deepStrictEqual(result.filter(isSystem), messages.filter(isSystem))
      assert.strictEqual(result.at(-1), messages.at(-1))
      assert.deepStrictEqual(
        result,
        messages.filter((message) => result.includes(message)),
        "in order"
      )
      if (size(messages) <= budget) assert.strictEqual(result.length, messages.length)
      const more = trim(messages, all, budget + 1)!
      for (const message of result) assert.include(more, message)
    },
    { arbitrary: { runs: 150 } }
  )
})
