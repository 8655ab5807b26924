import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { readFileSync } from "node:fs"
import * as Yaml from "yaml"
import * as Settings from "../../src/settings/Settings.ts"
import { mistakesIn } from "./load.ts"

/** A text, and the lines of its mistakes: `line:column: path: message`. */
const cases: ReadonlyArray<readonly [name: string, text: string, mistakes: ReadonlyArray<string>]> = [
  [
    "an unknown key, with the nearest known one",
    "models: { fast: openai/gpt-6-luna }\npolicees: {}",
    ["2:1: policees: unknown key; did you mean policies?"]
  ],
  [
    "an unknown key deep inside, beside other mistakes of the same entry",
    [
      "models:",
      "  fast:",
      "    deployments:",
      "      - model: openia/gpt-5-mini",
      "        wieght: 3",
      "        weight: -1"
    ].join("\n"),
    [
      `4:16: models.fast.deployments[0].model: there is no provider openia; did you mean openai? Write it under providers, or name one of docs/providers.md`,
      "5:9: models.fast.deployments[0].wieght: unknown key; did you mean weight?",
      "6:17: models.fast.deployments[0].weight: must be a number, 0 or more, not -1"
    ]
  ],
  [
    "a number that is none",
    "models: { a: openai/a }\nbudgets: { a: { usd: .inf } }",
    ["2:22: budgets.a.usd: must be a finite number, not Infinity"]
  ],
  [
    "no models",
    "providers:\n  openai: {}",
    [`1:1: models: is missing: a file is as short as "models:", then "  fast: openai/gpt-6-luna"`]
  ],
  [
    "a duration without its unit",
    "models: { a: openai/a }\npolicies: { timeout: { total: 30 } }",
    [`2:31: policies.timeout.total: must be a duration with its unit, such as "500ms", "30s", "5m" or "1h", not 30`]
  ],
  [
    "a name that is not provider/model",
    "models: { a: gpt-5 }",
    [`1:14: models.a: must be "provider/model", such as "openai/gpt-6-luna", not "gpt-5"`]
  ],
  [
    "fallbacks, aliases, budgets and models of keys that are not there",
    [
      "models: { fast: { deployments: [openai/a], fallbacks: [smrt] }, smart: openai/b }",
      "aliases: { x: slow }",
      "budgets: { team: { usd: 5 } }",
      "keys: { a: { key: 0123456789abcdef, models: [smartt], budgets: [teem] } }"
    ].join("\n"),
    [
      "1:56: models.fast.fallbacks[0]: no model is called smrt; did you mean smart?",
      "2:15: aliases.x: no model is called slow; known: fast, smart",
      "4:19: warning: keys.a.key: a secret is written in the file: move it to the environment or the .env file, and write ${NAME} here",
      "4:46: keys.a.models[0]: no model is called smartt; did you mean smart?",
      "4:65: keys.a.budgets[0]: no budget is called teem; did you mean team?"
    ]
  ],
  [
    "values that contain themselves",
    "x-a: &a [1, { b: *a }]\nmodels: { a: openai/a }",
    ["1:18: x-a[1].b: contains itself"]
  ],
  [
    "prices that are no numbers",
    'models: { a: openai/a }\nprices: { openai/a: { input: "cheap" } }',
    ['2:30: prices["openai/a"].input: must be a decimal number of at most 64 characters, 0 or more, not "cheap"']
  ],
  ["a map that is within itself", "models: &m { a: openai/a, b: *m }", ["1:30: models.b: contains itself"]],
  [
    "keys that would pass for other callers",
    'models: { m: openai/a }\nkeys:\n  admin: { key: "${A}" }\n  "user:ann": { key: "${B:-0123456789abcdef}" }',
    [
      "3:3: keys.admin: is the name of the administrator: write `admin: true`, or name it otherwise",
      "3:17: keys.admin.key: the variable A is not set: set it in the environment or in the .env file, or give a default as ${A:-...}",
      '4:3: keys["user:ann"]: a name does not begin with user: or key_: ids of other callers do'
    ]
  ],
  [
    "aliases in a circle",
    "models: { m: openai/a }\naliases: { a: b, b: a }",
    ["2:15: aliases.a: leads back to itself: a -> b -> a", "2:21: aliases.b: leads back to itself: b -> a -> b"]
  ],
  [
    "a variable that is not set",
    'models: { a: openai/a }\nproviders: { openai: { key: "${NOT_SET}" } }',
    [
      "2:29: providers.openai.key: the variable NOT_SET is not set: set it in the environment or in the .env file, or give a default as ${NOT_SET:-...}"
    ]
  ],
  [
    "references as other tools write them",
    "models: { a: openai/a }\nproviders:\n  openai: { key: os.environ/KEY }\n  groq: { key: $KEY }",
    [
      "3:18: providers.openai.key: os.environ/KEY is plain text here: for the variable, write ${KEY}",
      "3:18: warning: providers.openai.key: a secret is written in the file: move it to the environment or the .env file, and write ${NAME} here",
      "4:16: providers.groq.key: $KEY is plain text here: for the variable, write ${KEY}",
      "4:16: warning: providers.groq.key: a secret is written in the file: move it to the environment or the .env file, and write ${NAME} here"
    ]
  ],
  [
    "a reference in braces without quotes",
    "models: { a: openai/a }\nproviders: { openai: { key: ${KEY} } }",
    [`2:30: inside { } and [ ] a reference needs quotes: "\${NAME}"`]
  ],
  [
    "a key that is there twice",
    "models:\n  a: openai/a\n  a: openai/b",
    ["3:3: this key appears twice: remove one, or merge their contents"]
  ],
  [
    "names that begin with a star, without quotes",
    "models:\n  *-mini: openai/*\naliases: {}",
    ['2:3: a name that begins with * needs quotes: "*-mini"']
  ],
  [
    "lists of such names",
    "models: { a: openai/a }\nteams:\n  core: { deny: [*-preview, x] }\n  more:\n    deny:\n      - *-beta",
    [
      '3:18: a name that begins with * needs quotes: "*-preview"',
      '6:9: a name that begins with * needs quotes: "*-beta"'
    ]
  ],
  [
    "a star alone, without quotes",
    "models: { a: openai/a }\nteams: { core: { models: [*] } }",
    ['2:27: a name that begins with * needs quotes: "*"']
  ],
  [
    "tags as other tools have them",
    "models: { a: openai/a }\nproviders:\n  openai: { key: !env OPENAI_KEY }",
    ["3:18: !env means nothing here: write ${NAME} for a variable"]
  ],
  [
    "values that need quotes",
    'models:\n  a: openai/a: b\npolicies:\n  redact: { patterns: { X: "\\d", Y: @z } }',
    [
      '2:6: a value that holds ": " needs quotes, and one of several lines stands below its key',
      "4:29: a backslash in double quotes begins an escape: use single quotes",
      "4:37: a value that begins with @ needs quotes"
    ]
  ],
  [
    "names of one's own that say nothing",
    "models:\n  a: openai/a\n  b:\naliases: { c: }\nkeys: { k: }\nbudgets: { day: }\nserver:\nusers: { ann: }",
    [
      '3:5: models.b: must be "provider/model", a list of them, or an object with deployments, not empty',
      "4:15: aliases.c: must be a name of at most 1000 characters, without spaces around it, not empty",
      "5:12: keys.k.key: is missing: write it as ${NAME}, and set NAME in the environment",
      "6:17: budgets.day: limits nothing: add usd or tokens"
    ]
  ],
  [
    "origins that no browser sends",
    "models: { a: openai/a }\nserver:\n  cors:\n    origins: [app.example.com, https://app.example.com/, https://App.example.com, tauri://localhost]",
    [0, 1, 2].map((index) => {
      const [column, origin] = [
        [15, "app.example.com"],
        [32, "https://app.example.com/"],
        [58, "https://App.example.com"]
      ][index]!
      return `4:${column}: server.cors.origins[${index}]: must be an origin as browsers send it, such as "https://app.example.com", or "*", not "${origin}"`
    })
  ],
  [
    "a key that everybody knows",
    "models: { a: openai/a }\nkeys: { master: { key: sk-1234 } }",
    [
      "2:24: keys.master.key: is a key from examples that everybody knows: make one of your own, such as with `openssl rand -hex 24`",
      "2:24: warning: keys.master.key: a secret is written in the file: move it to the environment or the .env file, and write ${NAME} here"
    ]
  ],
  [
    "a server without an address, and an account without a provider",
    "models: { a: mine/x, b: team/y }\nproviders:\n  mine: { provider: openai-compatible }\n  team: {}",
    [
      `3:9: providers.mine: needs a baseUrl: the address of the server, such as "http://localhost:8000/v1"`,
      `4:3: providers.team: there is no provider team. An account under a name of your own has "provider: ...", one of those in docs/providers.md`
    ]
  ],
  [
    "users and teams that are not there",
    "models: { a: openai/a }\nteams: { support: {} }\nusers:\n  ann: { team: suport }\nkeys:\n  bot: { key: the-secret-of-the-bot, user: bob }",
    [
      "4:16: users.ann.team: no team is called suport; did you mean support?",
      "6:15: warning: keys.bot.key: a secret is written in the file: move it to the environment or the .env file, and write ${NAME} here",
      "6:44: keys.bot.user: no user is called bob; known: ann"
    ]
  ],
  [
    "shadows of models that are not there, of another kind, or of their own",
    "models:\n  a: { deployments: [openai/a], shadow: { to: nobody, share: 0.1 } }\n  b: { deployments: [openai/b], shadow: { to: b, share: 0.1 } }\n  c: { deployments: [openai/c], shadow: { to: e, share: 0.1 } }\n  e: { kind: embedding, deployments: [openai/e] }",
    [
      "2:47: models.a.shadow.to: no model is called nobody; known: a, b, c, e",
      "3:47: models.b.shadow.to: is this model: name another",
      "4:47: models.c.shadow.to: e is not of the kind chat"
    ]
  ],
  [
    "a schema that nothing can be checked by",
    'models:\n  a: { deployments: [{ model: openai/a, policies: { validate: { schema: { $ref: "#/nope" } } } }] }',
    [
      '2:73: models.a.deployments[0].policies.validate.schema: responses cannot be checked by this schema: Unsupported $ref "#/nope". Use "#/$defs/Name". at ["schema"]["$ref"]'
    ]
  ],
  [
    "a team that only a database can have",
    "models: { a: xyzzyplugh/a }\nusers: { ann: { team: support } }",
    [
      "1:14: models.a: there is no provider xyzzyplugh. Write it under providers, or name one of docs/providers.md",
      "2:23: warning: users.ann.team: no team is called support here: its limits hold only once it is created in the gateway's database"
    ]
  ],
  [
    "options that the provider does not have",
    "models: { a: azure/x }\nproviders: { azure: { options: { resorce: r } } }",
    ["2:34: providers.azure.options.resorce: unknown option of azure; did you mean resource?"]
  ],
  [
    "a capability that the provider does not offer",
    "models: { a: { kind: embedding, deployments: [anthropic/x] } }",
    ["1:47: models.a.deployments[0]: anthropic does not offer embedding models"]
  ],
  [
    "budgets that contradict themselves",
    "models: { a: openai/a }\nbudgets:\n  b: { every: month, within: 1h, zone: Mars }",
    [
      "3:6: budgets.b: limits nothing: add usd or tokens",
      "3:30: budgets.b.within: contradicts `every`: a window is a calendar one (every) or a rolling one (within)",
      `3:40: budgets.b.zone: is not a time zone: write one such as "Europe/Berlin" or "UTC"`
    ]
  ],
  [
    "text that is not a file of settings",
    "hello",
    [`1:1: must be an object with $schema, providers, models, defaults, aliases, fallbacks, not "hello"`]
  ]
]

