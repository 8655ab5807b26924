import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { cli, temporary } from "./cli.ts"

/** A folder with files, and a command line in it. */
const folderOf = Effect.fnUntraced(function* (files: { readonly [name: string]: string }) {
  const folder = yield* temporary
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const at = (name: string) => join(folder, name)
  const run = (args: ReadonlyArray<string>, env: { readonly [name: string]: string } = {}) =>
    cli(args, { home: folder, env })
  return { at, run }
})

const keys = { OPENAI_API_KEY: "sk-0123456789", ANTHROPIC_API_KEY: "sk-ant-0123456789" }

describe("check", () => {
  it.live("summarizes the settings", () =>
    Effect.gen(function* () {
      const { at, run } = yield* folderOf({
        "s.yaml":
          "models:\n  fast: openai/gpt-6-luna\n  smart: [anthropic/claude-haiku-5-5, openai/gpt-6-luna]\naliases: { gpt: fast }"
      })
      const { code, err, out } = yield* run(["check", at("s.yaml")], keys)
      assert.strictEqual(code, 0, err)
      assert.match(
        out,
        /s\.yaml is valid\nmodels +fast \(openai\/gpt-6-luna\), smart \(2 deployments\)\naliases +gpt\n/
      )
    })
  )

  it.live("prints every mistake with its line, and fails", () =>
    Effect.gen(function* () {
      const { at, run } = yield* folderOf({ "s.yaml": "models: { a: openia/x }\npolicees: {}\nfallbacks: [b]\n" })
      const { code, err, out } = yield* run(["check", at("s.yaml")], keys)
      assert.strictEqual(code, 1)
      const lines = out.trimEnd().split("\n")
      assert.match(lines[0] ?? "", /s\.yaml:1:14: models\.a: there is no provider openia; did you mean openai\?/)
      assert.match(lines[1] ?? "", /s\.yaml:2:1: policees: unknown key; did you mean policies\?/)
      assert.match(lines[2] ?? "", /s\.yaml:3:13: fallbacks\[0\]: no model is called b/)
      assert.strictEqual(lines.length, 3)
      assert.match(err, /^effect-llm: 3 mistakes in .*s\.yaml\n$/)
      const json = yield* run(["check", at("s.yaml"), "--json"], keys)
      assert.strictEqual(json.code, 1)
      assert.deepInclude(JSON.parse(json.out).mistakes[1], { path: ["policees"], line: 2, column: 1 })
    })
  )

  it.live("names missing keys of providers where they are needed, and can ignore them", () =>
    Effect.gen(function* () {
      const { at, run } = yield* folderOf({ "s.yaml": "models:\n  a: openai/x\n  b: anthropic/y\n" })
      const { code, out } = yield* run(["check", at("s.yaml")], { OPENAI_API_KEY: keys.OPENAI_API_KEY })
      assert.strictEqual(code, 1)
      assert.match(
        out,
        /^\S+s\.yaml:3:6: models\.b\S*: the provider anthropic cannot be used: ANTHROPIC_API_KEY is not set/
      )
      assert.strictEqual((yield* run(["check", at("s.yaml"), "--ignore-env"])).code, 0)
    })
  )

  it.live("reads variables from a file", () =>
    Effect.gen(function* () {
      const { at, run } = yield* folderOf({ "s.yaml": "models: { a: openai/x }", "own.env": "OPENAI_API_KEY=sk-1\n" })
      assert.strictEqual((yield* run(["check", at("s.yaml")])).code, 1)
      assert.strictEqual((yield* run(["check", at("s.yaml"), "--env", at("own.env")])).code, 0)
    })
  )

  it.live("of a file that is not there fails", () =>
    Effect.gen(function* () {
      const { at, run } = yield* folderOf({})
      const { code, out } = yield* run(["check", at("none.yaml")])
      assert.strictEqual(code, 1)
      assert.match(out, /none\.yaml: there is no such file/)
    })
  )
})

