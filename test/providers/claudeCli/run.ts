import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, type Layer, Schedule, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ClaudeCli, type ClaudeCliOptions } from "../../../src/providers/ClaudeCli.ts"
import * as StandIn from "./standIn.ts"

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
    const command = join(folder, "claude")
    symlinkSync(join(import.meta.dirname, "standIn.sh"), command)
    writeFileSync(join(folder, "behaviours"), StandIn.script(Math.floor(Date.now() / 1000)))
    const note = (name: string) => readFileSync(join(folder, name), "utf8")
    const notes = (name: string) => note(name).split("\0").slice(0, -1)
    const hasRun = () => existsSync(join(folder, "pid"))
    return {
      folder,
      layer: ClaudeCli.layer({ command, ...options }),
      hasRun,
      seen: (): Seen => ({
        args: notes("args"),
        input: note("input"),
        env: Object.fromEntries(notes("env").map((line) => line.split(/=(.*)/s).slice(0, 2))),
        cwd: note("cwd").trimEnd(),
        pid: Number(note("pid"))
      }),
      grandchild: () => Number(note("grandchild"))
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

/** Lets the time of tests pass by itself, twenty times as fast as real time. */
export const hurried = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
  const tick = Effect.andThen(TestClock.withLive(Effect.sleep("5 millis")), TestClock.adjust("100 millis"))
  return Effect.raceFirst(effect, Effect.forever(tick))
}
