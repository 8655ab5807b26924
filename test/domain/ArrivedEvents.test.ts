import { assert, describe, it } from "@effect/vitest"
import { ArrivedEvents } from "../../src/domain/ArrivedEvents.ts"
import type { ChatEvent } from "../../src/domain/ChatEvent.ts"
import { foldEvents, toEvents } from "../../src/domain/ChatFold.ts"
import * as Arbitraries from "./arbitraries.ts"

const json = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown

const partialOf = (most: number, ...chunks: ReadonlyArray<readonly [ReadonlyArray<ChatEvent>, bytes: number]>) => {
  const arrived = new ArrivedEvents(most)
  for (const [events, bytes] of chunks) arrived.add(events, bytes)
  return arrived.partial()
}
const delta = (text: string, id = "0"): ChatEvent => ({ type: "text-delta", id, delta: text })
const finish: ChatEvent = { type: "finish", finishReason: "stop", usage: { inputTokens: {}, outputTokens: {} } }

describe("the partial response of a stream", () => {
  it.prop(
    "is the fold of its events so far, in chunks of any size",
    { answer: Arbitraries.response(), count: Arbitraries.nonNegativeInt(20), size: Arbitraries.nonNegativeInt(5) },
    ({ answer, count, size }) => {
      const events = toEvents(answer)
        .slice(0, count)
        .filter(({ type }) => type !== "malformed-frame")
      const chunks = events.flatMap((_, at) =>
        at % (size + 1) === 0 ? [[events.slice(at, at + size + 1), 10] as const] : []
      )
      assert.deepStrictEqual(json(partialOf(Infinity, ...chunks)), json(foldEvents(events)))
    }
  )

  it("keeps the latest usage and metadata, field by field", () => {
    const partial = partialOf(
      Infinity,
      [[{ type: "response-metadata", id: "1", model: "a" }, delta("x")], 1],
      [[{ type: "usage", usage: { inputTokens: { total: 1 }, outputTokens: {} } }], 1],
      [[{ type: "response-metadata", model: "b" }], 1],
      [[{ type: "usage", usage: { inputTokens: { total: 2 }, outputTokens: {} } }], 1]
    )
    assert.deepInclude(partial, { id: "1", model: "b", usage: { inputTokens: { total: 2 }, outputTokens: {} } })
    assert.strictEqual(partialOf(Infinity, [[{ type: "response-metadata", id: "1" }], 1]).model, undefined)
  })

  it("joins very many deltas, and separates alternating parts", () => {
    const turns = Array.from({ length: 5000 }, (_, at) => delta(`${at} `, at % 2000 < 1000 ? "0" : "1"))
    const events: ReadonlyArray<ChatEvent> = [
      { type: "text-start", id: "0" },
      { type: "text-start", id: "1" },
      ...turns
    ]
    assert.deepStrictEqual(partialOf(Infinity, [events, 1]).content, foldEvents(events).content)
  })

  it("counts the bytes of a chunk once, the size of its events and the characters of deltas, and stops at the limit", () => {
    const start: ChatEvent = { type: "text-start", id: "0" }
    // 256 for each event that is no delta, 100 for the bytes of both, 4 for the text.
    const size = 256 * 2 + 100 + 4
    const chunk = [[start, delta("text"), { type: "source", source: { type: "url", url: "a" } }], 100] as const
    const more = [[delta("!"), finish], 0] as const
    for (const [most, isCut] of [
      [size, false],
      [size - 1, true]
    ] as const) {
      const { warnings } = partialOf(most, chunk)
      const message = `the partial response was cut at limits.responseBytes (${most})`
      assert.deepStrictEqual(warnings, isCut ? [{ type: "other", message }] : [])
    }
    assert.strictEqual(partialOf(size, chunk, more).text, "text!")
    assert.strictEqual(partialOf(size - 1, chunk, more).text, "text")
    // A chunk of deltas alone is counted by its characters.
    assert.deepStrictEqual(partialOf(4, [[delta("text")], 1000]).warnings, [])
  })

  it("keeps a hundred malformed frames, without their content", () => {
    const frame: ChatEvent = { type: "malformed-frame", message: "no JSON", frame: { data: "x".repeat(1000) } }
    const partial = partialOf(Infinity, [Array.from({ length: 150 }, () => frame), 1])
    assert.strictEqual(partial.warnings.length, 100)
  })
})
