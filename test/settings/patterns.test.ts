import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import * as JsonSchemaCheck from "../../src/settings/policies/JsonSchemaCheck.ts"
import { checked, make } from "../../src/settings/policies/LinearPattern.ts"
import * as Detector from "../../src/policies/Detector.ts"
import { mistakesIn } from "./load.ts"

/** Definitions are at the root of a schema. */
const defsOf = (schema: object) => ("$defs" in schema ? { $defs: schema.$defs as { [name: string]: Schema.Json } } : {})

const secondsOf = (run: () => void): number => {
  const before = process.threadCpuUsage()
  run()
  const { system, user } = process.threadCpuUsage(before)
  return (system + user) / 1e6
}

/** A text that expressions which backtrack take years, or minutes, to read. */
const attack = `${"a".repeat(10_000)}!`

describe("a pattern in a schema of responses", () => {
  const checkedBy = (schema: Parameters<typeof JsonSchemaCheck.make>[0]) => {
    const check = Result.getOrThrow(JsonSchemaCheck.make(schema))
    return (value: unknown) => check(JSON.stringify(value))
  }
  const slow = { type: "string", pattern: "^(a+)+$" }

  for (const [where, schema, valueOf] of [
    ["of a property", { type: "object", properties: { a: slow } }, (text: string) => ({ a: text })],
    ["of a definition", { type: "array", items: { $ref: "#/$defs/a" }, $defs: { a: slow } }, (text: string) => [text]],
    [
      "of names",
      { type: "object", patternProperties: { [slow.pattern]: {} }, additionalProperties: false },
      (text: string) => ({ [text]: 1 })
    ]
  ] as const)
    it(`${where} takes time linear in the text`, () => {
      const check = checkedBy(schema)
      assert.isBelow(
        secondsOf(() => assert.isString(check(valueOf(attack)))),
        4
      )
      assert.isUndefined(check(valueOf("aaa")))
    })

  it("leaves all other keywords in force", () => {
    const check = checkedBy({
      type: "object",
      properties: {
        code: { type: "string", pattern: "\\d{3}-", minLength: 5 },
        count: { type: "integer", minimum: 2, multipleOf: 2 },
        list: { type: "array", minItems: 1, uniqueItems: true, items: { enum: ["a", 1, null] } },
        either: { anyOf: [{ type: "string", maxLength: 2 }, { type: "boolean" }] }
      },
      required: ["code"],
      additionalProperties: false
    })
    const good = { code: "x123-", count: 4, list: ["a", null], either: "ab" }
    assert.isUndefined(check(good))
    for (const wrong of [
      { code: "12-45" },
      { code: "123-" },
      { count: 1 },
      { count: 3 },
      { list: [] },
      { list: ["a", "a"] },
      { list: ["b"] },
      { either: "abc" },
      { more: 1 }
    ])
      assert.isString(check({ ...good, ...wrong }), JSON.stringify(wrong))
  })

  for (const [keywords, good, wrong] of [
    [{ type: "number" }, 1.5, "a"],
    [{ type: "integer" }, 2, 2.5],
    [{ type: "number", multipleOf: 0.5 }, 1.5, 1.2],
    [{ type: "number", minimum: 1 }, 1, 0],
    [{ type: "number", exclusiveMinimum: 1 }, 2, 1],
    [{ type: "number", maximum: 1 }, 1, 2],
    [{ type: "number", exclusiveMaximum: 1 }, 0, 1],
    [{ type: "string", minLength: 2 }, "ab", "a"],
    [{ type: "string", maxLength: 1 }, "a", "ab"],
    [{ type: "array", items: {}, minItems: 1 }, [1], []],
    [{ type: "array", items: {}, maxItems: 1 }, [1], [1, 2]],
    [{ type: "array", items: {}, uniqueItems: true }, [1, 2], [1, 1]],
    [{ type: "array", prefixItems: [{ type: "string" }], items: false, minItems: 1 }, ["a"], ["a", "b"]],
    [{ type: "object", minProperties: 1 }, { a: 1 }, {}],
    [{ type: "object", maxProperties: 1 }, { a: 1 }, { a: 1, b: 2 }],
    [{ type: "object", propertyNames: { minLength: 2 } }, { ab: 1 }, { a: 1 }],
    [{ type: "object", additionalProperties: { type: "number" } }, { a: 1 }, { a: "b" }],
    [{ const: "a" }, "a", "b"],
    [{ allOf: [{ type: "string" }, { minLength: 2 }] }, "ab", "a"],
    [
      { $ref: "#/$defs/tree", $defs: { tree: { type: "array", items: { $ref: "#/$defs/tree" } } } },
      [[], [[]]],
      [[], [1]]
    ]
  ] as const)
    it(`is no hindrance to ${Object.keys(keywords).join(", ")}`, () => {
      const check = checkedBy({ type: "object", properties: { a: slow, b: keywords }, ...defsOf(keywords) })
      assert.isUndefined(check({ a: "a", b: good }))
      assert.isString(check({ a: "a", b: wrong }))
      assert.isString(check({ a: "b", b: good }))
    })

  it("is refused if it could backtrack without end", () => {
    const made = JsonSchemaCheck.make({ type: "string", pattern: "(a+)+\\1$" })
    assert.include(Result.isFailure(made) ? made.failure : "", "may take endless time")
  })
})

