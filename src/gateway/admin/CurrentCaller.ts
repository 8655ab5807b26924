import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Caller } from "../access/Caller.ts"

/** The caller of the current request to the admin API. */
export const CurrentCaller: Context.Reference<Caller | undefined> = Context.Reference<Caller | undefined>(
  "effect-llm-gateway/admin/CurrentCaller",
  { defaultValue: () => undefined }
)

export const currentCaller: Effect.Effect<Caller> = Effect.flatMap(CurrentCaller, (caller) =>
  caller === undefined ? Effect.die(new Error("a handler of the admin API without its caller")) : Effect.succeed(caller)
)
