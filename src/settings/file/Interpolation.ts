import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { formatPath, type Mistake, type Path } from "./Mistake.ts"

/** A tree with the values of variables filled in. */
export interface Interpolated {
  readonly value: unknown
  /** The paths of values that are one reference and nothing else: text that may stand for a number. */
  readonly references: ReadonlySet<string>
  /** The paths of texts that contain a reference. */
  readonly interpolated: ReadonlySet<string>
  readonly mistakes: ReadonlyArray<Pick<Mistake, "path" | "message">>
  /** The variables that are not set, by name. */
  readonly missing: ReadonlyArray<string>
}

const reference = /\$\$\{|\$\{([^}]*)\}?/g

const whole = /^\$\{[^}]*\}$/

/**
 * Replaces `${NAME}` and `${NAME:-default}` in every text by variables. A key without a value counts as absent, except names of the
 * user's own, which are empty entries, or mistakes. Without `lookup`, a reference without a default stays as it is.
 */
export const interpolate = Effect.fnUntraced(function* (
  tree: unknown,
  lookup: ((name: string) => Effect.Effect<string | undefined>) | undefined
): Effect.fn.Return<Interpolated> {
  const references = new Set<string>()
  const interpolated = new Set<string>()
  const missing = new Set<string>()
  const mistakes: Array<Pick<Mistake, "path" | "message">> = []

  const textAt = Effect.fnUntraced(function* (path: Path, text: string): Effect.fn.Return<string> {
    const problem = foreignReference(text)
    if (problem !== undefined) mistakes.push({ path, message: problem })
    if (!text.includes("${")) return text
    if (text.replace(reference, (found) => (found === "$${" ? "" : "\0")).includes("\0"))
      interpolated.add(formatPath(path))
    if (whole.test(text)) references.add(formatPath(path))
    const values = new Map<string, string>()
    for (const [found, inner] of text.matchAll(reference)) {
      if (inner === undefined) continue
      const [, name = "", fallback] = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([^]*))?$/.exec(inner) ?? []
      if (name === "" || !found.endsWith("}")) {
        const message = `${found} is not a reference: write \${NAME} or \${NAME:-default}; for the characters themselves write $\${`
        mistakes.push({ path, message })
        continue
      }
      const value = (lookup === undefined ? undefined : yield* lookup(name)) ?? fallback
      if (value !== undefined) values.set(found, value)
      else if (lookup !== undefined) {
        missing.add(name)
        mistakes.push({
          path,
          message: `the variable ${name} is not set: set it in the environment or in the .env file, or give a default as \${${name}:-...}`
        })
      }
    }
    return text.replace(reference, (found) => (found === "$${" ? "${" : (values.get(found) ?? found)))
  })

  const valueAt = (path: Path, value: unknown): Effect.Effect<unknown> => {
    if (typeof value === "string") return textAt(path, value)
    if (Array.isArray(value)) return Effect.forEach(value, (item, index) => valueAt([...path, index], item))
    if (!isPlainObject(value)) return Effect.succeed(value)
    return Effect.map(
      Effect.forEach(Object.entries(value), ([key, item]) => {
        const here = [...path, key]
        return Effect.map(valueAt(here, item === null ? blank(path) : item), (item) => [key, item] as const)
      }),
      (entries) => Object.fromEntries(entries.filter(([, item]) => item !== undefined))
    )
  }

  const value = yield* valueAt([], tree)
  return { value, references, interpolated, mistakes, missing: [...missing] }
})

/** What a name without a value stands for: an entry that says nothing, one that is a mistake, or nothing at all. */
const blank = ([section, ...deeper]: Path): {} | null | undefined =>
  deeper.length > 0 || typeof section !== "string"
    ? undefined
    : emptyEntries.has(section)
      ? {}
      : writtenEntries.has(section)
        ? null
        : undefined

/** Sections whose entries may say nothing, or say by themselves what they lack. */
const emptyEntries: ReadonlySet<string> = new Set(["providers", "keys", "users", "teams", "budgets"])

const writtenEntries: ReadonlySet<string> = new Set(["models", "aliases", "prices"])

const isPlainObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  Predicate.isObject(value) && !Array.isArray(value)

/** Explains the notations that other tools have for variables. */
const foreignReference = (text: string): string | undefined => {
  const [, name] = /^(?:os\.environ\/|env\.|\$)([A-Za-z_][A-Za-z0-9_]*)$/.exec(text) ?? []
  return name === undefined || (text.startsWith("env.") && !/^[A-Z0-9_]+$/.test(name))
    ? undefined
    : `${text} is plain text here: for the variable, write \${${name}}`
}
