import * as Predicate from "effect/Predicate"
import type { Path } from "./Mistake.ts"
import { targetsOf } from "./Tree.ts"

/** The policies of a file, wherever they are: those of all models, of a model, and of a deployment. */
export const policiesIn = (tree: unknown): ReadonlyArray<{ readonly path: Path; readonly policies: object }> => {
  const at = (owner: unknown, path: Path) => {
    const policies = fieldOf(owner, "policies")
    return Predicate.isObject(policies) ? [{ path: [...path, "policies"], policies }] : []
  }
  const models = Object.entries(entriesOf(fieldOf(tree, "models")))
  const ofModels = models.flatMap(([name, model]) =>
    at(model, ["models", name]).concat(targetsOf(model, ["models", name]).flatMap(([target, path]) => at(target, path)))
  )
  return at(tree, []).concat(ofModels)
}

/** A field of an object, if it is one. */
export const fieldOf = (owner: unknown, name: string): unknown =>
  Predicate.hasProperty(owner, name) && !Array.isArray(owner) ? owner[name] : undefined

/** The fields of an object, if it is one. */
export const entriesOf = (owner: unknown): object => (Predicate.isObject(owner) ? owner : {})
