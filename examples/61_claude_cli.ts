/**
 * Claude by the subscription of Claude Code: no key, the command `claude` answers. It is asked only where
 * `CLAUDE_CLI_PATH` says which one, since every answer counts against the limits of the subscription.
 */
import { NodeServices } from "@effect/platform-node"
import { Config, Console, Effect, Option } from "effect"
import { ClaudeCli } from "effect-llm/providers/ClaudeCli"
import { show } from "./support/show.ts"

const program = Effect.gen(function* () {
  const path = yield* Config.option(Config.String("CLAUDE_CLI_PATH"))
  if (Option.isNone(path)) {
    return yield* Console.log("Set CLAUDE_CLI_PATH to the path of `claude` (`which claude`) to ask it.")
  }
  yield* show(ClaudeCli.model("haiku").stream("Why is the sky blue? One sentence.")).pipe(
    Effect.catchTag("AuthenticationError", (error) => Console.log(error.message)),
    Effect.provide(ClaudeCli.layerConfig)
  )
})

await program.pipe(Effect.provide(NodeServices.layer), Effect.runPromise)
