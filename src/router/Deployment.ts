/**
 * A deployment: a model as one member of a group, with what the group needs to know to choose it.
 *
 * ```ts
 * import { Anthropic, OpenAi } from "effect-llm"
 * import type * as Deployment from "effect-llm/router/Deployment"
 *
 * const primary = { model: OpenAi.model("gpt-5.4-mini"), weight: 3, limits: { requests: 500, per: "1 minute" } } as const
 * const second = { model: Anthropic.model("claude-haiku-4-5"), order: 1, tags: ["eu"] } as const
 * export const all: ReadonlyArray<Deployment.Deployment<typeof primary.model | typeof second.model>> = [primary, second]
 * ```
 *
 * An absent field is unknown and excludes nothing: only known facts keep a deployment from a call.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type { Price } from "../catalog/Price.ts"
import type { ChatParameter } from "../domain/ChatRequest.ts"
import type * as Model from "../model/Model.ts"

/**
 * A model of a group.
 *
 * - `name`: its name in `explain`, `stats` and `attempts`, under which its statistics survive a replacement; by default the
 *   model's id, with `#2` and so on where several have the same one.
 * - `weight`: its share of a weighted shuffle, 1 by default; with 0 it is called after all others.
 * - `order`: its priority, 0 by default; lower is called first.
 * - `tags`, `region`: what requests may ask for.
 * - `limits`: the most that this process sends to it. See the policy `RateLimit` for limits that processes share.
 * - `price`: what it costs here, in place of the catalog's price.
 * - `capabilities`, `contextWindow`, `maxOutputTokens`, `unsupported`: what it can do, where that differs from what the
 *   catalog knows or the catalog does not know it. `unsupported` are parameters that it rejects.
 *
 * @since 0.1.0
 * @category models
 */
export interface Deployment<out M extends Model.Any = Model.Any> {
  readonly model: M
  readonly name?: string | undefined
  readonly weight?: number | undefined
  readonly order?: number | undefined
  readonly tags?: ReadonlyArray<string> | undefined
  readonly region?: string | undefined
  readonly limits?: Limits | undefined
  readonly price?: Price | undefined
  readonly capabilities?: Capabilities | undefined
  readonly contextWindow?: number | undefined
  readonly maxOutputTokens?: number | undefined
  readonly unsupported?: ReadonlyArray<ChatParameter> | undefined
}

/**
 * The most that is sent to a deployment: requests, tokens (input and output) and US dollars in a rolling window `per` (a
 * minute by default), and calls at the same time.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limits {
  readonly requests?: number | undefined
  readonly tokens?: number | undefined
  readonly usd?: number | undefined
  readonly concurrency?: number | undefined
  readonly per?: Duration.Input | undefined
}

/**
 * What a model can do besides reading and writing text. An absent field is unknown.
 *
 * @since 0.1.0
 * @category models
 */
export interface Capabilities {
  readonly tools?: boolean | undefined
  readonly images?: boolean | undefined
  readonly audio?: boolean | undefined
  readonly files?: boolean | undefined
  /** JSON that conforms to a schema. */
  readonly structuredOutput?: boolean | undefined
  readonly reasoning?: boolean | undefined
  readonly streaming?: boolean | undefined
}
