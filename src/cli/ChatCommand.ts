import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Config from "effect/Config"
import { json, optional, quantity } from "./Flags.ts"
import { lazyHandler } from "./LazyHandler.ts"

/**
 * `effect-llm chat`.
 *
 * @since 0.1.0
 * @category commands
 */
export const chat = Command.make(
  "chat",
  {
    prompt: Argument.String("prompt").pipe(
      Argument.withDescription("What to ask; what is piped in is put below it"),
      Argument.variadic()
    ),
    model: Flag.String("model").pipe(
      Flag.withAlias("m"),
      Flag.withMetavar("provider/model"),
      Flag.withDescription("Whom to ask (default: the setting EFFECT_LLM_MODEL)"),
      Flag.withFallbackConfig(Config.String("EFFECT_LLM_MODEL"))
    ),
    system: optional(
      Flag.String("system").pipe(Flag.withAlias("s"), Flag.withDescription("Instructions above the conversation"))
    ),
    files: Flag.String("file").pipe(
      Flag.withAlias("f"),
      Flag.withDescription(
        "An image, a PDF, a recording or a text to go with it: a path, or an image's URL (several: again)"
      ),
      Flag.atLeast(0)
    ),
    maxTokens: optional(quantity("max-tokens").pipe(Flag.withDescription("The longest answer"))),
    temperature: optional(Flag.Finite("temperature").pipe(Flag.withDescription("How varied the answer is"))),
    effort: optional(
      Flag.Literals("effort", ["none", "minimal", "low", "medium", "high", "xhigh", "max"]).pipe(
        Flag.withDescription("How much the model thinks first")
      )
    ),
    quiet: Flag.Boolean("quiet").pipe(
      Flag.withAlias("q"),
      Flag.withDescription("Do not show usage and cost on stderr"),
      Flag.withoutNegation,
      Flag.withDefault(false)
    ),
    json
  },
  lazyHandler(() => import("./chat/Chat.ts").then(({ chat }) => chat))
).pipe(
  Command.withDescription("Ask a model. The answer is streamed to stdout; usage and cost follow on stderr"),
  Command.withExamples([
    { command: 'effect-llm chat -m openai/gpt-6-luna "Why is the sky blue?"', description: "Ask" },
    {
      command: 'git diff | effect-llm chat -m anthropic/claude-haiku-5-5 -s "You review code." "What is wrong here?"',
      description: "Ask about what is piped in"
    },
    { command: 'effect-llm chat -m ollama/gemma3 -f photo.png "What is this?"', description: "Ask about an image" }
  ])
)
