/**
 * Claude through a Claude Code subscription: no key, just the `claude` command. It runs only if `CLAUDE_CLI_PATH` is set,
 * since every call counts against the subscription's limits.
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
