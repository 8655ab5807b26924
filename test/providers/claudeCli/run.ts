import { NodeServices } from "@effect/platform-node"
import { Effect, FileSystem, type Layer, Schedule, type Scope } from "effect"
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ClaudeCli, type ClaudeCliOptions } from "../../../src/providers/ClaudeCli.ts"

export interface Seen {
  readonly args: ReadonlyArray<string>
  readonly input: string
  readonly env: { readonly [name: string]: string | undefined }
  readonly pid: number
  readonly cwd: string
}

/** A stand-in for `claude` in a folder of its own, and what it noted there. */
export const standIn = (options: ClaudeCliOptions = {}) =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "claude-cli-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
    )
    const command = join(folder, "claude.mjs")
    copyFileSync(join(import.meta.dirname, "standIn.mjs"), command)
    yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.chmod(command, 0o755))
    const note = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), "utf8"))
    return {
      folder,
      layer: ClaudeCli.layer({ command, ...options, env: { STANDIN_NOTES: folder, ...options.env } }),
      seen: () => note("run.json") as Seen,
      grandchild: () => note("grandchild.json") as number,
      hasRun: () => existsSync(join(folder, "run.json"))
    }
  })

/** Gives an effect what it runs processes with. */
export const run = <A, E>(
  effect: Effect.Effect<A, E, Scope.Scope | Layer.Success<typeof NodeServices.layer>>
): Effect.Effect<A, E> => Effect.scoped(Effect.provide(effect, NodeServices.layer))

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    // What has ended, and nobody has asked how, is still there as a zombie.
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))
  } catch {
    return false
  }
}

/** Waits until a process has ended. */
export const gone = (pid: number): Effect.Effect<void> =>
  Effect.sync(() => isAlive(pid)).pipe(
    Effect.repeat({ while: (alive) => alive, schedule: Schedule.spaced("10 millis") }),
    Effect.asVoid
  )
