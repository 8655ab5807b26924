import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { json, optional, quantity, lazyHandler, modelFilters } from "./Flags.ts"

const listFlags = {
  ...modelFilters,
  kind: Flag.String("kind").pipe(
    Flag.withDescription("Kind of model: chat, embedding, image, ... or any"),
    Flag.withDefault("chat")
  ),
  sort: Flag.Literals("sort", ["cost", "context", "name"]).pipe(
    Flag.withDescription("Order by cost (cheapest first), context (largest first) or name"),
    optional
  ),
  limit: optional(quantity("limit").pipe(Flag.withAlias("n"), Flag.withDescription("At most this many"))),
  json
}

const list = Command.make(
  "list",
  listFlags,
  lazyHandler(() => import("./models/ListModels.ts").then(({ listModels }) => listModels))
).pipe(
  Command.withDescription("List models with their context window, price and capabilities"),
  Command.withAlias("ls"),
  Command.withExamples([
    {
      command: "effect-llm models list --can vision,tools --min-context 200k --sort cost -n 5",
      description: "The five cheapest with vision, tools and at least 200k of context"
    },
    { command: "effect-llm models list -p anthropic --json", description: "As JSON" }
  ])
)

const show = Command.make(
  "show",
  {
    model: Argument.String("model").pipe(Argument.withDescription("provider/model, or just the model's name")),
    json
  },
  lazyHandler(() => import("./models/ShowModel.ts").then(({ showModel }) => showModel))
).pipe(
  Command.withDescription("Show everything known about a model"),
  Command.withExamples([
    { command: "effect-llm models show gpt-6-luna", description: "Its limits, prices and sources" }
  ])
)

const search = Command.make(
  "search",
  {
    words: Argument.String("word").pipe(
      Argument.withDescription("Words to find in the provider, id or name; all must match"),
      Argument.variadic({ min: 1 })
    ),
    ...listFlags
  },
  lazyHandler(() => import("./models/ListModels.ts").then(({ listModels }) => listModels))
).pipe(
  Command.withDescription("Find models by words in their names"),
  Command.withExamples([
    { command: "effect-llm models search claude haiku", description: "Models with both words in their names" }
  ])
)

/** `effect-llm models`. */
export const models = Command.make("models").pipe(
  Command.withDescription("List models with their capabilities and prices"),
  Command.withSubcommands([list, show, search])
)
