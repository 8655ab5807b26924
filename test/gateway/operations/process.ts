/** `effect-llm serve` as a process of its own. */
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "..", "..", "..")

export interface Served {
  readonly pid: number
  readonly url: string
  /** What it has written so far, to both. */
  readonly output: () => string
  /** What it has written, as soon as this is in it. */
  readonly until: (pattern: RegExp) => Effect.Effect<void>
  /** Its workers. */
  readonly pids: () => ReadonlyArray<number>
  readonly signal: (signal: NodeJS.Signals) => void
  readonly exit: Promise<number | null>
}

/** Starts it in a folder, and waits until it is there; killed with the scope. */
export const served = Effect.fnUntraced(function* (
  args: ReadonlyArray<string>,
  options: {
    readonly cwd: string
    readonly env?: { readonly [name: string]: string }
    /** How many files it may open. */
    readonly openFiles?: number
  }
) {
  return yield* Effect.acquireRelease(
    Effect.promise(async (): Promise<Served> => {
      const limit = options.openFiles === undefined ? "" : `ulimit -n ${options.openFiles}; `
      const child = spawn(
        "/bin/sh",
        [
          "-c",
          `${limit}exec "$@"`,
          "sh",
          process.execPath,
          "--import",
          join(root, "test/cli/fromSource.ts"),
          join(root, "src/cli/main.ts"),
          "serve",
          ...args
        ],
        { cwd: options.cwd, env: { HOME: options.cwd, ...options.env } }
      )
      let output = ""
      const listeners = new Set<() => void>()
      const exit = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)))
      const url = await new Promise<string>((resolve) => {
        const read = (chunk: Buffer) => {
          output += chunk.toString()
          listeners.forEach((listener) => listener())
          const found = /^at (http\S+)$/m.exec(output)?.[1]
          if (found !== undefined) resolve(found)
        }
        child.stdout.on("data", read)
        child.stderr.on("data", read)
        void exit.then(() => resolve(""))
      })
      const until = (pattern: RegExp) =>
        Effect.callback<void>((resume) => {
          const look = () => void (pattern.test(output) && resume(Effect.void))
          listeners.add(look)
          look()
          return Effect.sync(() => listeners.delete(look))
        })
      const pids = () =>
        readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ").map(Number)
      const signal = (signal: NodeJS.Signals) => void child.kill(signal)
      return { pid: child.pid ?? 0, url, output: () => output, until, pids, signal, exit }
    }),
    ({ exit, signal }) =>
      Effect.promise(() => {
        signal("SIGKILL")
        return exit
      })
  )
})
