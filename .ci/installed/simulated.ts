/** Runs a program, or a command, with the keys and addresses of three providers set to a simulator. */
import { spawn } from "node:child_process"
import { Effect } from "effect"
import { Simulator } from "effect-llm/testing/Simulator"

const [file = "", ...args] = process.argv.slice(2)

const run = (env: Record<string, string>) =>
  Effect.callback<number>((resume) => {
    const [command, ...rest] = file.endsWith(".ts") ? [process.execPath, file, ...args] : [file, ...args]
    const child = spawn(command, rest, {
      env: { ...process.env, ...env },
      stdio: "inherit"
    })
    child.on("close", (code) => resume(Effect.succeed(code ?? 1)))
  })

process.exitCode = await Effect.gen(function* () {
  const { anthropicUrl, openAiUrl } = yield* Simulator
  return yield* run({
    OPENAI_API_KEY: "any",
    OPENAI_BASE_URL: openAiUrl,
    OPENROUTER_API_KEY: "any",
    OPENROUTER_BASE_URL: openAiUrl,
    ANTHROPIC_API_KEY: "any",
    ANTHROPIC_BASE_URL: anthropicUrl
  })
}).pipe(Effect.provide(Simulator.layer()), Effect.runPromise)
