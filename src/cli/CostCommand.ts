import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { flow } from "effect/Function"
import { json, list, optional, quantity, lazyHandler, modelFilters } from "./Flags.ts"

const call = {
  input: optional(
    quantity("input").pipe(Flag.withAlias("i"), Flag.withDescription("Input tokens, including cached ones"))
  ),
  output: optional(
    quantity("output").pipe(
      Flag.withAlias("o"),
      Flag.withDescription("Output tokens, including reasoning (default: 1000 for a chat model)")
    )
  ),
  prompt: optional(
    Flag.String("prompt").pipe(
      Flag.withAlias("f"),
      Flag.withMetavar("file"),
      Flag.withDescription("Use the tokens of this file as the input; - is stdin")
    )
  ),
  cached: optional(quantity("cached").pipe(Flag.withDescription("Input tokens read from the cache"))),
  cacheWrite: optional(quantity("cache-write").pipe(Flag.withDescription("Input tokens written to the cache"))),
  units: list(
    Flag.String("units").pipe(
      Flag.withMetavar("meter=number"),
      Flag.withDescription("What else is billed: outputImages=4, inputSeconds=90, inputCharacters=5000, pages=12, ...")
    )
  ),
  tier: optional(Flag.String("tier").pipe(Flag.withDescription("Service tier: batch, flex, priority, ..."))),
  calls: quantity("calls").pipe(
    Flag.withDescription("The number of calls (default 1)"),
    Flag.filter(
      (calls) => calls >= 1,
      () => "must be at least 1"
    ),
    Flag.withDefault(1)
  ),
  json
}

const named = {
  models: Argument.String("model").pipe(
    Argument.withDescription("provider/model, or just the model's name"),
    Argument.variadic()
  ),
  model: list(
    Flag.String("model").pipe(
      Flag.withAlias("m"),
      Flag.withMetavar("model"),
      Flag.withDescription("A model, as for `chat` and `tokens count` (repeatable, or comma-separated)")
    )
  )
}

/** Models are named as arguments or by the flag. */
const allNamed = <Call extends { readonly model: ReadonlyArray<string>; readonly models: ReadonlyArray<string> }>({
  model,
  models,
  ...call
}: Call) => ({ ...call, models: [...models, ...model] })

const estimate = Command.make(
  "estimate",
  { ...named, ...call },
  lazyHandler(() => import("./cost/EstimateCost.ts").then(({ estimateCost }) => flow(allNamed, estimateCost)))
).pipe(
  Command.withDescription("Itemize the cost of a call"),
  Command.withExamples([
    { command: "effect-llm cost estimate gpt-6-luna -i 3000 -o 500", description: "From token counts" },
    {
      command: "effect-llm cost estimate anthropic/claude-haiku-5-5 --prompt question.md --calls 10k",
      description: "For a prompt, ten thousand times"
    }
  ])
)

const compare = Command.make(
  "compare",
  {
    ...named,
    ...call,
    ...modelFilters,
    limit: quantity("limit").pipe(
      Flag.withAlias("n"),
      Flag.withDescription("At most this many models, when flags select them (default 10)"),
      Flag.withDefault(10)
    )
  },
  lazyHandler(() => import("./cost/CompareCosts.ts").then(({ compareCosts }) => flow(allNamed, compareCosts)))
).pipe(
  Command.withDescription("Compare the cost of a call across models, cheapest first"),
  Command.withExamples([
    {
      command: "effect-llm cost compare gpt-6-luna claude-haiku-5-5 gemini-3.8-flash -i 3000",
      description: "Three models as a chart"
    },
    {
      command: "cat question.md | effect-llm cost compare -p anthropic --can vision",
      description: "All models of a provider with vision, for a prompt from stdin"
    }
  ])
)

/** `effect-llm cost`. */
export const cost = Command.make("cost").pipe(
  Command.withDescription("Compute what calls would cost"),
  Command.withSubcommands([estimate, compare])
)