describe("a regular expression of settings", () => {
  for (const pattern of ["(a+)+$", "(a|a)*b", "(a|aa)+$", "\\w+@\\w+", "(\\w+\\s?)*\\?", ".*b", "(a{1,50}){4}$"])
    it(`${pattern} takes time linear in the text`, () => {
      const expression = checked(pattern)
      assert.isBelow(
        secondsOf(() => assert.isFalse(expression.test(attack))),
        4
      )
      assert.deepStrictEqual(Detector.find([Detector.make("A", expression)], attack.slice(-3)), [])
      // Right after another finding, too.
      const both = [Detector.make("B", /-/), Detector.make("A", expression)]
      assert.isBelow(
        secondsOf(() => assert.strictEqual(Detector.find(both, `-${attack}`)[0]?.detector, "B")),
        4
      )
    })

  for (const pattern of ["(a+)+\\1$", "(?<!x)a+(?=b+)", "(a{1,50}){9}$", "(a{1,90}){1,90}$", "a{10000}b"])
    it(`${pattern} is refused, since it could backtrack without end`, () => {
      assert.isTrue(Result.isFailure(make(pattern)))
    })

  for (const pattern of [
    "(?<!\\d)\\d{3}-\\d{4}(?!\\d)",
    "(['\"])x{1,9}\\1",
    "ACME-\\d{1,9}",
    "^yes|no$",
    "(?:[A-Z]{2,4}-){1,3}\\d"
  ])
    it(`${pattern} runs as a JavaScript RegExp`, () => {
      assert.strictEqual(checked(pattern).constructor, RegExp)
    })

  const texts = Schema.Array(Schema.Literals(["a", "b", "c", "@", " ", ".", "é", "😀", "\n", "sk-", "foo"])).check(
    Schema.isMaxLength(30)
  )
  it.prop("matches what a JavaScript RegExp matches", { texts }, ({ texts }) => {
    const text = texts.join("")
    for (const pattern of [
      "sk-[a-z]+",
      "[\\w.]+@\\w+",
      "(?:ab|a)+c?",
      "\\bfoo\\b.*",
      "\\p{L}+a*",
      "[^]*b",
      "[\\u00e9😀]+"
    ]) {
      const own = checked(pattern)
      assert.notStrictEqual(own.constructor, RegExp)
      const found = (expression: RegExp) => [...text.matchAll(expression)].map((match) => [match.index, match[0]])
      assert.deepStrictEqual(found(own), found(new RegExp(pattern, "gu")), `${pattern} in ${JSON.stringify(text)}`)
    }
  })

  it.effect("that could backtrack without end is a mistake in its place in the file, with advice", () =>
    Effect.gen(function* () {
      const mistakes = yield* mistakesIn(`models:
  a:
    deployments: [ollama/llama3]
    policies:
      redact: { patterns: { A: '(a+)+\\1$' } }
      validate: { matches: '(?=x)a+' }
policies:
  guards:
    words:
      patterns: { B: 'ACME-\\d+(?!-)' }
`)
      assert.deepStrictEqual(
        mistakes.map((mistake) => mistake.replace(/: may take endless .*/, "")),
        [
          "5:32: models.a.policies.redact.patterns.A",
          "6:28: models.a.policies.validate.matches",
          "10:22: policies.guards.words.patterns.B"
        ]
      )
      assert.include(mistakes[0], "give its repetitions a small bound, such as {1,64} in place of +")
    })
  )
})
