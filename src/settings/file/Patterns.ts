import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Mistake, Path } from "./Mistake.ts"
import { entriesOf, fieldOf, policiesIn } from "./PoliciesIn.ts"

type Found = Pick<Mistake, "severity" | "path" | "message">

/** Finds regular expressions of policies, wherever they are, with which a text could hold the process. */
export const check = Effect.fnUntraced(function* (tree: unknown): Effect.fn.Return<ReadonlyArray<Found>> {
  const patterns = patternsIn(tree)
  if (patterns.length === 0) return []
  const { make } = yield* Effect.promise(() => import("../policies/LinearPattern.ts"))
  return patterns.flatMap(([path, pattern]): ReadonlyArray<Found> => {
    const made = make(pattern)
    return Result.isSuccess(made) ? [] : [{ severity: "error", path, message: made.failure }]
  })
})

/** Those that are texts and regular expressions; of others the schema says what they have to be. */
const patternsIn = (tree: unknown): ReadonlyArray<readonly [Path, string]> =>
  policiesIn(tree)
    .flatMap(({ path, policies }) => patternsOf(path, policies))
    .flatMap(([path, pattern]) =>
      typeof pattern === "string" && Result.isSuccess(Result.try(() => new RegExp(pattern, "u")))
        ? [[path, pattern] as const]
        : []
    )

const patternsOf = (path: Path, policies: object): ReadonlyArray<readonly [Path, unknown]> => {
  const at = (owner: unknown, place: Path) =>
    Object.entries(entriesOf(fieldOf(owner, "patterns"))).map(([name, pattern]): readonly [Path, unknown] => [
      place.concat("patterns", name),
      pattern
    ])
  const validate: readonly [Path, unknown] = [
    path.concat("validate", "matches"),
    fieldOf(fieldOf(policies, "validate"), "matches")
  ]
  const guards = Object.entries(entriesOf(fieldOf(policies, "guards")))
  return [validate].concat(
    at(fieldOf(policies, "redact"), path.concat("redact")),
    guards.flatMap(([name, guard]) => at(guard, path.concat("guards", name)))
  )
}
