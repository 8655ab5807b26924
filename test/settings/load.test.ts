import { NodeServices } from "@effect/platform-node"
import { assert, describe, expect, it } from "@effect/vitest"
import { Duration, Effect, FileSystem, Predicate, Redacted, Schema } from "effect"
import { jsonSchema, load as loadFile, Settings } from "../../src/settings/Settings.ts"
import { load } from "./load.ts"

const decode = Schema.decodeUnknownSync(Settings, { onExcessProperty: "error" })
const encode = Schema.encodeSync(Settings)

const count = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** What varies in the settings of the property below. */
const Variation = Schema.Struct({
  millis: count(1, 10_000_000),
  retries: count(0, 9),
  cents: count(0, 1_000_000),
  weight: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 100 })),
  order: count(-5, 5),
  key: Schema.NonEmptyString,
  short: Schema.Boolean,
  text: Schema.String,
  rate: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1000 }))
})

const inputOf = (v: typeof Variation.Type) => ({
  providers: { team: { provider: "openai", key: v.key, headers: { "x-a": v.key }, options: { project: v.key } } },
  models: {
    a: v.short
      ? "openai/a"
      : ["openai/a", { model: "team/b", weight: v.weight, order: v.order, price: { input: v.rate } }],
    b: {
      deployments: ["team/c"],
      fallbacks: v.short ? ["a"] : { contextWindow: ["a"] },
      policies: { timeout: v.short ? false : `${v.millis}ms`, retry: v.short ? v.retries : { times: v.retries } }
    }
  },
  defaults: { metadata: { note: v.text }, temperature: v.weight },
  budgets: { all: { usd: (v.cents / 100).toFixed(2), within: `${v.millis} ms` } },
  prices: { "openai/a": v.short ? "free" : { output: v.rate } }
})

describe("settings", () => {
  it.prop(
    "survive JSON",
    [Variation],
    ([variation]) => {
      const settings = decode(inputOf(variation))
      const encoded = JSON.parse(JSON.stringify(encode(settings)))
      assert.deepStrictEqual(JSON.parse(JSON.stringify(encode(decode(encoded)))), encoded)
    },
    { arbitrary: { runs: 200 } }
  )

  it.effect("are as short as three lines", () =>
    Effect.map(
      load({
        "settings.yaml":
          "models:\n  fast: openai/gpt-6-luna\n  smart: [anthropic/claude-haiku-5-5, openai/gpt-6-luna]\n"
      }),
      ({ settings }) =>
        assert.deepStrictEqual(encode(settings), {
          models: {
            fast: { deployments: [{ model: "openai/gpt-6-luna" }] },
            smart: { deployments: [{ model: "anthropic/claude-haiku-5-5" }, { model: "openai/gpt-6-luna" }] }
          }
        })
    )
  )

  it.effect("are the same in YAML, JSON and TypeScript", () =>
    Effect.gen(function* () {
      const tree = {
        models: { a: ["openai/a", { model: "groq/b", weight: 2 }] },
        policies: { timeout: "30s", retry: 2 }
      }
      const all = yield* Effect.forEach(
        [
          {
            "settings.yaml":
              "models:\n  a:\n    - openai/a\n    - { model: groq/b, weight: 2 }\npolicies: { timeout: 30s, retry: 2 }"
          },
          { "settings.json": JSON.stringify(tree) },
          { "settings.ts": `const tree: object = ${JSON.stringify(tree)}\nexport default tree` }
        ],
        (files) => Effect.map(load(files), ({ settings }) => encode(settings))
      )
      for (const each of all) assert.deepStrictEqual(each, encode(decode(tree)))
    })
  )

  it.effect("accept anchors and merge keys of YAML", () =>
    Effect.map(
      load({
        "a.yaml":
          "x-limits: &l { requests: 5 }\nkeys: { k: { key: 0123456789abcdefghij, limits: *l } }\nmodels:\n  a: { deployments: &d [openai/a] }\n  b: { deployments: *d }\n  c:\n    deployments:\n      - &e { model: openai/x, weight: 2 }\n      - { <<: *e, model: openai/y }"
      }),
      ({ settings }) => {
        assert.strictEqual(settings.models.b?.deployments[0].model, "openai/a")
        assert.deepStrictEqual(settings.keys?.k?.limits, { requests: 5 })
        assert.deepStrictEqual(settings.models.c?.deployments[1], { model: "openai/y", weight: 2 })
      }
    )
  )

  it("read every unit of a duration", () => {
    const durations = {
      "1500ms": 1500,
      "2 millis": 2,
      "30s": 30_000,
      "1.5 seconds": 1500,
      "5m": 300_000,
      "1 minute": 60_000,
      "2h": 7_200_000,
      "1 day": 86_400_000,
      "1w": 604_800_000
    }
    for (const [text, millis] of Object.entries(durations)) {
      const { policies } = decode({ models: {}, policies: { deadline: text } })
      assert.strictEqual(policies?.deadline && Duration.toMillis(policies.deadline), millis, text)
    }
  })
})

