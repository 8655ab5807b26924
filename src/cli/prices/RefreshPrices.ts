import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Pricing } from "effect-llm/catalog/Pricing"
import { of } from "../CliFailure.ts"
import * as Services from "../Services.ts"
import { printStatus } from "./PriceStatus.ts"

/** `prices refresh`. */
export const refreshPrices = Effect.fnUntraced(
  function* (options: { readonly json: boolean }) {
    yield* Effect.mapError(
      Effect.flatMap(Pricing, ({ refresh }) => refresh),
      of
    )
    yield* printStatus(options)
  },
  Effect.provide(Layer.provide(Services.refreshable, Services.http))
)
