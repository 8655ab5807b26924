import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import media from "../../data/tokens-media.json" with { type: "json" }
import table from "../../data/tokens.json" with { type: "json" }

const { Boolean, Finite, Literal, Literals, String, Struct, Union, optional } = Schema
const Positive = Finite.check(Schema.isGreaterThanOrEqualTo(0))
const origin = { source: String, checked: String, note: optional(String) }
const rule = { id: String, error: Positive, ...origin }

const Tokens = Struct({
  checked: String,
  models: Schema.Array(
    Struct({
      ...rule,
      match: String,
      encoding: Literals(["o200k_base", "o200k_harmony", "cl100k_base", "p50k_base", "r50k_base"]),
      ratio: Positive,
      fragments: optional(Positive),
      digits: optional(Boolean),
      chat: String,
      image: optional(String),
      audio: optional(String),
      video: optional(String),
      document: optional(String)
    })
  ),
  chats: Schema.Array(
    Struct({
      id: String,
      ...origin,
      base: Positive,
      preamble: Positive,
      roles: Struct({ system: Positive, user: Positive, assistant: Positive, tool: Positive }),
      name: Finite,
      call: Positive,
      parallel: Positive,
      result: Positive,
      reasoning: Boolean,
      thinking: Positive,
      json: Positive,
      schema: Struct({ base: Positive, share: Positive }),
      citations: Positive,
      tools: Struct({
        style: Literals(["typescript", "json", "spaced-json"]),
        wrapped: optional(Boolean),
        omitsEmpty: optional(Boolean),
        base: Finite,
        required: optional(Positive),
        alone: optional(Positive),
        perTool: Positive,
        error: Positive
      }),
      spread: Positive,
      serverTools: Positive,
      fitted: Schema.Array(String)
    })
  )
})

const rates = Schema.Record(String, Positive)
const details = Schema.Record(String, Struct({ edge: Positive, patches: optional(Positive) }))

const Media = Struct({
  checked: String,
  images: Schema.Array(
    Union([
      Struct({ ...rule, type: Literal("tile"), base: Positive, tile: Positive }),
      Struct({ ...rule, type: Literal("patch"), multiplier: Positive, details }),
      Struct({ ...rule, type: Literal("area"), patch: Positive, edge: Positive, most: Positive }),
      Struct({ ...rule, type: Literal("grid"), small: Positive, cell: Positive, tokens: Positive }),
      Struct({ ...rule, type: Literal("fixed"), tokens: rates })
    ])
  ),
  audio: Schema.Array(Struct({ ...rule, input: Positive, output: Positive })),
  video: Schema.Array(Struct({ ...rule, perSecond: Positive })),
  documents: Schema.Array(Struct({ ...rule, perPage: Positive }))
})

const strict = { onExcessProperty: "error" } as const

describe("the data of the rules", () => {
  it("conforms to its types", () => {
    assert.isNotEmpty(Schema.decodeUnknownSync(Tokens, strict)(table).models)
    assert.isNotEmpty(Schema.decodeUnknownSync(Media, strict)(media).images)
  })

  it("names only existing rows, each once, and existing fields", () => {
    const ids = (rows: ReadonlyArray<{ readonly id: string }>) => rows.map(({ id }) => id)
    for (const rows of [table.models, table.chats, media.images, media.audio, media.video, media.documents]) {
      assert.strictEqual(new Set(ids(rows)).size, rows.length)
    }
    for (const { audio, chat, document, id, image, video } of table.models) {
      assert.include(ids(table.chats), chat, id)
      if (image !== undefined) assert.include(ids(media.images), image, id)
      if (audio !== undefined) assert.include(ids(media.audio), audio, id)
      if (video !== undefined) assert.include(ids(media.video), video, id)
      if (document !== undefined) assert.include(ids(media.documents), document, id)
    }
    assert.deepStrictEqual(
      ids(table.chats).filter((id) => !table.models.some(({ chat }) => chat === id)),
      []
    )
    for (const { fitted, id, ...chat } of table.chats) {
      for (const path of fitted) {
        const value = path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], chat)
        assert.isNumber(value, `${path} of ${id}`)
      }
    }
  })
})
