/**
 * Models by name: groups and models under your own names, aliases, patterns, and a registry for the rest.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { OpenAi, Registry } from "effect-llm"
 * import * as Router from "effect-llm/router/Router"
 *
 * const program = Effect.gen(function* () {
 *   const registry = yield* Registry
 *   const router = Router.make({
 *     models: { fast: OpenAi.model("gpt-5.4-mini") },
 *     aliases: { default: "fast", gpt: "openai/gpt-5.4" },
 *     patterns: { "max/*": "claude-cli/*", "openai/*": (name) => OpenAi.model(name) },
 *     rest: registry.model
 *   })
 *   const model = yield* router.model("default")
 *   return yield* model.generate("Hello")
 * })
 * ```
 *
 * A name is looked up in this order: models, aliases, patterns (the one with the most letters first), the rest. The name that an
 * alias or a pattern leads to is looked up again.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Capability } from "../domain/Capability.ts"
import { UnknownModelError } from "../domain/ModelId.ts"
import * as Nearest from "../domain/Nearest.ts"
import type * as Model from "../model/Model.ts"
import * as NameTable from "./NameTable.ts"

/**
 * The names of a router; all models are of one capability.
 *
 * - `models`: groups and models, by name.
 * - `aliases`: other names; each leads to a name.
 * - `patterns`: names with a `*`, which stands for any text, to a name in which a `*` stands for the same text, or to a function
 *   of that text.
 * - `rest`: finds every other name, such as `Registry.model`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<M extends Model.Any, P extends Model.Any = never, Rest extends Model.Any = never, R = never> {
  readonly models?: { readonly [name: string]: M } | undefined
  readonly aliases?: { readonly [alias: string]: string } | undefined
  readonly patterns?: { readonly [pattern: string]: string | ((text: string) => P) } | undefined
  readonly rest?: ((name: string) => Effect.Effect<Rest, UnknownModelError, R>) | undefined
}

/**
 * Models by name. `names` are all models, aliases and patterns, without the rest. `replace` sets all of them anew; models that were
 * found before stay as they are.
 *
 * @since 0.1.0
 * @category models
 */
export interface Router<M extends Model.Any, P extends Model.Any = never, Rest extends Model.Any = never, R = never> {
  /** The model of that name; the error suggests the nearest names. */
  readonly model: (name: string) => Effect.Effect<Found<M | P | Rest>, UnknownModelError, R>
  readonly names: Effect.Effect<ReadonlyArray<string>>
  readonly replace: (options: Options<M, P, Rest, R>) => Effect.Effect<void>
}

/**
 * The type of any of these models, with the errors and the services of all.
 *
 * @since 0.1.0
 * @category utility types
 */
export type Found<M extends Model.Any> =
  Model.CapabilityOf<M> extends infer C extends Capability ? Model.Model<C, Model.Error<M>, Model.Services<M>> : never

/**
 * Makes a router.
 *
 * @since 0.1.0
 * @category constructors
 */
export function make<
  M extends Model.Any = never,
  P extends Model.Any = never,
  Rest extends Model.Any = never,
  R = never
>(options: Options<M, P, Rest, R>): Router<M, P, Rest, R>
export function make<C extends Capability, E, R1, R>(
  options: Options<Model.Model<C, E, R1>, Model.Model<C, E, R1>, Model.Model<C, E, R1>, R>
) {
  let state = stateOf(options)
  return {
    model: (name: string): Effect.Effect<Model.Model<C, E, R1>, UnknownModelError, R> =>
      Effect.suspend((): Effect.Effect<Model.Model<C, E, R1>, UnknownModelError, R> => {
        const { rest, table } = state
        const found = table.find(name)
        if (typeof found === "object") return Effect.succeed(found.entry)
        const unknown = (suggested: ReadonlyArray<string>, detail?: string) => {
          const suggestions = [...new Set([...Nearest.find(name, table.names), ...suggested])].slice(0, 3)
          return new UnknownModelError({ requested: name, suggestions, detail })
        }
        if (found === undefined || rest === undefined) return Effect.fail(unknown([]))
        return Effect.mapError(rest(found), ({ detail, suggestions }) => unknown(suggestions, detail))
      }),
    names: Effect.sync(() => state.table.names),
    replace: (options: Parameters<typeof stateOf<Model.Model<C, E, R1>, R>>[0]) =>
      Effect.sync(() => void (state = stateOf(options)))
  }
}

const stateOf = <M extends Model.Any, R>({ aliases, models, patterns, rest }: Options<M, M, M, R>) => ({
  table: NameTable.make<M>({ entries: models, aliases, patterns }),
  rest
})
