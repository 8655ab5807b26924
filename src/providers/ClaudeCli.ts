import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import type * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { ProviderError } from "../domain/ProviderError.ts"
import { type ChatModel, make as makeModel } from "../model/ChatModel.ts"
import * as Credentials from "../client/Credentials.ts"
import type { ClaudeCliOptions } from "./claudeCli/ClaudeCliOptions.ts"
import type { ModelOptions, Provider } from "./Provider.ts"

const key = Context.Service<ClaudeCli, Provider>()("effect-llm/providers/claude-cli")

/** What runs and reads the process is loaded with the first layer. */
const make = (options: ClaudeCliOptions) =>
  Effect.flatMap(
    Effect.promise(() => import("./claudeCli/ClaudeCliService.ts")),
    ({ make }) => make(options)
  )

/**
 * Claude by Claude Code, the command `claude`, for those who have a subscription and no key. Each call is one run of it
 * in print mode; models are named as it names them (`sonnet`, `opus`, `claude-opus-4-5`).
 *
 * - It answers as a plain model: without tools, settings, `CLAUDE.md`, commands or `@file` mentions, and nothing is kept
 *   of the session. Tools of its own are allowed by the layer; their calls are marked `providerExecuted`.
 * - It takes one message: an earlier conversation is told as a transcript, with a warning.
 * - It takes `reasoning`, `maxOutputTokens`, `stop`, sampling parameters and a JSON Schema; `seed`, tools and the rest are
 *   `UnsupportedParameterError`s.
 * - It tells the model its working directory, platform and date, after the messages.
 * - An interrupt kills it and what it started.
 * - `reportedCost` is what the answer would cost at the API's prices, also where a subscription pays.
 * - Not installed or not logged in is an `AuthenticationError` whose message says what to do.
 *
 * `layerConfig` reads `CLAUDE_CLI_PATH`, the executable. It needs `ChildProcessSpawner`, as in `NodeServices.layer`; so does
 * a registry that knows it: `Registry.layerOf([ClaudeCli])`.
 *
 * @see https://code.claude.com/docs/en/headless
 * @see https://code.claude.com/docs/en/cli-reference
 * @since 0.1.0
 * @category providers
 */
export class ClaudeCli extends key {
  static readonly layer = (options: ClaudeCliOptions = {}): Layer.Layer<ClaudeCli, never, ChildProcessSpawner> =>
    Layer.effect(key, make(options))

  /** For a registry: it needs no setting. */
  static readonly definition = { id: "claude-cli", requiredSettings: [[]] } as const

  static readonly make: Effect.Effect<Provider, Config.ConfigError, ChildProcessSpawner> = Effect.flatMap(
    Config.option(Config.String("CLAUDE_CLI_PATH")),
    (command) => make({ command: Option.getOrUndefined(command) })
  )

  static readonly layerConfig: Layer.Layer<ClaudeCli, Config.ConfigError, ChildProcessSpawner> = Layer.effect(
    key,
    ClaudeCli.make
  )

  /** Has an effect, a stream or a model bill this API key in place of what the layer has. */
  static readonly withCredentials = (credentials: {
    readonly apiKey: Redacted.Redacted
  }): (<T extends Credentials.Target>(self: T) => T) =>
    Credentials.provide("claude-cli", { identity: undefined, credentials })

  /** A model of Claude Code; any name is taken, and an unknown one fails when it is asked. */
  static readonly model = (name: string, options: ModelOptions = {}): ChatModel<ProviderError, ClaudeCli> =>
    makeModel<ProviderError, ClaudeCli>({
      id: `claude-cli/${name}`,
      contextWindow: options.contextWindow,
      structuredOutput: options.structuredOutput,
      generate: (request) => Effect.flatMap(key, (provider) => provider.generate(name, request)),
      stream: (request) => Stream.unwrap(Effect.map(key, (provider) => provider.stream(name, request)))
    })
}

export type { ClaudeCliOptions }
