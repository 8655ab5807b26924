import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { Registry } from "effect-llm"
import { AnthropicMessages } from "effect-llm/protocols/AnthropicMessages"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import { knownProviders, knownServices } from "effect-llm/providers/KnownProviders"
import * as ProviderTable from "effect-llm/providers/ProviderTable"
import { namesOf } from "../../src/client/SettingNames.ts"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { page } from "../../data/build/providersPage.ts"
import { defaultQuirks } from "../../src/protocols/openaiChat/OpenAiChatQuirks.ts"

const root = join(import.meta.dirname, "..", "..")
const text = readFileSync(join(root, "data", "providers.json"), "utf8")

interface Row {
  readonly name: string
  readonly class?: string
  readonly baseUrl: string
  readonly keys: ReadonlyArray<string>
  readonly docs: string
  readonly protocol?: string
  readonly settings?: { readonly [name: string]: object }
  readonly quirks?: string | object
  readonly source: ReadonlyArray<string>
  readonly checked: string
}
const table = JSON.parse(text) as {
  readonly sources: { readonly [name: string]: unknown }
  readonly providers: { readonly [id: string]: Row }
}
const rows = Object.entries(table.providers)

/** The template of an address: every setting is its own name in braces. */
const templateOf = (baseUrl: unknown, row: Row): unknown => {
  const settings = Object.fromEntries(Object.keys(row.settings ?? {}).map((name) => [name, `{${name}}`]))
  if (typeof baseUrl !== "function") return baseUrl
  return (baseUrl as (settings: object) => string)(settings).replaceAll("%7B", "{").replaceAll("%7D", "}")
}

describe("data/providers.json", () => {
  it("has at least 100 providers, in order, each with a name, an address, a key, a page, a source and a date", () => {
    assert.isAtLeast(rows.length, 100)
    const ids = rows.map(([id]) => id)
    assert.deepStrictEqual(ids, ids.toSorted())
    for (const [id, row] of rows) {
      assert.match(id, /^[a-z0-9][a-z0-9-]*$/)
      assert.isNotEmpty(row.name, id)
      assert.match(row.baseUrl, /^https?:\/\/[^/\s]+(?:\/[^\s?#]*)?$/, id)
      assert.notMatch(row.baseUrl, /\/$|\/chat\/completions$/, id)
      assert.isNotEmpty(row.keys, id)
      for (const key of row.keys) assert.match(key, /^[A-Z0-9_]+$/, id)
      assert.match(row.docs, /^https:\/\//, id)
      assert.isNotEmpty(row.source, id)
      for (const source of row.source) assert.isTrue(source in table.sources || source.startsWith("https://"), id)
      assert.match(row.checked, /^2026-\d\d-\d\d$/, id)
    }
  })

  it("fills in every part of an address by a setting", () => {
    for (const [id, { baseUrl, class: class_, settings = {} }] of rows) {
      const parts = Array.from(baseUrl.matchAll(/\{(\w+)\}/g), ([, name]) => name)
      if (class_ === undefined) assert.sameMembers(parts, Object.keys(settings), id)
      else assert.includeMembers(Object.keys(settings), parts, id)
    }
  })

  it("knows only quirks that there are", () => {
    for (const [id, { quirks = {} }] of rows) {
      if (typeof quirks === "string") assert.strictEqual(quirks, "local", id)
      else assert.includeMembers(Object.keys(defaultQuirks), Object.keys(quirks), id)
    }
  })

  it("has a type that names every row, and no other", () => {
    const types = [
      readFileSync(join(root, "src", "providers", "RowId.ts"), "utf8").replace(/[^]*type RowId/, ""),
      readFileSync(join(root, "data", "providers.d.json.ts"), "utf8").replace(/[^]*type ClassId/, "")
    ]
    assert.sameMembers(
      Array.from(types.join("").matchAll(/\| ?"([^"]+)"|= "([^"]+)"/g), ([, a, b]) => a ?? b),
      rows.map(([id]) => id)
    )
  })

  for (const provider of [...knownProviders, ...knownServices]) {
    const { definition } = provider
    it(`says of ${definition.id} what its class says`, () => {
      const row = table.providers[definition.id]
      assert(row !== undefined)
      assert.strictEqual((provider as unknown as { readonly name: string }).name, row.class)
      assert.strictEqual(templateOf(definition.baseUrl, row), row.baseUrl)
      if (definition.auth !== "none") assert.deepStrictEqual(namesOf(definition).keyNames, row.keys as [string])
      assert.includeMembers(Object.keys(definition.settings ?? {}), Object.keys(row.settings ?? {}))
    })
  }

  it("names no class that there is not", () => {
    const known = new Set([...knownProviders, ...knownServices].map(({ definition }) => definition.id))
    assert.deepStrictEqual(
      rows.filter(([id, row]) => row.class !== undefined && !known.has(id)).map(([id]) => id),
      []
    )
  })

  it("is what docs/providers.md lists", async () => {
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
    assert.strictEqual(Novita.definition.baseUrl, table.providers.novita!.baseUrl)
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

  it.effect("is resolved by its name where its key is set, by whichever name", () =>
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

  it.effect("says what it needs where that is not set", () =>
    Effect.gen(function* () {
      const { model } = yield* Effect.provide(Registry, registry({ INFOMANIAK_API_KEY: "key-0123456789" }))
      const error = yield* Effect.flip(model("novita/some-model"))
      assert.include(error.message, "set NOVITA_API_KEY")
      assert.include((yield* Effect.flip(model("infomaniak/m"))).message, "INFOMANIAK_PRODUCT_ID")
      assert.include((yield* Effect.flip(model("novitaa/m"))).message, "novita")
    })
  )
})
