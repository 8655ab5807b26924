/**
 * Writes the help of every command into the build, rendered by the command line itself: asking for help then loads no
 * module of Effect.
 */
import { execFileSync } from "node:child_process"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { program as Program } from "../src/cli/Program.ts"

const [dist = join(import.meta.dirname, "..", "dist")] = process.argv.slice(2)
const cli = join(dist, "cli")
const file = join(cli, "help.json")
rmSync(file, { force: true })

const { program } = (await import(pathToFileURL(join(cli, "Program.js")).href)) as { readonly program: typeof Program }
type Node = {
  readonly subcommands: ReadonlyArray<{ readonly commands: ReadonlyArray<Node & { readonly name: string }> }>
}
const paths = (command: Node, path: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> => [
  path,
  ...command.subcommands.flatMap(({ commands }) => commands.flatMap((sub) => paths(sub, [...path, sub.name])))
]
const pages = paths(program, []).map((path) => {
  const { NO_COLOR: _, ...env } = process.env
  const page = execFileSync(process.execPath, [join(cli, "main.js"), ...path, "--help"], {
    encoding: "utf8",
    env: { ...env, FORCE_COLOR: "1", TERM: "xterm" }
  })
  return [path.join(" "), page] as const
})
writeFileSync(file, JSON.stringify(Object.fromEntries(pages)))
console.log(`the help of ${pages.length} commands is written`)
