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

const make = (options: ClaudeCliOptions) =>
  Effect.flatMap(
    Effect.promise(() => import("./claudeCli/ClaudeCliService.ts")),
    ({ make }) => make(options)
  )

/**
 * Claude through Claude Code, the command `claude`, for those who have a subscription and no key. Each call is one run
 * in print mode; models have the command's own names (`sonnet`, `opus`, `claude-opus-4-5`).
 *
 * ```ts
 * const model = ClaudeCli.model("sonnet")
 * ```
 *
 * - It behaves as a plain model: no tools, settings, `CLAUDE.md`, commands or `@file` mentions, and no stored session. The
 *   layer may allow Claude Code's own tools; their calls are marked `providerExecuted`.
 * - An earlier conversation is sent as a transcript, with a warning.
 * - It supports `reasoning`, `maxOutputTokens`, `stop`, sampling parameters and JSON Schemas; tools, `seed` and the rest
 *   fail with an `UnsupportedParameterError`.
 * - The command tells the model its working directory, platform and date.
 * - An interrupt kills the command and its children.
 * - `reportedCost` is the cost at the API's prices, even if a subscription pays.
 * - If it is not installed or not logged in, an `AuthenticationError` says what to do.
 *
 * `layerConfig` reads `CLAUDE_CLI_PATH`, the executable. It needs `ChildProcessSpawner`, as in `NodeServices.layer`, and so
 * does a registry with it: `Registry.layerOf([ClaudeCli])`.
 *
 * @see https://code.claude.com/docs/en/headless
 * @see https://code.claude.com/docs/en/cli-reference
 * @since 0.1.0
 * @category providers
 */
export class ClaudeCli extends key {
  static readonly layer = (options: ClaudeCliOptions = {}): Layer.Layer<ClaudeCli, never, ChildProcessSpawner> =>
    Layer.effect(key, make(options))

  /** For `Registry`: there is no required setting. */
  static readonly definition = { id: "claude-cli", requiredSettings: [[]] } as const

  static readonly make: Effect.Effect<Provider, Config.ConfigError, ChildProcessSpawner> = Effect.flatMap(
    Config.option(Config.String("CLAUDE_CLI_PATH")),
    (command) => make({ command: Option.getOrUndefined(command) })
  )

  static readonly layerConfig: Layer.Layer<ClaudeCli, Config.ConfigError, ChildProcessSpawner> = Layer.effect(
    key,
    ClaudeCli.make
  )

  /** Makes an effect, stream or model bill this API key instead of the layer's account. */
  static readonly withCredentials = (credentials: {
    readonly apiKey: Redacted.Redacted
  }): (<T extends Credentials.Target>(self: T) => T) =>
    Credentials.provide("claude-cli", { identity: undefined, credentials })

  /** A model of Claude Code; an unknown name fails with its first call. */
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
