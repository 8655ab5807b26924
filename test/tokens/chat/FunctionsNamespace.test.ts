import { assert, describe, it } from "@effect/vitest"
import { functionsNamespace } from "../../../src/tokens/chat/ToolTokens.ts"

describe("functionsNamespace", () => {
  it("writes types, comments, options and defaults", () => {
    const inputSchema = {
      type: "object",
      required: ["a", "d"],
      properties: {
        a: { type: "string", description: "First\n  second" },
        b: { type: "integer", default: 3 },
        c: { enum: ["x", 1, null] },
        d: { type: "array", items: { type: "object", properties: { e: { type: "boolean" } }, required: ["e"] } },
        f: { type: ["string", "null", "string"] },
        g: { anyOf: [{ type: "number" }, { type: "array" }, true] },
        h: { type: "object" },
        i: true
      }
    }
    assert.strictEqual(
      functionsNamespace([
        { name: "one", description: "Does.", inputSchema },
        { name: "two", description: "", inputSchema: { type: "object", properties: {} } }
      ]),
      `# Tools

## functions

namespace functions {

// Does.
type one = (_: {
// First
  second
a: string,
b?: number, // default: 3
c?: "x" | 1 | null,
d: {
e: boolean,
}[],
f?: string | null,
g?: number | any[] | any,
h?: object,
i?: any,
}) => any;

type two = () => any;

} // namespace functions`
    )
  })

  it("ends with schemas that are nested without end", () => {
    let schema: Record<string, never> | object = {}
    for (let depth = 0; depth < 20_000; depth++) schema = { type: ["array", "object"], items: schema, properties: {} }
    const inputSchema = { type: "object", properties: { a: schema } } as never
    assert.isBelow(functionsNamespace([{ name: "deep", inputSchema }]).length, 1000)
  })
})
