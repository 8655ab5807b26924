/**
 * A table of names, with aliases, and patterns with a `*`.
 *
 * ```ts
 * import * as NameTable from "effect-llm/router/NameTable"
 *
 * const table = NameTable.make({
 *   entries: { fast: "the fast one" },
 *   aliases: { default: "fast" },
 *   patterns: { "openai/*": (model) => `${model} of OpenAI` }
 * })
 *
 * export const found = table.find("default") // { entry: "the fast one" }
 * ```
 *
 * A name is looked up in this order: entries, aliases, patterns (the one with the most letters first). The name that an alias or a
 * pattern leads to is looked up again.
 *
 * @since 0.1.0
 */

/**
 * - `entries`: the value of each name.
 * - `aliases`: other names; each leads to a name.
 * - `patterns`: names with a `*`, which stands for any text, to a name in which a `*` stands for the same text, or to a function
 *   of that text.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<out A> {
  readonly entries?: { readonly [name: string]: A } | undefined
  readonly aliases?: { readonly [alias: string]: string } | undefined
  readonly patterns?: { readonly [pattern: string]: string | ((text: string) => A) } | undefined
}

/**
 * `find` returns the entry of a name; the name that it leads to, where that is in no table; or `undefined` for a cycle of
 * aliases. `names` are all names, aliases and patterns.
 *
 * @since 0.1.0
 * @category models
 */
export interface NameTable<out A> {
  readonly find: (name: string) => { readonly entry: A } | string | undefined
  readonly names: ReadonlyArray<string>
}

/** The most aliases and patterns that are followed, in case of a cycle. */
const mostSteps = 16

interface Pattern<out A> {
  readonly before: string
  /** `undefined` for a pattern without `*`, which is a name. */
  readonly after: string | undefined
  readonly to: string | ((text: string) => A)
}

const lettersOf = ({ after = "", before }: Pattern<unknown>): number => before.length + after.length

/** The text that the `*` of a pattern matches in a name; `undefined` where it does not match. */
const textIn = (name: string, { after, before }: Pattern<unknown>): string | undefined => {
  if (after === undefined) return name === before ? "" : undefined
  const isMatch = name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after)
  return isMatch ? name.slice(before.length, name.length - after.length) : undefined
}

/**
 * Makes a table.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A>({ aliases = {}, entries = {}, patterns = {} }: Options<A>): NameTable<A> => {
  const own = new Map(Object.entries(entries))
  const others = new Map(Object.entries(aliases))
  const sorted = Object.entries(patterns)
    .map(([pattern, to]): Pattern<A> => {
      const star = pattern.indexOf("*")
      return star < 0
        ? { before: pattern, after: undefined, to }
        : { before: pattern.slice(0, star), after: pattern.slice(star + 1), to }
    })
    .toSorted((a, b) => lettersOf(b) - lettersOf(a))

  const find = (requested: string): { readonly entry: A } | string | undefined => {
    let name = requested
    const seen = new Set<string>()
    while (seen.size < mostSteps) {
      const entry = own.get(name)
      if (entry !== undefined) return { entry }
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
      if (typeof pattern.to === "function") return { entry: pattern.to(text) }
      name = pattern.to.replace("*", () => text)
      // A pattern may lead to itself: `openai/*` to `openai/*` leaves it to the rest.
      if (name === current) return name
    }
    return undefined
  }
  return { find, names: [...own.keys(), ...others.keys(), ...Object.keys(patterns)] }
}
