/**
 * Writes the help of every command into the build, rendered by the command line itself: asking for help then loads no
 * module of Effect.
 */
import { NodeServices } from "@effect/platform-node"
import { ConfigProvider, Console, Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { gzipSync } from "node:zlib"

const [dist = join(import.meta.dirname, "..", "dist-gateway")] = process.argv.slice(2)
const { program, run } = (await import(
  pathToFileURL(join(dist, "cli", "Program.js")).href
)) as typeof import("../src/cli/Program.ts")

interface Node {
  readonly subcommands: ReadonlyArray<{ readonly commands: ReadonlyArray<Node & { readonly name: string }> }>
}
const paths = (command: Node, path: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> => [
  path,
  ...command.subcommands.flatMap(({ commands }) => commands.flatMap((sub) => paths(sub, [...path, sub.name])))
]

const render = (path: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const console = { ...globalThis.console, log: (line: string) => lines.push(line) }
    const code = yield* Effect.provideService(run([...path, "--help"]), Console.Console, console)
    if (code !== 0 || lines.length === 0) return yield* Effect.die(new Error(`no help for: ${path.join(" ")}`))
    return [path.join(" "), `${lines.join("\n")}\n`] as const
  })

const pages = await Effect.forEach(paths(program, []), render).pipe(
  Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown({ FORCE_COLOR: "1" })),
  Effect.provide(NodeServices.layer),
  Effect.runPromise
)
writeFileSync(join(dist, "cli", "help.json.gz"), gzipSync(JSON.stringify(Object.fromEntries(pages))))
console.log(`the help of ${pages.length} commands is written`)
