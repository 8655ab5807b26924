import * as BigDecimal from "effect/BigDecimal"
import * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { formatDecimal } from "effect-llm/catalog/Money"
import { formatPath, type Path } from "./file/Mistake.ts"
import { formatDuration } from "./schema/Scalars.ts"
import type { Settings } from "./schema/Settings.ts"

/** What changed between two settings, a line for each value: `models.fast.deployments[0].weight: 1 -> 3`. Secrets are not shown. */
export const difference = (before: Settings, after: Settings): ReadonlyArray<string> => changes(before, after, [])

const changes = (before: unknown, after: unknown, path: Path): ReadonlyArray<string> => {
  if (isTree(before) && isTree(after) && Array.isArray(before) === Array.isArray(after)) {
    const [old, now] = [new Map(entriesOf(before)), new Map(entriesOf(after))]
    return [...new Set([...old.keys(), ...now.keys()])].flatMap((key) =>
      changes(old.get(key), now.get(key), [...path, key])
    )
  }
  if (isSame(before, after)) return []
  const name = formatPath(path)
  if (before === undefined) return [`${name}: added${isTree(after) ? "" : ` (${shown(after)})`}`]
  if (after === undefined) return [`${name}: removed`]
  return [`${name}: ${shown(before)} -> ${shown(after)}`]
}

/** Whether a value has parts with paths of their own. */
const isTree = (value: unknown): value is object =>
  Predicate.isObject(value) || Array.isArray(value)
    ? !Redacted.isRedacted(value) && !Duration.isDuration(value) && !BigDecimal.isBigDecimal(value)
    : false

const entriesOf = (tree: object): ReadonlyArray<readonly [string | number, unknown]> =>
  Array.isArray(tree) ? tree.map((item, index) => [index, item]) : Object.entries(tree)

const isSame = (before: unknown, after: unknown): boolean =>
  Redacted.isRedacted(before) && Redacted.isRedacted(after)
    ? Redacted.value(before) === Redacted.value(after)
    : shown(before) === shown(after)

const shown = (value: unknown): string => {
  if (Redacted.isRedacted(value)) return "(secret)"
  if (Duration.isDuration(value)) return formatDuration(value)
  if (BigDecimal.isBigDecimal(value)) return formatDecimal(value)
  if (isTree(value)) return Array.isArray(value) ? "a list" : "an object"
  return JSON.stringify(value) ?? "nothing"
}
