import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { lazyHandler, list, optional } from "./Flags.ts"
import { gateway } from "./gateway/Address.ts"

const day = (name: string, description: string) =>
  optional(Flag.String(name).pipe(Flag.withMetavar("day"), Flag.withDescription(description)))

/** `effect-llm spend`. */
export const spend = Command.make(
  "spend",
  {
    ...gateway,
    by: list(
      Flag.String("by").pipe(
        Flag.withDescription("Group by day, key, user, team, model, provider, tag, session or run (default model)")
      )
    ),
    from: day("from", "The first day, UTC (default: 29 days before the last)"),
    to: day("to", "The last day, UTC (default: today)")
  },
  lazyHandler(() => import("./gateway/Spend.ts").then(({ spend }) => spend))
).pipe(
  Command.withDescription("Show what was called through a gateway, and what it cost"),
  Command.withShortDescription("Show what calls through a gateway cost"),
  Command.withExamples([
    { command: "effect-llm spend --by user,model --from 2026-11-01", description: "Who spent what" }
  ])
)

/** `effect-llm shadows`. */
export const shadows = Command.make(
  "shadows",
  {
    ...gateway,
    model: optional(
      Flag.String("model").pipe(Flag.withMetavar("name"), Flag.withDescription("The model that callers call"))
    ),
    from: day("from", "The first day, UTC (default: 29 days before the last)"),
    to: day("to", "The last day, UTC (default: today)")
  },
  lazyHandler(() => import("./gateway/Shadows.ts").then(({ shadows }) => shadows))
).pipe(
  Command.withDescription(
    "Compare models of a gateway with their shadows, by the requests that both have had: how they ended, how long they took, tokens and cost"
  ),
  Command.withShortDescription("Compare models of a gateway with their shadows")
)

/** `effect-llm health`. */
export const health = Command.make(
  "health",
  gateway,
  lazyHandler(() => import("./gateway/Health.ts").then(({ health }) => health))
).pipe(
  Command.withDescription(
    "Show the health of a gateway and its providers, as seen from its calls. The exit code is 1 if it cannot serve"
  ),
  Command.withShortDescription("Show the health of a gateway and its providers")
)
