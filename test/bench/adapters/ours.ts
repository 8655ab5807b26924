/**
 * effect-llm as it is built, over `UndiciClient`: the runtime and the model are made once, as in an application.
 */
import { Effect, Layer, ManagedRuntime, Stream } from "effect"
import { OpenAiCompatible } from "../../../dist/index.js"
import * as UndiciClient from "../../../dist/transport/UndiciClient.js"
import type { MakeAdapter } from "./Adapter.ts"

class Local extends OpenAiCompatible.Service<Local>()({ id: "local", auth: "none" }) {}

export const make: MakeAdapter = async (baseUrl) => {
  const layer = Local.layer({ baseUrl }).pipe(Layer.provide(UndiciClient.layer))
  const runtime = ManagedRuntime.make(layer)
  const model = Local.model("bench-model")
  return {
    name: "effect-llm",
    unary: () => runtime.runPromise(Effect.map(model.generate("Hello"), (response) => response.text)),
    stream: () =>
      runtime.runPromise(
        Effect.suspend(() => {
          let text = ""
          return Effect.map(
            Stream.runForEachArray(model.stream("Hello"), (events) =>
              Effect.sync(() => {
                for (const event of events) if (event.type === "text-delta") text += event.delta
              })
            ),
            () => text
          )
        })
      ),
    close: () => runtime.dispose()
  }
}
