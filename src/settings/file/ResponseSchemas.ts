import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { Json } from "effect/Schema"
import type { Mistake, Path } from "./Mistake.ts"
import { fieldOf, policiesIn } from "./PoliciesIn.ts"

type Found = Pick<Mistake, "severity" | "path" | "message">

type JsonSchema = { readonly [key: string]: Json }

/** Finds response schemas of policies, wherever they are, that cannot be used for checks. */
export const check = Effect.fnUntraced(function* (tree: unknown): Effect.fn.Return<ReadonlyArray<Found>> {
  const schemas = schemasIn(tree)
  if (schemas.length === 0) return []
  const { make } = yield* Effect.promise(() => import("../policies/JsonSchemaCheck.ts"))
  return schemas.flatMap(({ path, schema }): ReadonlyArray<Found> => {
    const compiled = make(schema)
    return Result.isSuccess(compiled)
      ? []
      : [{ severity: "error", path, message: `responses cannot be checked by this schema: ${compiled.failure}` }]
  })
})

const schemasIn = (tree: unknown): ReadonlyArray<{ readonly path: Path; readonly schema: JsonSchema }> =>
  policiesIn(tree).flatMap(({ path, policies }) => {
    const schema = fieldOf(fieldOf(policies, "validate"), "schema")
    return Predicate.isObject(schema) ? [{ path: [...path, "validate", "schema"], schema: schema as JsonSchema }] : []
  })
