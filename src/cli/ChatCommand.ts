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
      Argument.withDescription("The prompt; piped input is appended to it. Without either, chat starts a conversation"),
      Argument.variadic()
    ),
    model: optional(
      Flag.String("model").pipe(
        Flag.withAlias("m"),
        Flag.withMetavar("provider/model"),
        Flag.withDescription(
          "The model (default: EFFECT_LLM_MODEL, else a cheap model of the first configured provider)"
        ),
        Flag.withFallbackConfig(Config.String("EFFECT_LLM_MODEL"))
      )
    ),
    resume: Flag.Boolean("continue").pipe(
      Flag.withAlias("c"),
      Flag.withDescription("Continue the last conversation"),
      Flag.withoutNegation,
      Flag.withDefault(false)
    ),
    system: optional(Flag.String("system").pipe(Flag.withAlias("s"), Flag.withDescription("The system prompt"))),
    files: Flag.String("file").pipe(
      Flag.withAlias("f"),
      Flag.withDescription("Attach an image, PDF, audio recording or text file: a path, or an image URL (repeatable)"),
      Flag.atLeast(0)
    ),
    maxTokens: optional(quantity("max-tokens").pipe(Flag.withDescription("Limit the response to this many tokens"))),
    temperature: optional(Flag.Finite("temperature").pipe(Flag.withDescription("The sampling temperature"))),
    effort: optional(
      Flag.Literals("effort", ["none", "minimal", "low", "medium", "high", "xhigh", "max"]).pipe(
        Flag.withDescription("The reasoning effort")
      )
    ),
    timeout: duration("timeout").pipe(
      Flag.withDescription("Time limit for a response, retries included: 30s, 5m (default 10m)"),
      Flag.withDefault(Duration.minutes(10))
    ),
    quiet: Flag.Boolean("quiet").pipe(
      Flag.withAlias("q"),
      Flag.withDescription("Do not print usage and cost"),
      Flag.withoutNegation,
      Flag.withDefault(false)
    ),
    json
  },
  lazyHandler(() => import("./chat/Chat.ts").then(({ chat }) => chat))
).pipe(
  Command.withDescription(
    "Send a prompt to a model. The response is streamed to stdout; usage and cost go to stderr. Without a prompt, in a terminal, it starts a conversation: Ctrl-C stops a response, Ctrl-D exits"
  ),
  Command.withShortDescription("Send a prompt to a model, or start a conversation"),
  Command.withExamples([
    { command: 'effect-llm chat "Why is the sky blue?"', description: "Send a prompt" },
    { command: "effect-llm chat -c", description: "Continue the last conversation" },
    {
      command: 'git diff | effect-llm chat -m anthropic/claude-haiku-5-5 -s "You review code." "What is wrong here?"',
      description: "Ask about piped input"
    },
    { command: 'effect-llm chat -m ollama/gemma3 -f photo.png "What is this?"', description: "Ask about an image" }
  ])
)
