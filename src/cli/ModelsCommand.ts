import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { json, optional, quantity, lazyHandler, modelFilters } from "./Flags.ts"

const listing = {
  ...modelFilters,
  kind: Flag.String("kind").pipe(
    Flag.withDescription("The kind of model: chat, embedding, image, ... or any"),
    Flag.withDefault("chat")
  ),
  sort: Flag.Literals("sort", ["cost", "context", "name"]).pipe(
    Flag.withDescription("cost: the cheapest first; context: the largest window first"),
    optional
  ),
  limit: optional(quantity("limit").pipe(Flag.withAlias("n"), Flag.withDescription("At most this many"))),
  json
}

const list = Command.make(
  "list",
  listing,
  lazyHandler(() => import("./models/ListModels.ts").then(({ listModels }) => listModels))
).pipe(
  Command.withDescription("List models with their context window, price and capabilities"),
  Command.withAlias("ls"),
  Command.withExamples([
    {
      command: "effect-llm models list --can vision,tools --min-context 200k --sort cost -n 5",
      description: "The five cheapest with vision, tools and at least 200k of context"
    },
    { command: "effect-llm models list -p anthropic --json", description: "For programs" }
  ])
)

const show = Command.make(
  "show",
  {
    model: Argument.String("model").pipe(Argument.withDescription("provider/model, or a model's name alone")),
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
      Argument.withDescription("Words that all occur in the provider, the id or the name"),
      Argument.variadic({ min: 1 })
    ),
    ...listing
  },
  lazyHandler(() => import("./models/ListModels.ts").then(({ listModels }) => listModels))
).pipe(
  Command.withDescription("Find models by words in their names"),
  Command.withExamples([
    { command: "effect-llm models search claude haiku", description: "Every model with both words in its name" }
  ])
)

/** `effect-llm models`. */
export const models = Command.make("models").pipe(
  Command.withDescription("Which models there are, what they can do and what they cost"),
  Command.withSubcommands([list, show, search])
)
