/** The programs at the top of README.md, run as a stranger runs them: without a key, and with one. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Scope } from "effect"
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { Simulator } from "../src/testing/Simulator.ts"

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const root = join(import.meta.dirname, "..")
const programs = Array.from(
  readFileSync(join(root, "README.md"), "utf8").matchAll(/```ts\n([^]*?)```/g),
  ([, code]) => code
)
const fromSource = pathToFileURL(join(root, "test", "cli", "fromSource.ts")).href

describe("the first programs of README.md", () => {
  const scope = Scope.makeUnsafe()
  const ran = new Map<string, Ran>()
  const get = (name: string): Ran => ran.get(name) ?? { code: null, out: "", err: `${name} did not run` }

  beforeAll(async () => {
    const simulator = await Effect.runPromise(
      Effect.gen(function* () {
        const context = yield* Layer.build(Simulator.layer())
        return yield* Effect.provideContext(Simulator, context)
      }).pipe(Scope.provide(scope))
    )
    // Within this folder, so that packages are found.
    const folder = mkdtempSync(join(root, ".readme-"))
    const run = (name: string, index: number, env: { readonly [name: string]: string }) =>
      new Promise<void>((resolve) => {
        const file = join(folder, `${name}.ts`)
        writeFileSync(file, programs[index] ?? "")
        const child = spawn(process.execPath, ["--import", fromSource, file], {
          env: { PATH: process.env.PATH, ...env }
        })
        let out = ""
        let err = ""
        child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()))
        child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()))
        child.on("close", (code) => {
          ran.set(name, { code, out, err })
          resolve()
        })
      })
    const keys = {
      OPENAI_API_KEY: "any",
      OPENAI_BASE_URL: simulator.openAiUrl,
      ANTHROPIC_API_KEY: "any",
      ANTHROPIC_BASE_URL: simulator.anthropicUrl
    }
    await run("first", 0, keys)
    await run("first without a key", 0, {})
    await run("second", 1, keys)
    await run("second without a key", 1, { OPENAI_API_KEY: "any" })
    rmSync(folder, { recursive: true })
  }, 120_000)

  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

  it("stream a response", () => {
    assert.match(get("first").out, /^You asked: "Why is the sky blue\?"/)
    assert.match(get("second").out, /^You asked: "Why is the sky blue\? Two sentences\."[^]* \d+ \[/)
    assert.deepStrictEqual([get("first").err, get("second").err], ["", ""])
  })

  it("say in one sentence which key to set, where none is", () => {
    assert.deepStrictEqual(get("first without a key"), {
      code: 0,
      out: "",
      err: "OPENAI_API_KEY is not set: set it in the environment, or give this provider a key\n"
    })
    assert.deepStrictEqual(get("second without a key"), {
      code: 0,
      out: "",
      err: "ANTHROPIC_API_KEY is not set: set it in the environment, or give this provider a key\n"
    })
  })
})