describe("import litellm", () => {
  const config = [
    "model_list:",
    "  - model_name: fast",
    "    litellm_params: { model: openai/gpt-6-luna, api_key: sk-proj-0123456789 }",
    "litellm_settings: { set_verbose: true }",
    "general_settings: { enable_cors: true }"
  ].join("\n")

  it.live("writes settings that pass check, and the keys into a file that only its owner reads", () =>
    Effect.gen(function* () {
      const { at, run } = yield* folderOf({ "config.yaml": config })
      const { code, err, out } = yield* run([
        "import",
        "litellm",
        at("config.yaml"),
        "--out",
        at("s.yaml"),
        "--env",
        at(".env")
      ])
      assert.strictEqual(code, 0, err)
      assert.strictEqual(out, "")
      assert.match(err, /api_key -> OPENAI_API_KEY/)
      assert.match(err, /litellm_settings\.set_verbose: /)
      assert.match(err, /Unknown to LiteLLM too:\n {2}general_settings\.enable_cors/)
      assert.notInclude(err + readFileSync(at("s.yaml"), "utf8"), "sk-proj")
      assert.strictEqual(readFileSync(at(".env"), "utf8"), "OPENAI_API_KEY=sk-proj-0123456789\n")
      assert.strictEqual(statSync(at(".env")).mode & 0o777, 0o600)
      const checked = yield* run(["check", at("s.yaml")])
      assert.strictEqual(checked.code, 0, checked.out)
    })
  )

  it.live("overwrites nothing without --force, and then keeps the other variables", () =>
    Effect.gen(function* () {
      const { at, run } = yield* folderOf({ "config.yaml": config, ".env": "OTHER=1\nOPENAI_API_KEY=old\n" })
      const args = ["import", "litellm", at("config.yaml"), "--out", at("s.yaml")]
      const refused = yield* run(args)
      assert.strictEqual(refused.code, 2)
      assert.match(refused.err, /\.env exists already: --force overwrites it/)
      assert.isFalse(existsSync(at("s.yaml")))
      assert.strictEqual((yield* run([...args, "--force"])).code, 0)
      assert.strictEqual(readFileSync(at(".env"), "utf8"), "OTHER=1\nOPENAI_API_KEY=sk-proj-0123456789\n")
    })
  )

  it.live("prints the settings without --out, and no key", () =>
    Effect.gen(function* () {
      const { at, run } = yield* folderOf({ "config.yaml": config })
      const { code, err, out } = yield* run(["import", "litellm", at("config.yaml")])
      assert.strictEqual(code, 0)
      assert.strictEqual(out, "models:\n  fast: openai/gpt-6-luna\n")
      assert.notInclude(err, "sk-proj")
      assert.match(err, /--env FILE writes them/)
    })
  )
})

describe("explain", () => {
  const settings =
    "models:\n  smart: [anthropic/claude-haiku-5-5, { model: openai/gpt-6-luna, order: 1 }]\n  fast: openai/gpt-6-luna\n"

  it.live("prints the plan of a call, as text and as JSON, and sends nothing", () =>
    Effect.gen(function* () {
      const { at, run } = yield* folderOf({ "s.yaml": settings })
      const args = ["explain", "-s", at("s.yaml"), "-m", "smart", "Why is the sky blue?"]
      const { code, err, out } = yield* run(args, keys)
      assert.strictEqual(code, 0, err)
      assert.match(out, /^smart: about \d+ tokens in/)
      assert.match(out, /1\. +anthropic\/claude-haiku-5-5 .*\n +2\. +openai\/gpt-6-luna/)
      const plan = JSON.parse((yield* run([...args, "--json"], keys)).out)
      assert.deepStrictEqual(
        plan.deployments.map(({ model }: { readonly model: string }) => model),
        ["anthropic/claude-haiku-5-5", "openai/gpt-6-luna"]
      )
    })
  )

  it.live("reads the model from the first argument, and needs no prompt", () =>
    Effect.gen(function* () {
      const { at, run } = yield* folderOf({ "s.yaml": settings })
      const named = yield* run(["explain", "-s", at("s.yaml"), "-m", "fast", "Hello"], keys)
      for (const args of [["fast"], ["fast", "Hello"]]) {
        const { code, err, out } = yield* run(["explain", "-s", at("s.yaml"), ...args], keys)
        assert.strictEqual(code, 0, err)
        assert.strictEqual(out, named.out)
      }
      const nobody = yield* run(["explain", "-s", at("s.yaml")], keys)
      assert.strictEqual(nobody.code, 2)
      assert.match(nobody.err, /name a model/)
    })
  )

  it.live("suggests names, and names the mistakes of settings", () =>
    Effect.gen(function* () {
      const { at, run } = yield* folderOf({ "s.yaml": settings, "wrong.yaml": "models: { a: openia/x }" })
      const unknown = yield* run(["explain", "-s", at("s.yaml"), "-m", "fats", "Hi"], keys)
      assert.strictEqual(unknown.code, 1)
      assert.match(unknown.err, /fast/)
      const wrong = yield* run(["explain", "-s", at("wrong.yaml"), "-m", "a", "Hi"], keys)
      assert.strictEqual(wrong.code, 1)
      assert.match(wrong.err, /wrong\.yaml:1:14: models\.a: there is no provider openia/)
    })
  )
})

it.live("schema prints a JSON Schema", () =>
  Effect.gen(function* () {
    const { run } = yield* folderOf({})
    const { code, out } = yield* run(["schema"])
    assert.strictEqual(code, 0)
    assert.strictEqual(JSON.parse(out).$schema, "https://json-schema.org/draft/2020-12/schema")
  })
)
