import type { Capability } from "effect-llm/domain/Capability"
import type * as Model from "effect-llm/policies/Model"
import type { Policy } from "effect-llm/policies/Policy"

/** A policy that is put on each model once, and not for each request. */
export const remembered = <E1, R1>(policy: Policy<E1, R1>): Policy<E1, R1> => {
  const known = new WeakMap<object, unknown>()
  return <C extends Capability, E, R>(model: Model.Model<C, E, R>) => {
    // What is kept for a model has its type.
    const before = known.get(model) as Model.Model<C, E | E1, R | R1> | undefined
    if (before !== undefined) return before
    const after = policy(model)
    known.set(model, after)
    return after
  }
}
