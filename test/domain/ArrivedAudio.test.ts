import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { ArrivedAudio } from "../../src/domain/ArrivedAudio.ts"
import * as Arbitraries from "./arbitraries.ts"

const audio = (...data: ReadonlyArray<number>) => ({ type: "audio", data: Uint8Array.from(data) }) as const
const start = { type: "response-start", provider: "a", model: "b", mediaType: "audio/wav" } as const

const contentOf = (arrived: ArrivedAudio) =>
  arrived.partial().content.map((part) => part.type === "audio" && [part.mediaType, [...(part.data as Uint8Array)]])

describe("the partial audio of a speech", () => {
  it.prop(
    "is its audio in order, up to the limit",
    [Schema.Array(Schema.Uint8Array.check(Schema.isMaxLength(9))), Arbitraries.nonNegativeInt(40)],
    ([pieces, most]) => {
      const arrived = new ArrivedAudio(most)
      arrived.add([start, ...pieces.map((data) => ({ type: "audio", data }) as const)])
      const bytes = pieces.flatMap((data) => [...data]).slice(0, most)
      assert.deepStrictEqual(contentOf(arrived), bytes.length === 0 ? [] : [["audio/wav", bytes]])
      assert.deepInclude(arrived.partial(), { provider: "a", model: "b", finishReason: "other" })
    }
  )

  it("begins anew after `restarted`, and is of an unknown kind before its start", () => {
    const arrived = new ArrivedAudio(100)
    arrived.add([audio(1, 2, 3)])
    assert.deepStrictEqual(contentOf(arrived), [["application/octet-stream", [1, 2, 3]]])
    arrived.add([{ type: "restarted", attempts: [] }, start, audio(4)])
    assert.deepStrictEqual(contentOf(arrived), [["audio/wav", [4]]])
  })

  it("does not change what was emitted before", () => {
    const arrived = new ArrivedAudio(100)
    arrived.add([start, audio(1, 2)])
    const before = contentOf(arrived)
    arrived.add([audio(3, 4)])
    assert.deepStrictEqual([before, contentOf(arrived)], [[["audio/wav", [1, 2]]], [["audio/wav", [1, 2, 3, 4]]]])
  })
})
