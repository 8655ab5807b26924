/** What only a process can show: streams, exit codes, pipes, and what is installed. */
import { assert, beforeAll, afterAll, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Scope } from "effect"
import { Simulator } from "../../src/testing/Simulator.ts"
import { type Ran, spawned, temporary } from "./cli.ts"

const key = "sk-secret-0123456789abcdef"
const scope = Scope.makeUnsafe()
const ran = new Map<string, Ran>()
const get = (name: string): Ran => ran.get(name) ?? { code: null, out: "", err: `${name} did not run` }

/** Makes Node say that it is of another version, before anything else runs. */
const asNode = (version: string): ReadonlyArray<string> => [
  "--import",
  `data:text/javascript,Object.defineProperty(process, "versions", { value: { node: "${version}" } })`
]

beforeAll(async () => {
  const { home, simulator } = await Effect.gen(function* () {
    const context = yield* Layer.build(Simulator.layer({ apiKey: key }))
    const simulator = yield* Effect.provideContext(Simulator, context)
    return { simulator, home: yield* temporary }
  }).pipe(Scope.provide(scope), Effect.runPromise)
  const env = { OPENAI_API_KEY: key, OPENAI_BASE_URL: simulator.openAiUrl }
  const runs: ReadonlyArray<readonly [string, () => Promise<Ran>]> = [
    ["help", () => spawned(["models", "--help"], { home })],
    ["usage", () => spawned(["models", "list", "--provder", "x"], { home })],
    ["chat", () => spawned(["chat", "-m", "openai/gpt-6-luna", "Name it."], { home, env, stdin: "a blue whale" })],
    ["head", () => spawned(["models", "list", "--kind", "any"], { home, readBytes: 10 })],
    ["old", () => spawned(["models", "list"], { home, flags: asNode("20.20.2") })],
    ["enough", () => spawned(["--version"], { home, flags: asNode("22.19.0") })]
  ]
  const queue = runs.values()
  const worker = async () => {
    for (const [name, start] of queue) ran.set(name, await start())
  }
  await Promise.all([worker(), worker()])
}, 120_000)

afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

describe("the process", () => {
  it("prints --help on stdout, without colours off a terminal", () => {
    const { code, err, out } = get("help")
    assert.deepStrictEqual({ code, err }, { code: 0, err: "" })
    assert.match(out, /SUBCOMMANDS\n {2}list, ls +List models/)
    assert.notInclude(out, "\u001b")
  })

  it("exits with 2 for wrong usage, with the mistake and a suggestion on stderr", () => {
    const { code, err, out } = get("usage")
    assert.deepStrictEqual({ code, out }, { code: 2, out: "" })
    assert.match(err, /^effect-llm: Unrecognized flag: --provder/)
    assert.include(err, "--provider")
    assert.include(err, "Try `effect-llm models list --help`.")
  })

  it("streams the response to stdout, appends piped input to the prompt, prints usage and cost on stderr", () => {
    const { code, err, out } = get("chat")
    assert.strictEqual(code, 0)
    assert.match(out, /^You asked: "Name it. a blue whale" .*at the end\.\n$/)
    assert.match(err, /^openai\/gpt-6-luna · \d+ tokens in, \d+ out · \$0\.0000\d+ · \d+\.\d s\n$/)
  })

  it("exits quietly when its output is closed", () => {
    const { code, err } = get("head")
    assert.deepStrictEqual({ code, err }, { code: 0, err: "" })
  })

  it("names the required Node in one sentence on an older one", () => {
    assert.deepStrictEqual(get("old"), {
      code: 1,
      out: "",
      err: "effect-llm: requires Node 22.19 or newer, but this is Node 20.20.2\n"
    })
    assert.strictEqual(get("enough").code, 0)
  })
})
