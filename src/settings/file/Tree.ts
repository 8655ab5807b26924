import * as Predicate from "effect/Predicate"
import type { Path } from "./Mistake.ts"

/** An object of a file, as it is written. */
export type Tree = { readonly [key: string]: unknown }

/** The value if it is an object, else an empty one. */
export const objectOf = (value: unknown): Tree =>
  Predicate.isObject(value) && !Array.isArray(value) ? (value as Tree) : {}

/** The entries of an object, none of another value. */
export const entriesOf = (value: unknown): ReadonlyArray<readonly [string, unknown]> => Object.entries(objectOf(value))

/** The items of a list, none of another value. */
export const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

/** The deployments of a model, however it is written, with their paths. */
export const targetsOf = (entry: unknown, path: Path): ReadonlyArray<readonly [unknown, Path]> => {
  if (typeof entry === "string") return [[entry, path]]
  if (Array.isArray(entry)) return entry.map((target, index) => [target, [...path, index]])
  const at = [...path, "deployments"]
  return listOf(objectOf(entry).deployments).map((target, index) => [target, [...at, index]])
}
