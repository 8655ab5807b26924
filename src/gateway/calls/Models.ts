import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { AllFailedError } from "effect-llm/domain/AllFailedError"
import type { AttemptError } from "effect-llm/domain/ChatResponse"
import type { UnknownModelError } from "effect-llm/domain/ModelId"
import type { Model } from "effect-llm/model/Model"
import type { Policy } from "effect-llm/policies/Policy"
import type { Capabilities, ModelKind } from "../../settings/build/ModelKind.ts"
import type * as Settings from "../../settings/Settings.ts"
import { remembered } from "../access/Remembered.ts"

interface Found extends Omit<Settings.Built, "replace" | "model"> {
  readonly model: <K extends ModelKind>(
    kind: K,
    name: string
  ) => Effect.Effect<Model<Capabilities[K], AllFailedError | AttemptError>, UnknownModelError>
}

/** The models that callers can name, of the settings in use. */
export class Models extends Context.Service<Models, Found>()("effect-llm-gateway/Models") {
  /** Those of settings, each with a policy around it. */
  static readonly around = (
    models: Omit<Settings.Built, "replace">,
    policy: Policy<AttemptError> | undefined
  ): Models["Service"] => {
    if (policy === undefined) return models
    const around = remembered(policy)
    return { ...models, model: (kind, name) => Effect.map(models.model(kind, name), (model) => around(model)) }
  }
}
