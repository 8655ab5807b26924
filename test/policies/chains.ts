/** Chains of models of any capability. */
import type { AllFailedError } from "../../src/domain/AllFailedError.ts"
import type { Capability } from "../../src/domain/Capability.ts"
import * as Fallback from "../../src/policies/Fallback.ts"
import type * as Model from "../../src/policies/Model.ts"

/** `Fallback.make` infers the capability of each model; here all are of `C`. */
export const chainOf = <C extends Capability, E, R>(
  ...models: ReadonlyArray<Model.Model<C, E, R>>
): Model.Model<C, AllFailedError, R> =>
  (Fallback.make as unknown as (all: typeof models) => Model.Model<C, AllFailedError, R>)(models)
