import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Fiber, Option, Queue, Terminal } from "effect"
import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { Simulator } from "../../src/testing/Simulator.ts"
import { cli, temporary } from "./cli.ts"

const key = "sk-secret-0123456789abcdef"
const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0xff, 0x00])

/** A terminal at which these lines are typed, then Ctrl-D; `keys` are what is pressed in between. */
const typing = (lines: ReadonlyArray<string>, keys: Queue.Queue<Terminal.UserInput, never>) => {
  const rest = [...lines]
  return Terminal.make({
    columns: Effect.succeed(80),
    rows: Effect.succeed(24),
    size: Effect.die("unused"),
    readInput: Effect.succeed(keys as never),
    readLine: Effect.suspend(() => {
      const line = rest.shift()
      return line === undefined ? Effect.fail(new Terminal.QuitError({})) : Effect.succeed(line)
    }),
    display: () => Effect.void
  })
}

const ctrlC: Terminal.UserInput = {
  input: Option.some("\u0003"),
  key: { name: "c", ctrl: true, meta: false, shift: false }
}

layer(Simulator.layer({ apiKey: key }), { excludeTestServices: true })("chat", (it) => {
  const settings = Effect.map(Simulator, ({ openAiUrl }) => ({ OPENAI_API_KEY: key, OPENAI_BASE_URL: openAiUrl }))

  /** A conversation at a terminal. */
  const dialogue = (
    lines: ReadonlyArray<string>,
    options: {
      readonly home: string
      readonly args?: ReadonlyArray<string>
      readonly keys?: Queue.Queue<Terminal.UserInput, never>
    }
  ) =>
    Effect.gen(function* () {
      const keys = options.keys ?? (yield* Queue.make<Terminal.UserInput>())
      return yield* cli(["chat", ...(options.args ?? ["-m", "openai/sim-healthy"])], {
        home: options.home,
        env: yield* settings,
        stdoutIsTerminal: true,
        terminal: typing(lines, keys)
      })
    })

  const lastRoles = Effect.gen(function* () {
    const { requests } = yield* Simulator
    return (yield* requests).at(-1)?.request?.messages.map(({ role }) => role)
  })

  it.effect("without a prompt is a conversation, which is stored for the user alone and continued", () =>
    Effect.gen(function* () {
      const home = yield* temporary
      const first = yield* dialogue(["Hello", "", "And now?"], {
        home,
        args: ["-m", "openai/sim-healthy", "-s", "Be brief."]
      })
      assert.strictEqual(first.code, 0, first.err)
      assert.match(first.out, /You asked: "Hello"[^]*You asked: "And now\?"/)
      assert.deepStrictEqual(yield* lastRoles, ["system", "user", "assistant", "user"])

      const file = join(home, "data", "effect-llm", "chat", "last.json")
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
      assert.strictEqual(JSON.parse(readFileSync(file, "utf8")).messages.length, 5)

      const more = yield* cli(["chat", "-c", "Once", "more"], { home, env: yield* settings, stdin: "" })
      assert.strictEqual(more.code, 0, more.err)
      assert.match(more.err, /^openai\/sim-healthy · /)
      assert.deepStrictEqual(yield* lastRoles, ["system", "user", "assistant", "user", "assistant", "user"])
      yield* dialogue(["/new", "Hello again", "/exit", "never said"], { home, args: ["-c"] })
      assert.deepStrictEqual(yield* lastRoles, ["system", "user"])
    })
  )

  it.effect("a prompt from a script does not replace the last conversation", () =>
    Effect.gen(function* () {
      const home = yield* temporary
      const env = yield* settings
      yield* cli(["chat", "-m", "openai/sim-healthy", "hi"], { home, env, stdin: "" })
      const { code, err } = yield* cli(["chat", "-c", "hi"], { home, env, stdin: "" })
      assert.deepStrictEqual({ code, err }, { code: 2, err: "effect-llm: there is no conversation to continue\n" })
    })
  )

  it.effect("Ctrl-C stops the response, closes its connection and drops the message", () =>
    Effect.gen(function* () {
      const home = yield* temporary
      const simulator = yield* Simulator
      yield* simulator.reset
      const keys = yield* Queue.make<Terminal.UserInput>()
      const running = yield* Effect.forkChild(dialogue(["Hello"], { home, args: ["-m", "openai/sim-hang"], keys }))
      yield* simulator.awaitRequest()
      yield* Queue.offer(keys, ctrlC)
      assert.strictEqual((yield* simulator.awaitClosed()).outcome, "client-closed")
      const { code, err } = yield* Fiber.join(running)
      assert.strictEqual(code, 0)
      assert.include(err, "Stopped.")
      const again = yield* cli(["chat", "-c", "hi"], { home, env: yield* settings, stdin: "" })
      assert.include(again.err, "there is no conversation")
    })
  )

  it.effect("an error ends the response, not the conversation", () =>
    Effect.gen(function* () {
      const { code, err, out } = yield* dialogue(["Hello"], {
        home: yield* temporary,
        args: ["-m", "openai/sim-blocked"]
      })
      assert.deepStrictEqual({ code, out }, { code: 0, out: "\n" })
      assert.match(err, /effect-llm: openai\/sim-blocked: /)
    })
  )

  it.effect("without a model, calls the first configured provider and prints its name", () =>
    Effect.gen(function* () {
      const home = yield* temporary
      const asked = yield* cli(["chat", "hi"], { home, env: yield* settings, stdin: "" })
      assert.strictEqual(asked.code, 0, asked.err)
      assert.match(asked.err, /^effect-llm: no model given, using openai\/gpt-6-luna\nopenai\/gpt-6-luna · /)
      const none = yield* cli(["chat", "hi"], { home, env: { OLLAMA_BASE_URL: "http://127.0.0.1:1" }, stdin: "" })
      assert.strictEqual(none.code, 2)
      assert.match(none.err, /no provider configured: set OPENAI_API_KEY, .* or choose a model with --model/)
    })
  )

  it.effect("a bare model name means its maker's model, never a reseller's", () =>
    Effect.gen(function* () {
      const home = yield* temporary
      const env = yield* settings
      const maker = yield* cli(["chat", "-m", "gpt-6-luna", "hi"], { home, env, stdin: "" })
      assert.match(maker.err, /^effect-llm: gpt-6-luna is openai\/gpt-6-luna\n/)
      const reseller = yield* cli(["chat", "-m", "gpt-6-luna", "hi"], {
        home,
        env: { OPENROUTER_API_KEY: "k", OPENROUTER_BASE_URL: "http://127.0.0.1:1" },
        stdin: ""
      })
      const other = yield* cli(["chat", "-m", "acme/a-model-with-a-name-longer-than-any-terminal", "hi"], {
        home,
        env: { OPENROUTER_API_KEY: "k", OPENROUTER_BASE_URL: "http://127.0.0.1:1" },
        stdin: ""
      })
      assert.strictEqual(other.code, 2)
      assert.include(other.err, "no model `acme/a-model")
      assert.strictEqual(reseller.code, 2)
      assert.strictEqual(
        reseller.err,
        "effect-llm: openai needs OPENAI_API_KEY; to use a reseller, pass its full name: openrouter/openai/gpt-6-luna\n"
      )
    })
  )

  it.effect("ends with 1 when the response takes longer than --timeout", () =>
    Effect.gen(function* () {
      const home = yield* temporary
      const env = yield* settings
      const args = ["chat", "-m", "openai/sim-hang", "hi", "--timeout"]
      const { code, err } = yield* cli([...args, "200ms"], { home, env, stdin: "" })
      assert.strictEqual(code, 1)
      assert.include(err, "within 200ms")
      const wrong = yield* cli([...args, "soon"], { home, env, stdin: "" })
      assert.strictEqual(wrong.code, 2)
      assert.include(wrong.err, "soon is not a duration")
    })
  )

  it.effect("rejects bytes that are piped in as a prompt, and accepts them as an attachment", () =>
    Effect.gen(function* () {
      const home = yield* temporary
      const env = yield* settings
      const simulator = yield* Simulator
      yield* simulator.reset
      const args = ["chat", "-m", "openai/sim-healthy", "What is this?"]
      const refused = yield* cli(args, { home, env, stdin: png })
      assert.strictEqual(refused.code, 2)
      assert.match(refused.err, /^effect-llm: the piped input is not text \(UTF-8\)\. Attach an image.*--file -/)
      assert.deepStrictEqual(yield* simulator.requests, [])
      const { code, err } = yield* cli([...args, "-f", "-"], { home, env, stdin: png })
      assert.strictEqual(code, 0, err)
      const content = (yield* simulator.requests)[0]?.request?.messages[0]?.content
      assert.deepStrictEqual(
        content?.map(({ type }) => type),
        ["image", "text"]
      )
      const counted = yield* cli(["tokens", "count"], { home, stdin: png })
      assert.deepStrictEqual(counted, { code: 2, out: "", err: "effect-llm: the piped input is not text (UTF-8)\n" })
    })
  )
})

describe("completions", () => {
  it.live("complete file names for files, and leave the rest to the shell", () =>
    Effect.gen(function* () {
      const home = yield* temporary
      const script = (shell: string) => Effect.map(cli(["--completions", shell], { home }), ({ out }) => out)
      const bash = yield* script("bash")
      assert.match(bash, /^complete -o default -F _effect_llm effect-llm$/m)
      assert.match(bash, /--file\|-f\)\n +_effect_llm--paths -f/)
      assert.match(bash, /--prompt\|-f\)\n +_effect_llm--paths -f/)
      assert.match(yield* script("zsh"), /\(--file -f\).*:_files/)
    })
  )
})
