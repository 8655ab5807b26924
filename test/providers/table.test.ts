import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { Registry } from "effect-llm"
import { AnthropicMessages } from "effect-llm/protocols/AnthropicMessages"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import { knownProviders, knownServices } from "effect-llm/providers/KnownProviders"
import { namesOf } from "effect-llm/providers/ProviderSettings"
import * as ProviderTable from "effect-llm/providers/ProviderTable"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { page } from "../../data/build/providersPage.ts"
import { defaultQuirks } from "../../src/protocols/openaiChat/Quirks.ts"

const root = join(import.meta.dirname, "..", "..")
const text = readFileSync(join(root, "data", "providers.json"), "utf8")

interface Common {
  readonly name: string
  readonly docs: string
  readonly note?: string
  readonly source: ReadonlyArray<string>
  readonly checked: string
}
interface ClassRow extends Common {
  readonly class: string
}
interface Row extends Common {
  readonly baseUrl: string
  readonly keys: ReadonlyArray<string>
  readonly settings?: { readonly [name: string]: object }
  readonly quirks?: string | object
}
const table = JSON.parse(text) as {
  readonly sources: { readonly [name: string]: unknown }
  readonly providers: { readonly [id: string]: Row | ClassRow }
}
const all = Object.entries(table.providers)
const rows = all.flatMap(([id, row]) => ("class" in row ? [] : [[id, row] as const]))
const classRows = all.flatMap(([id, row]) => ("class" in row ? [[id, row] as const] : []))

describe("data/providers.json", () => {
  it("has at least 100 providers, in order, each with a name, a page, a source and a date", () => {
    assert.isAtLeast(all.length, 100)
    const ids = all.map(([id]) => id)
    assert.deepStrictEqual(ids, ids.toSorted())
    for (const [id, row] of all) {
      assert.match(id, /^[a-z0-9][a-z0-9-]*$/)
      assert.isNotEmpty(row.name, id)
      assert.match(row.docs, /^https:\/\//, id)
      assert.isNotEmpty(row.source, id)
      for (const source of row.source) assert.isTrue(source in table.sources || source.startsWith("https://"), id)
      assert.match(row.checked, /^2026-\d\d-\d\d$/, id)
    }
  })

  it("has the address and the keys of every provider without a class", () => {
    for (const [id, row] of rows) {
      assert.match(row.baseUrl, /^https?:\/\/[^/\s]+(?:\/[^\s?#]*)?$/, id)
      assert.notMatch(row.baseUrl, /\/$|\/chat\/completions$/, id)
      assert.isNotEmpty(row.keys, id)
      for (const key of row.keys) assert.match(key, /^[A-Z0-9_]+$/, id)
    }
  })

  it("has a setting for every part of a base URL", () => {
    for (const [id, { baseUrl, settings = {} }] of rows) {
      const parts = Array.from(baseUrl.matchAll(/\{(\w+)\}/g), ([, name]) => name)
      assert.sameMembers(parts, Object.keys(settings), id)
    }
  })

  it("has only known quirks", () => {
    for (const [id, { quirks = {} }] of rows) {
      if (typeof quirks === "string") assert.strictEqual(quirks, "local", id)
      else assert.includeMembers(Object.keys(defaultQuirks), Object.keys(quirks), id)
    }
  })

  it("has a type with the name of every row without a class, and no others", () => {
    const source = readFileSync(join(root, "src", "providers", "ProviderTable.ts"), "utf8")
    const type = source.replace(/[^]*type RowId =/, "")
    assert.sameMembers(
      Array.from(type.matchAll(/\| "([^"]+)"/g), ([, id]) => id),
      rows.map(([id]) => id)
    )
  })

  it("has a row for every class, under its name, that repeats nothing of the class", () => {
    assert.sameDeepMembers(
      classRows.map(([id, row]) => [id, row.class]),
      [...knownProviders, ...knownServices].map((provider) => [
        provider.definition.id,
        (provider as unknown as { readonly name: string }).name
      ])
    )
    const columns = ["name", "class", "docs", "note", "source", "checked"]
    for (const [, row] of classRows) assert.includeMembers(columns, Object.keys(row))
  })

  it("matches the docstring of every class: an example, its key and its base URL by name", () => {
    for (const provider of [...knownProviders, ...knownServices]) {
      const { definition } = provider
      const { name } = provider as unknown as { readonly name: string }
      const source = readFileSync(join(root, "src", "providers", `${name}.ts`), "utf8")
      const docstring = source.slice(source.lastIndexOf("/**", source.indexOf("export class")))
      const { baseUrl, keyNames } = namesOf(definition)
      const names = [baseUrl, ...(definition.auth === "none" ? [] : keyNames)]
      assert.include(docstring, `${name}.`, "an example")
      for (const setting of names) assert.include(docstring, `\`${setting}`, name)
    }
  })

  it("matches the list in docs/providers.md", async () => {
    assert.strictEqual(
      readFileSync(join(root, "docs", "providers.md"), "utf8"),
      await page(),
      "run: npm run docs:providers"
    )
  })
})

describe("a row of the table", () => {
  class Novita extends ProviderTable.Service<Novita>()("novita") {}

  it("is a service like any other", () => {
    const model = Novita.model("deepseek/deepseek-v3")
    assert.strictEqual(model.id, "novita/deepseek/deepseek-v3")
    assert.strictEqual(Novita.definition.baseUrl, (table.providers.novita as Row).baseUrl)
    // @ts-expect-error: the table has no such row
    void (() => ProviderTable.definitionOf("no-such-provider"))
  })

  it.effect("speaks the protocol that it names", () =>
    Effect.gen(function* () {
      for (const [id, protocol] of [
        ["novita", OpenAiChat],
        ["minimax-anthropic", AnthropicMessages]
      ] as const) {
        const { protocol: load } = ProviderTable.definitionOf(id)
        assert.strictEqual(Effect.isEffect(load) ? yield* load : load, protocol as never)
      }
    })
  )

  const registry = (env: Record<string, string>) =>
    Registry.layerConfig.pipe(
      Layer.provide([NodeHttpClient.layerUndici, ConfigProvider.layer(ConfigProvider.fromUnknown(env))])
    )

  it.effect("is resolved if its key is set, under either name", () =>
    Effect.gen(function* () {
      for (const env of [{ NANO_GPT_API_KEY: "key-0123456789" }, { NANOGPT_API_KEY: "key-0123456789" }]) {
        const { model, providers } = yield* Effect.provide(Registry, registry(env))
        assert.strictEqual((yield* model("nano-gpt/some-model")).id, "nano-gpt/some-model")
        assert.deepInclude(providers, { id: "nano-gpt", capabilities: ["chat"], configured: true, missing: [] })
        // Of the others only the classes are listed.
        assert.strictEqual(providers.length, knownProviders.length + knownServices.length + 1)
      }
    })
  )

  it.effect("names the settings that are missing", () =>
    Effect.gen(function* () {
      const { model } = yield* Effect.provide(Registry, registry({ INFOMANIAK_API_KEY: "key-0123456789" }))
      const error = yield* Effect.flip(model("novita/some-model"))
      assert.include(error.message, "set NOVITA_API_KEY")
      assert.include((yield* Effect.flip(model("infomaniak/m"))).message, "INFOMANIAK_PRODUCT_ID")
      assert.include((yield* Effect.flip(model("novitaa/m"))).message, "novita")
    })
  )
})
