/**
 * Models by name: groups and models under names of their own, aliases, patterns, and for the rest a registry.
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
 * A name is looked up in this order: models, aliases, patterns (the one with the most letters first), the rest. What an alias or
 * a pattern leads to is looked up again.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Capability } from "../domain/Capability.ts"
import { UnknownModelError } from "../domain/ModelId.ts"
import * as Nearest from "../domain/Nearest.ts"
import type * as Model from "../model/Model.ts"

/**
 * What names lead to; all models are of one capability.
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
 * Models by name. `names` are those that are known without the rest; a pattern is among them as it was written. `replace` sets
 * all names anew; models that were found before stay as they are.
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
 * One of these models, whichever it is: it fails as they do, and needs what they need.
 *
 * @since 0.1.0
 * @category utility types
 */
export type Found<M extends Model.Any> =
  Model.CapabilityOf<M> extends infer C extends Capability ? Model.Model<C, Model.Error<M>, Model.Services<M>> : never

/** An alias of an alias of an alias: a circle ends somewhere. */
const mostSteps = 16

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
  let table = tableOf(options)
  return {
    model: (name: string): Effect.Effect<Model.Model<C, E, R1>, UnknownModelError, R> =>
      Effect.suspend((): Effect.Effect<Model.Model<C, E, R1>, UnknownModelError, R> => {
        const { find, names, rest } = table
        const found = find(name)
        if (typeof found === "object") return Effect.succeed(found.model)
        const unknown = (suggested: ReadonlyArray<string>, detail?: string) => {
          const suggestions = [...new Set([...Nearest.find(name, names), ...suggested])].slice(0, 3)
          return new UnknownModelError({ requested: name, suggestions, detail })
        }
        if (found === undefined || rest === undefined) return Effect.fail(unknown([]))
        return Effect.mapError(rest(found), ({ detail, suggestions }) => unknown(suggestions, detail))
      }),
    names: Effect.sync(() => table.names),
    replace: (options: Parameters<typeof tableOf<Model.Model<C, E, R1>, R>>[0]) =>
      Effect.sync(() => void (table = tableOf(options)))
  }
}

const lettersOf = ({ after = "", before }: Pattern<unknown>): number => before.length + after.length

/** What the `*` of a pattern stands for in a name; `undefined` where it does not match. */
const textIn = (name: string, { after, before }: Pattern<unknown>): string | undefined => {
  if (after === undefined) return name === before ? "" : undefined
  const isMatch = name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after)
  return isMatch ? name.slice(before.length, name.length - after.length) : undefined
}

interface Pattern<P> {
  readonly before: string
  /** `undefined` for a pattern without `*`, which is a name. */
  readonly after: string | undefined
  readonly to: string | ((text: string) => P)
}

const tableOf = <M extends Model.Any, R>({ aliases = {}, models = {}, patterns = {}, rest }: Options<M, M, M, R>) => {
  const own = new Map(Object.entries(models))
  const others = new Map(Object.entries(aliases))
  const sorted = Object.entries(patterns)
    .map(([pattern, to]): Pattern<M> => {
      const star = pattern.indexOf("*")
      return star < 0
        ? { before: pattern, after: undefined, to }
        : { before: pattern.slice(0, star), after: pattern.slice(star + 1), to }
    })
    .toSorted((a, b) => lettersOf(b) - lettersOf(a))

  /** The model; the name that is left to the rest; `undefined` for a circle of aliases. */
  const find = (requested: string): { readonly model: M } | string | undefined => {
    let name = requested
    const seen = new Set<string>()
    while (seen.size < mostSteps) {
      const model = own.get(name)
      if (model !== undefined) return { model }
      if (seen.has(name)) return undefined
      seen.add(name)
      const alias = others.get(name)
      if (alias !== undefined) {
        name = alias
        continue
      }
      const current = name
      const pattern = sorted.find((one) => textIn(current, one) !== undefined)
      if (pattern === undefined) return name
      const text = textIn(name, pattern) ?? ""
      if (typeof pattern.to === "function") return { model: pattern.to(text) }
      name = pattern.to.replace("*", () => text)
      // A pattern may lead to itself: `openai/*` to `openai/*` leaves it to the rest.
      if (name === current) return name
    }
    return undefined
  }
  return { find, rest, names: [...own.keys(), ...others.keys(), ...Object.keys(patterns)] }
}
