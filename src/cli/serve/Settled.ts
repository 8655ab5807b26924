import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Module from "node:module"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/** How long after the start this runs. */
const delay = "1 second"

/**
 * Work that can wait until after the start. It saves compiled code for the next start, even if the process is killed later. And it
 * returns the memory of the start: V8 collects garbage when the heap grows, and shrinks the heap of an idle process only after
 * that, so a gateway without calls would keep all of it.
 */
export const settled: Effect.Effect<void, never, Scope.Scope> = Effect.sync(() => {
  Module.flushCompileCache?.()
  setFlagsFromString("--expose-gc")
  const collect: unknown = runInNewContext("gc")
  if (typeof collect === "function") collect()
}).pipe(Effect.delay(delay), Effect.forkScoped, Effect.asVoid)
