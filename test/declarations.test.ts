import { assert, describe, it } from "@effect/vitest"
import { shortDeclarations } from "../.ci/declarations/shortDeclarations.ts"

/** The declaration of a public module, made short beside those of hidden ones. */
const short = (text: string, hidden: { readonly [name: string]: string } = {}) => {
  const files = [["/a.d.ts", text], ...Object.entries(hidden).map(([name, text]) => [`/hidden/${name}.d.ts`, text])]
  const made = shortDeclarations(new Map(files as Array<[string, string]>), (file) => file.includes("hidden"))
  return Object.fromEntries([...made].map(([file, text]) => [file.replaceAll("\\", "/"), text]))
}

describe("packed declarations", () => {
  it("write out the type of a schema that the module keeps to itself, with its comments", () => {
    const text = `import * as Schema from "effect/Schema";
/**
 * A line.
 *
 * @since 0.1.0
 */
export interface Line extends Base, Schema.Schema.Type<typeof lineSchema> {
}
declare const lineSchema: Schema.Struct<{
    readonly kind: Schema.Literals<readonly ["a", "b"]>;
    /** How many. */
    readonly count: Schema.optional<Schema.Int>;
    readonly raw: Schema.optionalKey<Schema.Codec<Schema.Json | undefined, Schema.Json | undefined, never, never>>;
    readonly part: Schema.$Array<Schema.Union<readonly [Schema.Codec<Part, unknown, never, never>, Schema.NullOr<Schema.String>]>>;
    readonly cost: Schema.TaggedUnion<{
        readonly Free: Schema.TaggedStruct<"Free", {}>;
        readonly Priced: Schema.TaggedStruct<"Priced", {
            readonly total: Schema.BigDecimal;
        }>;
    }>;
    readonly labels: Schema.$Record<Schema.String, Schema.Boolean>;
}>;
/**
 * The schema of \`Line\`.
 */
export declare const Line: Schema.Codec<Line, Line, never, never>;
export {};
`
    assert.strictEqual(
      short(text)["/a.d.ts"],
      `import * as Schema from "effect/Schema"
/** A line. */
export interface Line extends Base {
	readonly kind: "a" | "b"
	/** How many. */
	readonly count?: number | undefined
	readonly raw?: Schema.Json | undefined
	readonly part: ReadonlyArray<Part | string | null>
	readonly cost: { readonly _tag: "Free" } | { readonly _tag: "Priced"; readonly total: Schema.BigDecimal["Type"] }
	readonly labels: { readonly [key: string]: boolean }
}
export const Line: Schema.Codec<Line>
`
    )
  })

  it("leave a type alone that is taken from a schema of another kind, or from a public one", () => {
    const kept = `import * as Schema from "effect/Schema"
export interface A extends Schema.Schema.Type<typeof A> {}
export const A: Schema.Struct<{ readonly a: Schema.String }>
export interface B extends Schema.Schema.Type<typeof b> {}
declare const b: Schema.Struct<{ readonly a: Schema.FiniteFromString }>
export {}
`
    assert.strictEqual(short(kept)["/a.d.ts"], kept)
  })

  it("have of hidden modules what public types mention, without comments on names that nobody can import", () => {
    const made = short(
      `import * as Two from "./hidden/two.ts"
export { one } from "./hidden/one.ts"
/** Public. */
export const a: Two.Mentioned
`,
      {
        one: `/** It is exported again. */
export const one: 1
export const other: import("./three.ts").Three
`,
        two: `import type { Unneeded } from "./three.ts"
/** Nobody can import it. */
export interface Mentioned {
	/** But its members are seen. */
	readonly a: Own
}
type Own = 1
export const needless: Unneeded
export {}
`,
        three: "export type Three = 3\nexport type Unneeded = 4\n"
      }
    )
    assert.deepStrictEqual(made, {
      "/a.d.ts": `import * as Two from "./hidden/two.ts"
export { one } from "./hidden/one.ts"
/** Public. */
export const a: Two.Mentioned
`,
      "/hidden/one.d.ts": "/** It is exported again. */\nexport const one: 1\n",
      "/hidden/two.d.ts": `export interface Mentioned {
	/** But its members are seen. */
	readonly a: Own
}
type Own = 1
export {}
`
    })
  })

  it("import once what is named several times, and say no defaults", () => {
    const text = `import * as Effect from "effect/Effect";
export declare const a: import("./b.ts").LongName<Effect.Effect<Uint8Array<ArrayBufferLike>, never, never>>;
export declare const b: import("./b.ts").LongName<1> | undefined;
export declare const c: import("./b.ts").LongName<2> | undefined;
`
    assert.strictEqual(
      short(text)["/a.d.ts"],
      `import { LongName } from "./b.ts"
import * as Effect from "effect/Effect"
export const a: LongName<Effect.Effect<Uint8Array>>
export const b: LongName<1> | undefined
export const c: LongName<2> | undefined
`
    )
  })
})
