import * as Flag from "effect/cli/Flag"
import { dollars, list, optional, quantity } from "../Flags.ts"

/** The flags that choose models. */
export const modelFilters = {
  provider: list(
    Flag.String("provider").pipe(
      Flag.withAlias("p"),
      Flag.withMetavar("name"),
      Flag.withDescription("Only models of this provider (repeat it, or separate with commas)")
    )
  ),
  can: list(
    Flag.String("can").pipe(
      Flag.withAlias("c"),
      Flag.withMetavar("capability"),
      Flag.withDescription("Only models with this capability: tools, vision, reasoning, structuredOutput, pdf, ...")
    )
  ),
  minContext: optional(
    quantity("min-context").pipe(Flag.withDescription("The smallest context window, in tokens: 200k"))
  ),
  maxPrice: optional(
    dollars("max-price").pipe(Flag.withDescription("The highest price of a million input tokens, in US dollars"))
  ),
  maxOutputPrice: optional(
    dollars("max-output-price").pipe(
      Flag.withDescription("The highest price of a million output tokens, in US dollars")
    )
  ),
  deprecated: Flag.Boolean("deprecated").pipe(
    Flag.withDescription("Also models that are retired"),
    Flag.withoutNegation,
    Flag.withDefault(false)
  )
}

/** The values of these flags. */
export interface ModelFilters {
  readonly provider: ReadonlyArray<string>
  readonly can: ReadonlyArray<string>
  readonly minContext: number | undefined
  readonly maxPrice: number | undefined
  readonly maxOutputPrice: number | undefined
  readonly deprecated: boolean
}
