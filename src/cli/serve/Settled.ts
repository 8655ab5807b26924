import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Module from "node:module"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/** How long after the start this runs. */
const delay = "1 second"

/**
 * Work that can wait until after the start. It saves compiled code for the next start, even if the process is killed later. And it
 * returns the memory of the start: V8 keeps 34 MB for new objects until it has been idle for eight seconds, unless memory is short.
 */
export const settled: Effect.Effect<void, never, Scope.Scope> = Effect.sync(() => {
  Module.flushCompileCache?.()
  setFlagsFromString("--expose-gc")
  const collect: unknown = runInNewContext("gc")
  if (typeof collect === "function") collect({ type: "major", execution: "sync", flavor: "last-resort" })
}).pipe(Effect.delay(delay), Effect.forkScoped, Effect.asVoid)
