/** The transcripts of docs/cli.md are what the commands print, with the fixture's models, a fixed day and 80 columns. */
import { assert, layer } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Scenario } from "../../src/testing/Scenario.ts"
import { Simulator } from "../../src/testing/Simulator.ts"
import { cli, temporary } from "./cli.ts"

const key = "sk-secret-0123456789abcdef"

/** What is piped in by these commands. */
const piped: { readonly [command: string]: string } = {
  "git diff": "diff --git a/sum.ts b/sum.ts\n-  return a + b\n+  return a - b\n"
}

interface Transcript {
  readonly command: string
  readonly shown: string
}

const transcripts: ReadonlyArray<Transcript> = Array.from(
  readFileSync(join(import.meta.dirname, "..", "..", "docs", "cli.md"), "utf8").matchAll(/^```console\n([^]*?)^```/gm)
).flatMap(([, block = ""]) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((run) => {
      const end = run.indexOf("\n")
      return { command: run.slice(0, end), shown: run.slice(end + 1) }
    })
)

/** The words of a command as a shell splits them. */
const wordsOf = (command: string): ReadonlyArray<string> =>
  Array.from(command.matchAll(/"([^"]*)"|\S+/g), ([word, quoted]) => quoted ?? word)

/** Without what no two runs have in common: ports, times and versions. */
const settled = (text: string): string =>
  text
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:4567")
    .replace(/\b\d+\.\d s$/gm, "0.3 s")
    .replace(/^(effect-llm|effect|@effect\/platform-node|node|system)( +)\S+( \S+)?$/gm, "$1")
    .trim()

/** Whether the text is what is shown, in which three dots stand for anything. */
const matches = (text: string, shown: string): boolean =>
  new RegExp(
    `^${shown
      .split("...")
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join("[^]*")}$`
  ).test(text)

layer(Simulator.layer({ apiKey: key }), { excludeTestServices: true })("docs/cli.md", (it) => {
  for (const { command, shown } of transcripts) {
    it.effect(`shows what is printed by: ${command}`, () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.script("gpt-6-luna", Scenario.reply("It subtracts: `a - b` where the sum was meant."))
        const [before = "", after] = command.split(" | effect-llm ")
        const args = wordsOf(after ?? before.replace(/^effect-llm /, ""))
        const clock = yield* TestClock.make()
        yield* clock.setTime(Date.UTC(2026, 10, 29, 12))
        const isLocal = args[0] !== "chat" && args[0] !== "doctor"
        const { err, out } = yield* cli(args, {
          home: yield* temporary,
          stdin: after === undefined ? undefined : piped[before],
          env: { COLUMNS: "80", OPENAI_API_KEY: key, OPENAI_BASE_URL: simulator.openAiUrl }
        }).pipe(isLocal ? Effect.provideService(Clock.Clock, clock) : (run) => run)
        const printed = settled(`${out}${err}`)
        assert.isTrue(matches(printed, settled(shown)), `\n${printed}\n\nis not what is shown:\n\n${settled(shown)}`)
      })
    )
  }
})
