import { assert, describe, it } from "@effect/vitest"
import { patternOf } from "../src/tokens/ModelRule.ts"
import { attackOn, inData, inSource } from "./patterns.ts"

const insensitive = (text: string) => new RegExp(text, "i")

const attacks = (found: ReturnType<typeof inSource>) =>
  found.flatMap(({ pattern, where }) => {
    const attack = attackOn(pattern)
    return attack === undefined ? [] : [`${where}: ${pattern} at ${attack}`]
  })

describe("regular expressions", () => {
  it("in src take time in proportion to their input", { timeout: 120_000 }, () => {
    const found = inSource()
    assert.isAbove(found.length, 100)
    assert.deepStrictEqual(attacks(found), [])
  })

  it("in data take time in proportion to their input", { timeout: 120_000 }, () => {
    const found = [
      ...inData("errors.json", ["pattern", "limit", "asked", "kind", "param"], insensitive),
      ...["restrictions", "limits", "no-schemas", "service-tiers"].flatMap((name) =>
        inData(`${name}.json`, ["model"], insensitive)
      ),
      ...inData("tokens.json", ["match"], patternOf),
      // `/` and an expression, among rules of other kinds.
      ...inData("models.json", ["q"], (rule) => (rule.startsWith("/") ? insensitive(rule.slice(1, -1)) : /^/))
    ]
    assert.isAbove(found.length, 50)
    assert.deepStrictEqual(attacks(found), [])
  })

  it("that backtrack are found", () => {
    for (const pattern of [
      /\/+$/,
      /(\d+(?:\.\d+)?)(ms|s)/g,
      /think value .* is not supported/i,
      /^data:([^;,]*)[^,]*;base64,/
    ]) {
      assert.isDefined(attackOn(pattern), String(pattern))
    }
  })
})
