import { assert, describe, it } from "@effect/vitest"
import * as Conversation from "../../../src/domain/Conversation.ts"
import type { Message } from "../../../src/domain/Message.ts"
import { paired } from "../../../src/policies/content/PairedCalls.ts"
import * as Arb from "../../domain/arbitraries.ts"

const user: Message = { role: "user", content: [{ type: "text", text: "Hi" }] }
const system: Message = { role: "system", content: [{ type: "text", text: "Be brief." }] }
const said: Message = { role: "assistant", content: [{ type: "text", text: "Well" }] }
const calls = (...ids: ReadonlyArray<string>): Message => ({
  role: "assistant",
  content: ids.map((id) => ({ type: "tool-call", id, name: "f", input: {} }))
})
const result = (id: string, output = "done") => ({ type: "tool-result", id, output }) as const
const results = (...ids: ReadonlyArray<string>): Message => ({ role: "tool", content: ids.map((id) => result(id)) })
const missing = (...ids: ReadonlyArray<string>): Message => ({
  role: "tool",
  content: ids.map((id) => ({
    type: "tool-result",
    id,
    name: "f",
    output: "No result: this call was not completed.",
    isError: true
  }))
})

const pairs = (...messages: ReadonlyArray<Message>) => paired(messages, false)

describe("tool calls and their results", () => {
  it.prop("of a valid conversation are unchanged", [Arb.messages({ toolErrors: true })], ([messages]) => {
    assert.strictEqual(paired(messages, false), messages)
  })

  it.prop(
    "make a conversation valid, whatever it lacks",
    [Arb.messages({ toolErrors: true }), Arb.literal(2, 3, 5)],
    ([messages, nth]) => {
      const some = messages.filter(({ role }, index) => role === "user" || index % nth > 0)
      assert.isUndefined(Conversation.check({ messages: paired(some, false) }))
    }
  )

  it("stay together before the next turn: a call without a result gets one that says so", () => {
    assert.deepStrictEqual(pairs(user, calls("a"), user), [user, calls("a"), missing("a"), user])
    assert.deepStrictEqual(pairs(user, calls("a")), [user, calls("a"), missing("a")])
    assert.deepStrictEqual(pairs(user, calls("a", "b"), results("b"), user), [
      user,
      calls("a", "b"),
      results("b"),
      missing("a"),
      user
    ])
    assert.deepStrictEqual(pairs(calls("a", "b"), results("b"), said), [
      calls("a", "b"),
      results("b"),
      missing("a"),
      said
    ])
  })

  it("may have other messages of the assistant and of the system between them", () => {
    for (const between of [said, system]) {
      const messages = [user, calls("a"), between, results("a"), said]
      assert.strictEqual(paired(messages, false), messages)
    }
    const calling = [user, calls("a"), calls("b"), results("a", "b"), said]
    assert.strictEqual(paired(calling, false), calling)
    // The system is heard while results come.
    const halves = [calls("a", "b"), results("a"), system, results("b"), said]
    assert.strictEqual(paired(halves, false), halves)
  })

  it("are put together if the result came after the next turn", () => {
    assert.deepStrictEqual(pairs(calls("a"), user, results("a"), said), [calls("a"), results("a"), user, said])
  })

  it("leave out results without a call, and second results, unless the provider stores earlier turns", () => {
    const messages = [user, results("lost"), said]
    assert.deepStrictEqual(paired(messages, false), [user, said])
    assert.strictEqual(paired(messages, true), messages)
    assert.deepStrictEqual(pairs(calls("a"), results("a", "lost"), said), [calls("a"), results("a"), said])
    assert.deepStrictEqual(pairs(calls("a"), results("a"), results("a"), said), [calls("a"), results("a"), said])
  })

  it("are paired in the latest turn that has a call of the id: some models number their calls anew", () => {
    const again: Message = { role: "tool", content: [result("1", "second")] }
    assert.deepStrictEqual(pairs(calls("1"), user, calls("1"), again, said), [
      calls("1"),
      missing("1"),
      user,
      calls("1"),
      again,
      said
    ])
    // Two calls of one turn get their results in order.
    const twice = [calls("1"), calls("1"), results("1"), again, said]
    assert.strictEqual(paired(twice, false), twice)
  })

  it("have their results before the assistant continues, also after a system message", () => {
    assert.deepStrictEqual(pairs(calls("a", "b"), results("a"), system, said, user), [
      calls("a", "b"),
      results("a"),
      system,
      missing("b"),
      said,
      user
    ])
  })

  it("are of one turn in consecutive assistant messages, even with system messages between them", () => {
    const calling = (name: string): Message => ({
      role: "assistant",
      content: [{ type: "tool-call", id: "1", name, input: {} }]
    })
    const unanswered = (name: string) => ({ role: "tool", content: [{ ...missing("1").content[0], name }] })
    for (const between of [[], [system]]) {
      // The result is of the first call of the turn, and the second has none.
      const messages = [user, calling("f"), ...between, calling("g"), results("1")]
      assert.deepStrictEqual(paired(messages, false), [...messages, unanswered("g") as Message])
    }
    const messages = [user, calling("f"), user, calling("g"), results("1")]
    assert.deepStrictEqual(paired(messages, false), messages.toSpliced(2, 0, unanswered("f") as Message))
  })

  it("need no result for calls that the provider runs", () => {
    const own: Message = {
      role: "assistant",
      content: [{ type: "tool-call", id: "a", name: "search", input: {}, providerExecuted: true }]
    }
    const messages = [user, own, user]
    assert.strictEqual(paired(messages, false), messages)
  })
})
