/** Conversations and responses of very many parts take time by their number, not by its square. */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import type { ChatRequest } from "../../src/domain/ChatRequest.ts"
import { Issues } from "../../src/protocols/wire/request/Issues.ts"
import { ReceivedMessages, UnansweredCalls } from "../../src/protocols/wire/request/ReceivedMessages.ts"
import { chatProtocols, hi } from "./chatProtocols.ts"
import { json, type Wire } from "./halves.ts"

const ids = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`)

/** Far more than any of this takes, and far less than it would take if each part were compared with all others. */
const timeout = 10_000

describe("very many parts", () => {
  const all = ids(8000)
  const called: ChatRequest = {
    messages: [
      ...hi.messages,
      { role: "assistant", content: all.map((id) => ({ type: "tool-call", id, name: "f", input: {} })) },
      { role: "tool", content: all.map((id) => ({ type: "tool-result", id, output: "ok" })) },
      ...hi.messages,
      ...all.map(() => ({ role: "system" as const, content: [{ type: "text" as const, text: "Be brief." }] })),
      ...hi.messages
    ],
    tools: [{ name: "f", inputSchema: { type: "object", properties: {} } }]
  }

  for (const [name, protocol] of Object.entries(chatProtocols)) {
    it(`are written and read, with each result at its call: ${name}`, { timeout }, () => {
      const options = { provider: "acme", model: "m", stream: false }
      const { body } = Result.getOrThrow(protocol.encodeRequest(called, options))
      const { request } = Result.getOrThrow(protocol.decodeRequest(json(body as Wire), { model: "m" }))
      const parts = request.messages.flatMap(({ content }): ReadonlyArray<Wire> => content)
      const of = (type: string) => parts.filter((part) => part.type === type).map(({ id }) => id)
      assert.strictEqual(new Set(of("tool-call")).size, all.length)
      assert.deepStrictEqual(of("tool-result"), of("tool-call"))
    })
  }
})

describe("consecutive messages of one role", () => {
  it("are merged by `join`, unless a new one begins", { timeout }, () => {
    const received = new ReceivedMessages()
    const result = (id: string) => ({ type: "tool-result" as const, id, output: "ok" })
    for (const id of ids(100_000)) received.join({ role: "tool", content: [result(id)] })
    received.add({ role: "user", content: [{ type: "text", text: "a" }] })
    received.join({ role: "tool", content: [result("x")] })
    received.join({ role: "assistant", content: [{ type: "text", text: "b" }] })
    received.join({ role: "assistant", content: [{ type: "text", text: "c" }] }, true)
    received.join({ role: "assistant", content: [{ type: "text", text: "d" }] })
    assert.deepStrictEqual(
      received.messages.map(({ content, role }) => [role, content.length]),
      [
        ["tool", 100_000],
        ["user", 1],
        ["tool", 1],
        ["assistant", 1],
        ["assistant", 2]
      ]
    )
  })
})

describe("calls without results", () => {
  it("are matched by id, by name or in order, each once", { timeout }, () => {
    const calls = new UnansweredCalls()
    for (const id of ids(100_000)) calls.add({ id, name: id.endsWith("0") ? "zero" : "other" })
    assert.strictEqual(calls.take({ id: "c3", name: "zero" })?.id, "c3")
    assert.isUndefined(calls.take({ id: "c3" }))
    assert.strictEqual(calls.take({ name: "zero" })?.id, "c0")
    assert.strictEqual(calls.take({ name: "zero" })?.id, "c10")
    assert.strictEqual(calls.take({})?.id, "c1")
    assert.isUndefined(calls.take({ name: "none" }))
    const rest = new Set(Array.from({ length: 100_000 - 4 }, () => calls.take({})?.id))
    assert.strictEqual(rest.size, 100_000 - 4)
    assert.isUndefined(calls.take({}))
    assert.isUndefined(calls.take({ name: "other" }))
  })
})

describe("warnings", () => {
  it("are not repeated, however many there are", { timeout }, () => {
    const issues = new Issues({ provider: "acme", model: "m" }, false)
    for (const id of [...ids(50_000), ...ids(50_000)]) issues.warn("other", "messages", id)
    assert.strictEqual(issues.warnings.length, 50_000)
  })
})
