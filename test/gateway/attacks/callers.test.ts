import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Who from "../../../src/gateway/ledger/Who.ts"
import { lines } from "../../../src/cli/terminal/Table.ts"
import { gateway } from "../gateway.ts"

const adminKey = "sk-of-the-administrator-91"
const models = `
models: { fast: openai/sim-healthy, dear: openai/sim-slow }
keys: { low: { key: sk-low-0123456789abcdef, models: [fast] }, any: { key: sk-any-0123456789abcdef } }
server: { adminKey: ${adminKey} }
`
const messages = [{ role: "user", content: "Hello" }]

describe("a key with a list of models", () => {
  for (const more of [
    { models: ["dear"] },
    { models: ["openai/o1-pro", "fast"], route: "fallback" },
    { fallbacks: [{ model: "dear" }] },
    { fallbacks: "dear" }
  ])
    it.live(`cannot call another with ${JSON.stringify(more)}, which a provider would call instead`, () =>
      Effect.gen(function* () {
        const { send, simulator } = yield* gateway(models)
        const call = (key: string) =>
          send("/v1/chat/completions", { model: "fast", messages, ...more }, { authorization: `Bearer ${key}` })
        const refused = yield* call("sk-low-0123456789abcdef")
        assert.strictEqual(refused.status, 403)
        assert.include(refused.text, "may not call")
        assert.lengthOf(yield* simulator.requests, 0)
        assert.strictEqual((yield* call("sk-any-0123456789abcdef")).status, 200)
      })
    )
})

describe("names that callers give themselves", () => {
  it("has no control or bidirectional characters", () => {
    const { user } = Who.ofRequest({ user: "=a\r\n\u001b[31mred\u0000\u202eb" })
    assert.strictEqual(user, "=a[31mredb")
    assert.deepStrictEqual(Who.ofRequest({ user: "\u0000\n" }), {})
  })

  it("is printed on one line of a table", () => {
    const style = { dim: (text: string) => text } as Parameters<typeof lines>[2]["style"]
    const printed = lines(["a\r\n\u001b]0;owned\u0007b\tc"], [{ title: "user", value: (name) => name }], {
      width: 80,
      style
    })
    assert.deepStrictEqual(printed, ["user", "a ]0;ownedb c"])
  })
})
