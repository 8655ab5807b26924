import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { json, lazyHandler } from "./Flags.ts"

const count = Command.make(
  "count",
  {
    files: Argument.String("file").pipe(
      Argument.withDescription("Text files; stdin for -, or if there are none"),
      Argument.variadic()
    ),
    model: Flag.String("model").pipe(
      Flag.withAlias("m"),
      Flag.withDescription("The model to count for (default gpt-6-luna)"),
      Flag.withDefault("gpt-6-luna")
    ),
    json
  },
  lazyHandler(() => import("./tokens/CountTokens.ts").then(({ countTokens }) => countTokens))
).pipe(
  Command.withDescription("Count the tokens in text files"),
  Command.withExamples([
    { command: "effect-llm tokens count README.md", description: "In a file" },
    { command: "git diff | effect-llm tokens count -m claude-haiku-5-5", description: "In stdin, for a model" }
  ])
)

/** `effect-llm tokens`. */
export const tokens = Command.make("tokens").pipe(
  Command.withDescription("Count tokens"),
  Command.withSubcommands([count])
)
