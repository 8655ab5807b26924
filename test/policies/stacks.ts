import { Schema } from "effect"
import type { Capability } from "../../src/domain/Capability.ts"
import type * as Model from "../../src/policies/Model.ts"

type AnyPolicy<R> = <C extends Capability>(model: Model.Model<C, unknown, R>) => Model.Model<C, unknown, R>

/** Random stacks of policies: a Schema of their names, and the policies of these names around a model, the first innermost. */
export const stacksOf =
  <R>() =>
  <Name extends string>(policies: { readonly [N in Name]: AnyPolicy<R> }, maxLength: number) => ({
    Names: Schema.Array(Schema.Literals(Object.keys(policies) as [Name, ...Array<Name>])).check(
      Schema.isMaxLength(maxLength)
    ),
    apply: <C extends Capability>(
      model: Model.Model<C, unknown, R>,
      names: ReadonlyArray<Name>
    ): Model.Model<C, unknown, R> =>
      names.reduce((model, name) => {
        const policy: AnyPolicy<R> = policies[name]
        return policy(model)
      }, model)
  })
