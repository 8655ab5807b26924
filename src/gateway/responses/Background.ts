import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberMap from "effect/FiberMap"
import * as Layer from "effect/Layer"

/** The calls of responses that are made in the background, by caller and id. */
export class Background extends Context.Service<
  Background,
  {
    readonly run: (caller: string, id: string, call: Effect.Effect<void>) => Effect.Effect<void>
    /** Interrupts the call, where this process makes it. */
    readonly cancel: (caller: string, id: string) => Effect.Effect<void>
  }
>()("effect-llm-gateway/Background") {
  static readonly layer: Layer.Layer<Background> = Layer.effect(
    this,
    Effect.map(FiberMap.make<string, void>(), (calls) => ({
      run: (caller, id, call) => Effect.asVoid(FiberMap.run(calls, keyOf(caller, id), call)),
      cancel: (caller, id) => FiberMap.remove(calls, keyOf(caller, id))
    }))
  )
}

const keyOf = (caller: string, id: string): string => JSON.stringify([caller, id])
