import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberMap from "effect/FiberMap"
import * as Layer from "effect/Layer"
import { Instances } from "../operations/Instances.ts"

/** The calls that produce responses in the background, by caller and id. */
export class Background extends Context.Service<
  Background,
  {
    readonly run: (caller: string, id: string, call: Effect.Effect<void>) => Effect.Effect<void>
    /** Interrupts the call, whichever process makes it. */
    readonly cancel: (caller: string, id: string) => Effect.Effect<void>
  }
>()("effect-llm-gateway/Background") {
  static readonly layer: Layer.Layer<Background> = Layer.effect(
    this,
    Effect.gen(function* () {
      const calls = yield* FiberMap.make<string, void>()
      const instances = yield* Instances
      const run = Effect.runForkWith(yield* Effect.context<never>())
      instances.listen((message) => {
        if (message.type === "cancel") run(FiberMap.remove(calls, keyOf(message.caller, message.id)))
      })
      return {
        run: (caller, id, call) => Effect.asVoid(FiberMap.run(calls, keyOf(caller, id), call)),
        cancel: (caller, id) =>
          Effect.flatMap(FiberMap.has(calls, keyOf(caller, id)), (isOurs) =>
            isOurs ? FiberMap.remove(calls, keyOf(caller, id)) : instances.tell({ type: "cancel", caller, id })
          )
      }
    })
  )
}

const keyOf = (caller: string, id: string): string => JSON.stringify([caller, id])
