import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { Json } from "effect/Schema"
import type { Mistake, Path } from "./Mistake.ts"
import { targetsOf } from "./References.ts"

type Found = Pick<Mistake, "severity" | "path" | "message">

type JsonSchema = { readonly [key: string]: Json }

/** Finds response schemas of policies, wherever they are, that cannot be used for checks. */
export const check = Effect.fnUntraced(function* (tree: unknown): Effect.fn.Return<ReadonlyArray<Found>> {
  const schemas = schemasIn(tree)
  if (schemas.length === 0) return []
  const { make } = yield* Effect.promise(() => import("../build/JsonSchemaCheck.ts"))
  return schemas.flatMap(({ path, schema }): ReadonlyArray<Found> => {
    const compiled = make(schema)
    return Result.isSuccess(compiled)
      ? []
      : [{ severity: "error", path, message: `responses cannot be checked by this schema: ${compiled.failure}` }]
  })
})

const schemasIn = (tree: unknown): ReadonlyArray<{ readonly path: Path; readonly schema: JsonSchema }> => {
  const at = (owner: unknown, path: Path) => {
    const schema = fieldOf(fieldOf(fieldOf(owner, "policies"), "validate"), "schema")
    const place = [...path, "policies", "validate", "schema"]
    return Predicate.isObject(schema) ? [{ path: place, schema: schema as JsonSchema }] : []
  }
  const models = fieldOf(tree, "models")
  const ofModels = Object.entries(Predicate.isObject(models) ? models : {}).flatMap(([name, model]) =>
    at(model, ["models", name]).concat(targetsOf(model, ["models", name]).flatMap(([target, path]) => at(target, path)))
  )
  return at(tree, []).concat(ofModels)
}

const fieldOf = (owner: unknown, name: string): unknown =>
  Predicate.hasProperty(owner, name) && !Array.isArray(owner) ? owner[name] : undefined
