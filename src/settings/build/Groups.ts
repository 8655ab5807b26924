import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type { AllFailedError } from "effect-llm/domain/AllFailedError"
import type { CallRequest } from "effect-llm/domain/CallRequest"
import type { Capability } from "effect-llm/domain/Capability"
import * as Model from "effect-llm/policies/Model"
import * as Group from "effect-llm/router/Group"
import * as Strategy from "effect-llm/router/Strategy"
import type { Model as ModelSettings } from "../schema/Model.ts"
import type { DeploymentPolicies, ModelPolicies, Policies } from "../schema/Policies.ts"
import type { Settings } from "../schema/Settings.ts"
import type { ServedError } from "../policies/Content.ts"
import { deploymentOf, guard, type Guarded, merged, type Stores, withDefaults } from "./Deployments.ts"
import { priceIn } from "./ModelPrice.ts"
import type { AccountModel } from "./ModelKind.ts"

/** Every policy of a model, as an option of its group. What settings leave out replaces what those before them said. */
const optionsOf = ({ attempts, cooling, deadline, onInterrupted, wait }: ModelPolicies) =>
  ({ attempts, cooling, deadline, onInterrupted, wait }) satisfies Group.Options & {
    readonly [P in keyof ModelPolicies]-?: unknown
  }

const strategies: { readonly [S in NonNullable<Settings["strategy"]>]: Strategy.Strategy } = {
  weighted: Strategy.weighted,
  "round-robin": Strategy.roundRobin,
  "least-busy": Strategy.leastBusy,
  "lowest-latency": Strategy.lowestLatency,
  "lowest-cost": Strategy.lowestCost,
  "most-headroom": Strategy.mostHeadroom
}

const strategyOf = (model: ModelSettings, settings: Settings): Strategy.Strategy => {
  const ordered = Strategy.byOrder(strategies[model.strategy ?? settings.strategy ?? "weighted"])
  const sticky = model.sticky ?? settings.sticky
  return sticky === false
    ? ordered
    : Strategy.sticky(ordered, { by: sticky === undefined ? byNamedSession : stickiness[sticky] })
}

/** A session that the caller of a call names, and nothing that only may stand for one. */
const byNamedSession = (_: CallRequest, session: string | undefined) => session

const stickiness = { session: "session or prompt", prompt: "prompt" } as const

/** A model that is found when it is called: models may fall back on each other. */
const byName = <C extends Capability>(
  name: string,
  kind: Model.Model<C, unknown, Stores>["kind"],
  find: (name: string) => Effect.Effect<Fallback<C>>
): Fallback<C> =>
  Model.make<C, ServedError, Stores>({
    id: name,
    kind,
    generate: (request) => Effect.flatMap(find(name), (model) => model.generate(request)),
    stream: (request) => Model.streamFrom(find(name), request)
  })

/** The arguments for making a group. */
export interface GroupSetup<C extends Capability> {
  readonly name: string
  readonly model: ModelSettings
  readonly settings: Settings
  /** The model of a deployment, by the deployment's `model`. */
  readonly accountModel: (model: string, options?: { readonly contextWindow: number | undefined }) => AccountModel<C>
  readonly find: (name: string) => Effect.Effect<Fallback<C>>
}

type Fallback<C extends Capability> = Model.Model<C, ServedError, Stores>

const partsOf = <C extends Capability>({ accountModel, find, model, name, settings }: GroupSetup<C>) => {
  const policies = merged<Policies>(settings.policies, model.policies)
  const deployments = Arr.map(model.deployments, (deployment) => {
    const { contextWindow, defaults, model: id } = deployment
    const called = withDefaults(
      accountModel(id, { contextWindow }),
      merged(settings.defaults, model.defaults, defaults)
    )
    const guarded = guard<C>(called, merged<DeploymentPolicies>(policies, deployment.policies), settings)
    return deploymentOf<C>(deployment, guarded, priceIn(settings.prices, id))
  })
  const { kind } = deployments[0].model
  const fallbacks = merged(settings.fallbacks, model.fallbacks)
  const others = (names: ReadonlyArray<string> = []): ReadonlyArray<Fallback<C>> =>
    names.filter((other) => other !== name).map((other) => byName<C>(other, kind, find))
  return {
    deployments,
    options: {
      ...optionsOf(policies),
      kind,
      strategy: strategyOf(model, settings),
      fallbacks: {
        default: others(fallbacks.any),
        contextWindow: others(fallbacks.contextWindow),
        contentPolicy: others(fallbacks.contentPolicy)
      }
    }
  }
}

/** Makes the group of a model. */
export const make = <C extends Capability>(
  setup: GroupSetup<C>
): Effect.Effect<Group.Group<C, AllFailedError, Stores>> => {
  const { deployments, options } = partsOf(setup)
  return Group.make<C, Guarded<C> | Fallback<C>>(setup.name, deployments, options)
}

/** Sets other deployments and options, by which the group's next calls are made. */
export const replace = <C extends Capability>(
  group: Group.Group<C, AllFailedError, Stores>,
  setup: GroupSetup<C>
): Effect.Effect<void> => {
  const { deployments, options } = partsOf(setup)
  return group.replace(deployments, options)
}