/** The paths of all values in a tree. */
const pathsIn = (tree: unknown, path: ReadonlyArray<string> = []): ReadonlyArray<ReadonlyArray<string>> =>
  typeof tree !== "object" || tree === null
    ? [path]
    : [path, ...Object.entries(tree).flatMap(([key, value]) => pathsIn(value, [...path, key]))]

const changed = (tree: unknown, [key, ...rest]: ReadonlyArray<string>, value: unknown): unknown => {
  if (key === undefined || typeof tree !== "object" || tree === null) return value
  const entries = Object.entries(tree).map(([name, item]) => [name, name === key ? changed(item, rest, value) : item])
  return Array.isArray(tree) ? entries.map(([, item]) => item) : Object.fromEntries(entries)
}

describe("mistakes", () => {
  it.effect.each(cases)("names %s", ([, text, expected]) =>
    Effect.map(mistakesIn(text), (mistakes) => assert.deepStrictEqual(mistakes, [...expected]))
  )

  it.effect("say what would be right, whichever value of the example is wrong", () =>
    Effect.gen(function* () {
      const example: unknown = Yaml.parse(readFileSync("examples/settings.yaml", "utf8"))
      for (const path of pathsIn(example))
        for (const wrong of ["x", -1, null, [], {}]) {
          const mistakes = yield* mistakesIn(JSON.stringify(changed(example, path, wrong)), {}, "settings.json")
          for (const mistake of mistakes) assert.notMatch(mistake, /another value|undefined|\[object/)
        }
    })
  )

  it.effect("JSON has lines too", () =>
    Effect.map(mistakesIn('{\n  "models": { "a": "openai/a" },\n  "alias": {}\n}', {}, "settings.json"), (mistakes) =>
      assert.deepStrictEqual(mistakes, ["3:3: alias: unknown key; did you mean aliases?"])
    )
  )

  it.effect("never show a secret", () =>
    Effect.map(
      mistakesIn("models: { a: openai/a }\nproviders: { openai: { key: 987654321, options: { project: 12345 } } }"),
      (mistakes) => {
        assert.strictEqual(mistakes.length, 2)
        for (const mistake of mistakes) assert.notMatch(mistake, /987654321|12345/)
      }
    )
  )

  it.effect("a missing file is a mistake", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Settings.load("/nowhere/settings.yaml"))
      assert.strictEqual(error.message, "/nowhere/settings.yaml: there is no such file")
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("a file that is not UTF-8 is a mistake", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      for (const encoding of ["latin1", "utf16le"] as const) {
        const file = `${folder}/${encoding}.yaml`
        yield* fs.writeFile(file, Buffer.from("\ufeffmodels: { \u00e9t\u00e9: openai/a }", encoding))
        const error = yield* Effect.flip(Settings.load(file))
        assert.strictEqual(error.message, `${file}: is not UTF-8: save it as UTF-8`)
      }
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
  )

  it.effect("of a TypeScript file are named by path, and so is a file without settings", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* mistakesIn("export default { models: { a: 'openai/a' }, alias: {} }", {}, "settings.ts"),
        ["alias: unknown key; did you mean aliases?"]
      )
      const [mistake] = yield* mistakesIn("export const settings: object = {}", {}, "settings.ts")
      assert.strictEqual(mistake, 'has no default export: write "export default { models: { ... } }"')
    })
  )
})
