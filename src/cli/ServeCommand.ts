import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Option from "effect/Option"
import { lazyHandler, optional } from "./Flags.ts"

/** `effect-llm serve`. */
export const serve = Command.make(
  "serve",
  {
    file: Argument.String("file").pipe(
      Argument.withDescription(
        "The settings (default: settings.yaml if it is there, else the keys in the environment)"
      ),
      Argument.optional
    ),
    host: optional(
      Flag.String("host").pipe(Flag.withDescription("Where to listen (default 127.0.0.1: this machine only)"))
    ),
    port: optional(
      Flag.Int("port").pipe(Flag.withAlias("p"), Flag.withDescription("The port (default 4000; 0 for any free one)"))
    ),
    envFile: optional(
      Flag.String("env").pipe(
        Flag.withMetavar("file"),
        Flag.withDescription(
          "A file of environment variables (default: .env beside the settings). The environment wins"
        )
      )
    ),
    workers: optional(
      Flag.String("workers").pipe(
        Flag.withMetavar("number"),
        Flag.withDescription("Serve with this many processes, which share limits and budgets; auto for one per core"),
        Flag.filterMap(
          (text) => (/^(?:auto|[1-9]\d{0,2})$/.test(text) ? Option.some(text) : Option.none()),
          (text) => `${text} is not a number of workers (write 4, or auto)`
        )
      )
    ),
    openToEveryone: Flag.Boolean("open-to-everyone").pipe(
      Flag.withDescription(
        "Serve other machines even though callers need no key: anybody who reaches it can spend your money"
      ),
      Flag.withoutNegation,
      Flag.withDefault(false)
    )
  },
  lazyHandler(() => import("./serve/Serve.ts").then(({ serve }) => serve))
).pipe(
  Command.withDescription(
    "Serve every model of the settings at one address, to clients of OpenAI, Anthropic, Google and Ollama. Without settings it serves the providers whose keys are in the environment; without a key, a simulator. Nothing is fetched at the start"
  ),
  Command.withShortDescription("Serve models to clients of any API"),
  Command.withExamples([
    { command: "effect-llm serve", description: "The providers whose keys are in the environment" },
    {
      command: "effect-llm serve settings.yaml --port 8080",
      description: "The models of a settings file; edits take effect at once"
    }
  ])
)
