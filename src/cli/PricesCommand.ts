import * as Command from "effect/cli/Command"
import { json, lazyHandler } from "./Flags.ts"

const refresh = Command.make(
  "refresh",
  { json },
  lazyHandler(() => import("./prices/Prices.ts").then(({ refreshPrices }) => refreshPrices))
).pipe(
  Command.withDescription(
    "Fetch newer prices and cache them. EFFECT_LLM_PRICE_FEED selects the source (models.dev, genai-prices or litellm), EFFECT_LLM_PRICE_URL a mirror of it"
  ),
  Command.withShortDescription("Fetch newer prices")
)

const status = Command.make(
  "status",
  { json },
  lazyHandler(() => import("./prices/Prices.ts").then(({ priceStatus }) => priceStatus))
).pipe(Command.withDescription("Show which prices are in use and how old they are"))

/** `effect-llm prices`. */
export const prices = Command.make("prices").pipe(
  Command.withDescription("Refresh prices, or show which are in use"),
  Command.withSubcommands([refresh, status])
)
