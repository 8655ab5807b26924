import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import table from "../../data/tokens.json" with { type: "json" }
import { ModelTokenizer } from "../../src/tokens/ModelTokenizer.ts"
import { atMost } from "../../src/tokens/TokenCount.ts"
import { literal, nonNegativeInt } from "../domain/arbitraries.ts"
import { anyText } from "./texts.ts"

/** A model of each row. */
const examples: Record<string, string> = {
  "o-series": "o3",
  "claude-4.7": "claude-opus-4-7",
  "claude-4.5": "claude-haiku-4-5",
  "claude-3.7": "claude-3-7-sonnet",
  "claude-4": "claude-opus-4",
  "claude-3.5-0620": "claude-3-5-sonnet-20240620",
  "gpt-3": "gpt2",
  "text-embedding": "text-embedding-3-small",
  "gpt-5.6": "gpt-5.6",
  "llama-3": "llama3",
  llama: "llama-3.1-8b",
  "qwen-3.5": "qwen3.5",
  qwen: "qwen3",
  grok: "grok-4.3",
  "kimi-k2.5": "kimi-k2.5",
  nova: "nova-pro",
  any: "unheard-of"
}
const models = table.models.map(({ id }) => examples[id] ?? id)

const isCharacter = (text: string) => [...text].length <= 1

describe("the cuts of every rule", () => {
  it("has a model for each row", () => {
    for (const [index, { id, match }] of table.models.entries()) {
      const found = table.models.findIndex((row) => new RegExp(`^(?:${row.match})`).test(models[index]!))
      assert.strictEqual(table.models[found]?.id, id, `${models[index]} for ${match}`)
    }
  })

  it.effect.prop(
    "no part is longer than allowed, but for a character that alone is; parts joined are the text",
    {
      model: literal(...models),
      text: anyText,
      limit: Arbitrary.map(nonNegativeInt(40), (n) => n + 1),
      overlap: nonNegativeInt(10)
    },
    Effect.fnUntraced(function* ({ limit, model, overlap, text }) {
      const tokenizer = yield* ModelTokenizer.load(model)
      const parts = tokenizer.split(text, limit, 0)
      assert.strictEqual(parts.map(({ text }) => text).join(""), text)
      const smallest = atMost(tokenizer.count("a"))
      for (const part of [...parts, ...tokenizer.split(text, limit, overlap)]) {
        assert.isTrue(part.tokens <= limit || isCharacter(part.text), `${part.tokens} > ${limit}: ${part.text}`)
        if (limit >= smallest) assert.isTrue(atMost(part) <= limit || isCharacter(part.text))
      }
      const start = tokenizer.truncate(text, limit)
      assert.isTrue(text.startsWith(start.text))
      assert.isAtMost(start.tokens, limit)
      if (limit >= smallest) assert.isAtMost(atMost(start), limit)
      assert.strictEqual(tokenizer.truncate(text, 0).text, "")
    }),
    { arbitrary: { runs: 400 } }
  )

  it.effect("take time linear in the text", () =>
    Effect.gen(function* () {
      for (const model of ["claude-haiku-4-5", "gemini-2.5-flash"]) {
        const tokenizer = yield* ModelTokenizer.load(model)
        for (const unit of ["a", "漢", "a1 "]) {
          const text = unit.repeat(10_000)
          const parts = tokenizer.split(text, 500, 0)
          assert.strictEqual(parts.map(({ text }) => text).join(""), text)
        }
      }
    })
  )
})
