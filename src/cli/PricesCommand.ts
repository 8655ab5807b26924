import * as Command from "effect/cli/Command"
import { json, lazyHandler } from "./Flags.ts"

const refresh = Command.make(
  "refresh",
  { json },
  lazyHandler(() => import("./prices/Prices.ts").then(({ refreshPrices }) => refreshPrices))
).pipe(
  Command.withDescription(
    "Fetch newer prices and keep them. EFFECT_LLM_PRICE_FEED names the source (models.dev, genai-prices, litellm), EFFECT_LLM_PRICE_URL another address of the same file"
  ),
  Command.withShortDescription("Fetch newer prices")
)

const status = Command.make(
  "status",
  { json },
  lazyHandler(() => import("./prices/Prices.ts").then(({ priceStatus }) => priceStatus))
).pipe(Command.withDescription("Which prices are in use, and how old they are"))

/** `effect-llm prices`. */
export const prices = Command.make("prices").pipe(
  Command.withDescription("Where prices come from and how old they are"),
  Command.withSubcommands([refresh, status])
)
