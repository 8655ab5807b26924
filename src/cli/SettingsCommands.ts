import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { json, lazyHandler, optional } from "./Flags.ts"

const file = Argument.String("file").pipe(
  Argument.withDescription("The settings: a YAML, JSON or TypeScript file (default settings.yaml)"),
  Argument.withDefault("settings.yaml")
)

const envFile = optional(
  Flag.String("env").pipe(
    Flag.withMetavar("file"),
    Flag.withDescription("A file of environment variables (default: .env beside the settings). The environment wins")
  )
)

/** `effect-llm check`. */
export const check = Command.make(
  "check",
  {
    file,
    envFile,
    ignoreEnv: Flag.Boolean("ignore-env").pipe(
      Flag.withDescription("Do not look for the variables that the settings refer to, nor for keys of providers"),
      Flag.withoutNegation,
      Flag.withDefault(false)
    ),
    json
  },
  lazyHandler(() => import("./settings/CheckSettings.ts").then(({ checkSettings }) => checkSettings))
).pipe(
  Command.withDescription(
    "Check a settings file. Every mistake is printed with its line and what would be right; the exit code is 1 if there is one. Nothing is sent to providers"
  ),
  Command.withShortDescription("Check a settings file"),
  Command.withExamples([
    { command: "effect-llm check settings.yaml", description: "All mistakes, or what the file defines" },
    { command: "effect-llm check settings.yaml --ignore-env", description: "Without keys, such as in CI" }
  ])
)

const litellm = Command.make(
  "litellm",
  {
    file: Argument.String("file").pipe(Argument.withDescription("LiteLLM's config.yaml")),
    out: Flag.String("out").pipe(
      Flag.withAlias("o"),
      Flag.withMetavar("file"),
      Flag.withDescription("Write the settings to this file (default: print them)"),
      optional
    ),
    envFile: Flag.String("env").pipe(
      Flag.withMetavar("file"),
      Flag.withDescription("Write the secrets that are in the file to this one (default .env, beside --out)"),
      optional
    ),
    force: Flag.Boolean("force").pipe(
      Flag.withDescription("Overwrite files"),
      Flag.withoutNegation,
      Flag.withDefault(false)
    ),
    json
  },
  lazyHandler(() => import("./settings/ImportLiteLlm.ts").then(({ importLiteLlm }) => importLiteLlm))
).pipe(
  Command.withDescription(
    "Convert a LiteLLM config.yaml to settings. Keys that have no place in settings are listed, and secrets in the file move to a file of environment variables"
  ),
  Command.withShortDescription("From LiteLLM's config.yaml"),
  Command.withExamples([
    { command: "effect-llm import litellm config.yaml", description: "Print the settings, and a report" },
    { command: "effect-llm import litellm config.yaml --out settings.yaml --env .env", description: "Write them" }
  ])
)

/** `effect-llm explain`. */
export const explain = Command.make(
  "explain",
  {
    prompt: Argument.String("prompt").pipe(
      Argument.withDescription("The model, unless --model names it, and the prompt; piped input is appended to it"),
      Argument.variadic()
    ),
    settings: Flag.String("settings").pipe(
      Flag.withAlias("s"),
      Flag.withMetavar("file"),
      Flag.withDescription("The settings (default settings.yaml)"),
      Flag.withDefault("settings.yaml")
    ),
    envFile,
    model: optional(
      Flag.String("model").pipe(
        Flag.withAlias("m"),
        Flag.withDescription("The name of a model in the settings (default: the first argument)")
      )
    ),
    json
  },
  lazyHandler(() => import("./settings/ExplainRoute.ts").then(({ explainRoute }) => explainRoute))
).pipe(
  Command.withDescription(
    "Show what would happen with a prompt: which deployments would be called, in which order and why, which are left out and why, what it would cost, and what follows each error. Nothing is sent"
  ),
  Command.withShortDescription("Show which deployments a prompt would go to, and why"),
  Command.withExamples([
    {
      command: 'effect-llm explain smart "Why is the sky blue?"',
      description: "The plan of a call"
    }
  ])
)

/** `effect-llm import`. */
export const importSettings = Command.make("import").pipe(
  Command.withDescription("Convert the settings of another gateway"),
  Command.withSubcommands([litellm])
)

/** `effect-llm schema`. */
export const schema = Command.make(
  "schema",
  {},
  lazyHandler(() => import("./settings/PrintSchema.ts").then(({ printSchema }) => printSchema))
).pipe(
  Command.withDescription(
    "Print a JSON Schema of settings files, for editors. In a YAML file, the comment `# yaml-language-server: $schema=settings.schema.json` selects it"
  ),
  Command.withShortDescription("Print a JSON Schema of settings files"),
  Command.withExamples([{ command: "effect-llm schema > settings.schema.json", description: "Write it to a file" }])
)