describe("names", () => {
  it.effect("stay strings where YAML would read another type", () =>
    Effect.map(
      load({
        "settings.yaml": "models: { 1.10: openai/a, 007: openai/a, 1e3: openai/a, null: openai/a, yes: openai/a }"
      }),
      ({ settings }) => assert.sameMembers(Object.keys(settings.models), ["1.10", "007", "1e3", "null", "yes"])
    )
  )
})

describe("variables", () => {
  const file =
    'models: { a: openai/a }\nproviders:\n  openai: { key: "${KEY}", baseUrl: "https://${HOST:-api.openai.com}/v1" }\n'

  const keyOf = (files: Parameters<typeof load>[0], env: { readonly [name: string]: string }, options = {}) =>
    Effect.map(
      load(files, env, options),
      ({ settings }) => settings.providers?.openai?.key && Redacted.value(settings.providers.openai.key)
    )

  it.effect("come from .env beside the file, and the environment wins", () =>
    Effect.gen(function* () {
      const files = { "settings.yaml": file, ".env": "KEY=from-file\nHOST=example.com # a comment\n" }
      assert.strictEqual(yield* keyOf(files, {}), "from-file")
      assert.strictEqual(yield* keyOf(files, { KEY: "from-environment" }), "from-environment")
      const { settings, warnings } = yield* load(files, { KEY: "from-environment" })
      assert.strictEqual(settings.providers?.openai?.baseUrl, "https://example.com/v1")
      assert.strictEqual(warnings.length, 1)
      assert.match(warnings[0]?.message ?? "", /^KEY is set in the environment and in \S+env: the environment wins$/)
    })
  )

  it.effect("come from a given file, which must exist and be UTF-8", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      const mistakeIn = (name: string) =>
        Effect.map(
          Effect.flip(load({ "settings.yaml": file }, {}, { envFile: `${folder}/${name}` })),
          ({ message }) => message
        )
      // As Windows PowerShell writes what is echoed into a file.
      yield* fs.writeFile(`${folder}/utf16.env`, Buffer.from("\ufeffKEY=secret\r\n", "utf16le"))
      yield* fs.writeFileString(`${folder}/bom.env`, "\ufeffKEY=from-file\r\n")
      assert.strictEqual(yield* mistakeIn("no.env"), `${folder}/no.env: there is no such file`)
      assert.strictEqual(yield* mistakeIn("."), `${folder}/.: is a folder, and not a file`)
      assert.strictEqual(yield* mistakeIn("utf16.env"), `${folder}/utf16.env: is not UTF-8: save it as UTF-8`)
      assert.strictEqual(yield* keyOf({ "settings.yaml": file }, {}, { envFile: `${folder}/bom.env` }), "from-file")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("need no .env, and ignore a folder of that name", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      yield* fs.makeDirectory(`${folder}/.env`)
      yield* fs.writeFileString(`${folder}/settings.yaml`, "models: { a: openai/a }")
      yield* loadFile(`${folder}/settings.yaml`)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("may have defaults, and count as unset when empty", () =>
    Effect.map(load({ "settings.yaml": file }, { KEY: "k", HOST: "" }), ({ settings }) =>
      assert.strictEqual(settings.providers?.openai?.baseUrl, "https://api.openai.com/v1")
    )
  )

  it.effect("become numbers and booleans where the schema requires those, and stay text elsewhere", () =>
    Effect.map(
      load(
        {
          "settings.yaml":
            'models: { a: { deployments: [{ model: openai/a, weight: "${N}", capabilities: { tools: "${B:-true}" }, region: "${N}" }] } }'
        },
        { N: "3" }
      ),
      ({ settings }) => {
        const [deployment] = settings.models.a?.deployments ?? []
        assert.deepStrictEqual(deployment, { model: "openai/a", weight: 3, capabilities: { tools: true }, region: "3" })
      }
    )
  )

  it.effect("can be written as they are with $${", () =>
    Effect.map(load({ "settings.yaml": "models: { a: openai/a }\ndefaults: { user: 'a $${b}' }" }), ({ settings }) =>
      assert.strictEqual(settings.defaults?.user, "a ${b}")
    )
  )

  it.effect("are all named in the error when missing", () =>
    Effect.map(
      Effect.flip(
        load({
          "a.yaml":
            'models: { a: openai/a }\nproviders: { openai: { key: "${A}" }, groq: { key: "${B}", baseUrl: "https://${C}" } }'
        })
      ),
      ({ message }) => {
        for (const name of ["A", "B", "C"]) assert.include(message, `the variable ${name} is not set`)
      }
    )
  )

  it.effect("are not looked for on demand", () =>
    Effect.map(
      load(
        {
          "a.yaml":
            'models: { a: [{ model: openai/a, weight: "${W}" }] }\nproviders: { openai: { key: "${A}" } }\nbudgets: { b: { usd: "${USD}" } }'
        },
        {},
        { ignoreEnvironment: true }
      ),
      ({ settings }) => assert.deepStrictEqual(Object.keys(settings.models), ["a"])
    )
  )

  it.effect("of a secret are Redacted", () =>
    Effect.map(load({ "settings.yaml": file }, { KEY: "sk-secret" }), ({ settings }) => {
      assert.notInclude(JSON.stringify(settings), "sk-secret")
      assert.notInclude(String(settings.providers?.openai?.key), "sk-secret")
    })
  )
})

describe("the JSON Schema", () => {
  it("is the one in docs: `npx vitest run test/settings -u` writes it", async () => {
    await expect(`${JSON.stringify(jsonSchema(), null, 2)}\n`).toMatchFileSnapshot("../../docs/settings.schema.json")
  })

  it("describes every setting, itself or by its type", () => {
    const schema = jsonSchema()
    const described = (property: Json): boolean =>
      Predicate.isObject(property) &&
      ("description" in property ||
        (typeof property.$ref === "string" && described((schema.$defs as Objects)[property.$ref.slice(8)] ?? null)))
    const undescribed = propertiesIn(schema).flatMap(([name, property]) => (described(property) ? [] : [name]))
    assert.deepStrictEqual(undescribed, [])
    assert.isAbove(propertiesIn(schema).length, 300)
  })

  it("permits variables for numbers, and has the formats of sizes, durations and addresses", () => {
    const schema = JSON.stringify(jsonSchema())
    for (const key of Object.keys(Settings.fields)) assert.include(schema, `"${key}":`)
    assert.include(schema, `"anyOf":[{"type":"integer"`)
    for (const pattern of ["^https?:", "(?:B|kB|MB", "(?:ms|millis", "^\\\\d{4}-"]) assert.include(schema, pattern)
  })
})

type Json = Schema.Json
type Objects = { readonly [key: string]: Json }

/** Every property of every object that the schema describes, at any depth. */
const propertiesIn = (node: Json): ReadonlyArray<readonly [string, Json]> => {
  if (Array.isArray(node)) return node.flatMap((item: Json) => propertiesIn(item))
  if (!Predicate.isObject(node)) return []
  const { properties, ...rest } = node as Objects
  const own = Predicate.isObject(properties) ? Object.entries(properties as Objects) : []
  return [...own, ...own.flatMap(([, property]) => propertiesIn(property)), ...propertiesIn(Object.values(rest))]
}
