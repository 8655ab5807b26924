import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import { duration, json, optional, quantity, lazyHandler } from "./Flags.ts"

/** `effect-llm chat`. */
export const chat = Command.make(
  "chat",
  {
    prompt: Argument.String("prompt").pipe(
      Argument.withDescription("What to ask; what is piped in goes below it. Without either: a conversation"),
      Argument.variadic()
    ),
    model: optional(
      Flag.String("model").pipe(
        Flag.withAlias("m"),
        Flag.withMetavar("provider/model"),
        Flag.withDescription(
          "The model (default: the setting EFFECT_LLM_MODEL, else a cheap one of the first provider that is configured)"
        ),
        Flag.withFallbackConfig(Config.String("EFFECT_LLM_MODEL"))
      )
    ),
    goOn: Flag.Boolean("continue").pipe(
      Flag.withAlias("c"),
      Flag.withDescription("Continue the last conversation"),
      Flag.withoutNegation,
      Flag.withDefault(false)
    ),
    system: optional(
      Flag.String("system").pipe(Flag.withAlias("s"), Flag.withDescription("Instructions above the conversation"))
    ),
    files: Flag.String("file").pipe(
      Flag.withAlias("f"),
      Flag.withDescription(
        "An image, a PDF, a recording or a text to go with it: a path, or an image's URL (repeatable)"
      ),
      Flag.atLeast(0)
    ),
    maxTokens: optional(quantity("max-tokens").pipe(Flag.withDescription("The longest response, in tokens"))),
    temperature: optional(Flag.Finite("temperature").pipe(Flag.withDescription("How varied the response is"))),
    effort: optional(
      Flag.Literals("effort", ["none", "minimal", "low", "medium", "high", "xhigh", "max"]).pipe(
        Flag.withDescription("How much the model reasons first")
      )
    ),
    timeout: duration("timeout").pipe(
      Flag.withDescription("The longest a response may take, retries included: 30s, 5m (default 10m)"),
      Flag.withDefault(Duration.minutes(10))
    ),
    quiet: Flag.Boolean("quiet").pipe(
      Flag.withAlias("q"),
      Flag.withDescription("Leave usage and cost out"),
      Flag.withoutNegation,
      Flag.withDefault(false)
    ),
    json
  },
  lazyHandler(() => import("./chat/Chat.ts").then(({ chat }) => chat))
).pipe(
  Command.withDescription(
    "Ask a model. The response is streamed to stdout; usage and cost follow on stderr. Without a prompt, in a terminal, it is a conversation: Ctrl-C stops a response, Ctrl-D leaves"
  ),
  Command.withShortDescription("Ask a model, or have a conversation"),
  Command.withExamples([
    { command: 'effect-llm chat "Why is the sky blue?"', description: "Ask" },
    { command: "effect-llm chat -c", description: "Continue the last conversation" },
    {
      command: 'git diff | effect-llm chat -m anthropic/claude-haiku-5-5 -s "You review code." "What is wrong here?"',
      description: "Ask about what is piped in"
    },
    { command: 'effect-llm chat -m ollama/gemma3 -f photo.png "What is this?"', description: "Ask about an image" }
  ])
)
