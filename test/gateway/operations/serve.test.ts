import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { temporary } from "../../cli/cli.ts"
import { served } from "./process.ts"

/** Runs the command that the banner says, as a shell does. */
const shell = (command: string) =>
  Effect.promise(
    () =>
      new Promise<string>((resolve) => {
        const child = spawn("sh", ["-c", command])
        let out = ""
        child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()))
        child.once("close", () => resolve(out))
      })
  )

describe("effect-llm serve", () => {
  it.live("without a key serves a simulator, labelled as such, and its curl example works", () =>
    Effect.gen(function* () {
      const { output } = yield* served(["--port", "0"], { cwd: yield* temporary })
      assert.include(output(), "a SIMULATOR")
      const command = /^ {2}curl [^]*$/m.exec(output())?.[0] ?? ""
      const [head = "", body = ""] = (yield* shell(command.replace("curl", "curl -si"))).split("\r\n\r\n")
      assert.match(head, /^HTTP\/1\.1 200 OK/)
      assert.match(head, /^x-effect-llm-simulated: true$/im)
      const { model, choices } = JSON.parse(body)
      assert.strictEqual(model, "simulated-gpt-6-luna")
      assert.isNotEmpty(choices[0].message.content)
    })
  )

  it.live("serves the settings in its folder", () =>
    Effect.gen(function* () {
      const cwd = yield* temporary
      const file = join(cwd, "settings.yaml")
      writeFileSync(file, "models: { fast: openai/gpt-6-luna }\nserver: { port: 0 }")
      const { output, url } = yield* served([], { cwd, env: { OPENAI_API_KEY: "sk-upstream-1234567890" } })
      assert.include(output(), "the models of settings.yaml")
      assert.include(output(), '"model": "fast"')
      assert.isNotEmpty(url)
    })
  )

  it.live("refuses to listen where others can reach it without a key, or with a well-known one", () =>
    Effect.gen(function* () {
      const cwd = yield* temporary
      const open = yield* served(["--host", "0.0.0.0", "--port", "0"], { cwd })
      assert.strictEqual(yield* Effect.promise(() => open.exit), 1)
      assert.include(open.output(), "there is no key that callers need")
      const known = yield* served(["--host", "0.0.0.0", "--port", "0"], {
        cwd,
        env: { EFFECT_LLM_ADMIN_KEY: "sk-1234" }
      })
      assert.strictEqual(yield* Effect.promise(() => known.exit), 2)
      assert.include(known.output(), "everybody knows")
      const said = yield* served(["--host", "0.0.0.0", "--port", "0", "--open-to-everyone"], { cwd })
      assert.match(said.url, /^http:\/\/0\.0\.0\.0:\d+$/)
    })
  )
})
