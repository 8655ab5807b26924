import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { snapshot } from "../call/snapshot.ts"
import type { ChatModel, Definition } from "./make.ts"
import { asked } from "./proto.ts"

type Loaded = typeof import("./make.ts")

let loaded: Loaded | undefined

/** Loads what a call needs: how a request is checked, and an answer is put together. */
export const load: Effect.Effect<Loaded> = Effect.map(
  Effect.promise(() => import("./make.ts")),
  (module) => (loaded = module)
)

/**
 * `ChatModel.make`, of which all that a call needs is loaded with the first call, or before it by `load`: to name a model
 * costs nothing.
 */
export const make = <E, R>(definition: Definition<E, R>): ChatModel<E, R> => {
  let model: ChatModel<E, R> | undefined
  const modelOf = ({ make }: Loaded) => (model ??= make(definition))
  return asked(definition, {
    generate: (input) => {
      if (loaded !== undefined) return modelOf(loaded).generate(input)
      const kept = snapshot(input)
      return Effect.flatMap(load, (module) => modelOf(module).generate(kept))
    },
    stream: (input) => {
      if (loaded !== undefined) return modelOf(loaded).stream(input)
      const kept = snapshot(input)
      return Stream.unwrap(Effect.map(load, (module) => modelOf(module).stream(kept)))
    }
  })
}
