import type { Model } from "../schema/Model.ts"

/** A model whose name has a `*`, for what that stands for. */
export const filled = (model: Model, text: string): Model => {
  const [first, ...others] = model.deployments.map((deployment) => ({
    ...deployment,
    model: deployment.model.replace("*", () => text)
  }))
  return { ...model, deployments: [first ?? model.deployments[0], ...others] }
}
