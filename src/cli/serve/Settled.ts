import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Module from "node:module"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/** How long after the start. */
const delay = "1 second"

/**
 * What need not be done before the first request. Compiled code is kept for the next start, also of a process that is killed. And
 * what the start took is given back: V8 looks for what nobody uses when the heap has grown, and shrinks the heap of an idle process
 * only after it has looked, so that a gateway without calls would keep all of it.
 */
export const settled: Effect.Effect<void, never, Scope.Scope> = Effect.sync(() => {
  Module.flushCompileCache?.()
  setFlagsFromString("--expose-gc")
  const collect: unknown = runInNewContext("gc")
  if (typeof collect === "function") collect()
}).pipe(Effect.delay(delay), Effect.forkScoped, Effect.asVoid)
