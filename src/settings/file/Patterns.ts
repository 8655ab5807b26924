import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Mistake, Path } from "./Mistake.ts"
import { entriesOf, fieldOf, policiesIn } from "./PoliciesIn.ts"

type Found = Pick<Mistake, "severity" | "path" | "message">

/** Finds regular expressions of policies, wherever they are, with which a text could hold the process. */
export const check = Effect.fnUntraced(function* (tree: unknown): Effect.fn.Return<ReadonlyArray<Found>> {
  const patterns = patternsIn(tree)
  if (patterns.length === 0) return []
  const { make } = yield* Effect.promise(() => import("../build/LinearPattern.ts"))
  return patterns.flatMap(([path, pattern]): ReadonlyArray<Found> => {
    const made = make(pattern)
    return Result.isSuccess(made) ? [] : [{ severity: "error", path, message: made.failure }]
  })
})

/** Those that are texts and regular expressions; of others the schema says what they have to be. */
const patternsIn = (tree: unknown): ReadonlyArray<readonly [Path, string]> =>
  policiesIn(tree)
    .flatMap(({ path, policies }): ReadonlyArray<readonly [Path, unknown]> => {
      const guards = Object.entries(entriesOf(fieldOf(policies, "guards")))
      return [
        [[...path, "validate", "matches"], fieldOf(fieldOf(policies, "validate"), "matches")],
        ...named([...path, "redact", "patterns"], fieldOf(fieldOf(policies, "redact"), "patterns")),
        ...guards.flatMap(([name, guard]) => named([...path, "guards", name, "patterns"], fieldOf(guard, "patterns")))
      ]
    })
    .flatMap(([path, pattern]) =>
      typeof pattern === "string" && Result.isSuccess(Result.try(() => new RegExp(pattern, "u")))
        ? [[path, pattern] as const]
        : []
    )

const named = (path: Path, patterns: unknown): ReadonlyArray<readonly [Path, unknown]> =>
  Object.entries(entriesOf(patterns)).map(([name, pattern]) => [[...path, name], pattern])
