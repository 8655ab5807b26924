import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type { Capability, Kind } from "effect-llm/domain/Capability"
import type { UnknownModelError } from "effect-llm/domain/ModelId"
import * as Journal from "effect-llm/policies/Journal"
import * as Model from "effect-llm/policies/Model"
import * as Shadow from "effect-llm/policies/Shadow"
import type { Shadow as ShadowSettings } from "../schema/Model.ts"

/** Where calls of shadows are written down, once there is a journal for them; each beside the call that it is of, where that has an id. */
export interface ShadowCalls {
  journal: ((of: string | undefined) => Journal.Journal["Service"]) | undefined
}

/** Gives the calls of a request their ids one after another, as they are written down. */
export const CurrentCallIds = Context.Reference<(() => string) | undefined>(
  "effect-llm-gateway/settings/CurrentCallIds",
  { defaultValue: () => undefined }
)

/** Whether the call of this fiber is a shadow: those have none of their own, also where two models are each other's. */
const IsShadow = Context.Reference<boolean>("effect-llm-gateway/settings/IsShadow", { defaultValue: () => false })

/** The shadow of a model. */
export interface Shadowing<C extends Capability> {
  /** The name of the model that has it. */
  readonly name: string
  readonly kind: Kind<C>
  readonly settings: ShadowSettings
  readonly find: (name: string) => Effect.Effect<Model.Model<C, unknown>, UnknownModelError>
  readonly calls: ShadowCalls
  readonly scope: Scope.Scope
}

/** Sends a share of the calls to another model too, by its name: nobody waits for that, and nobody's budget is charged. */
export const shadowed = <C extends Capability>({
  calls,
  find,
  kind,
  name,
  scope,
  settings
}: Shadowing<C>): (<E, R>(model: Model.Model<C, E, R>) => Model.Model<C, E, R>) => {
  const { concurrency, share, timeout, to } = settings
  const record = Journal.make({ annotations: () => ({ tags: { shadow: name } }) })
  /** The ids of the calls that shadows are of, by their requests. */
  const ids = new WeakMap<object, string>()
  const recorded = (request: C["Request"]) => {
    const journal = calls.journal?.(ids.get(request))
    return Effect.map(find(to), (model) =>
      Model.provideContext(
        journal === undefined ? model : Model.provideContext(record(model), Context.make(Journal.Journal, journal)),
        Context.make(IsShadow, true)
      )
    )
  }
  const other = Model.make<C, unknown, never>({
    id: to,
    kind,
    generate: (request) => Effect.flatMap(recorded(request), (model) => model.generate(request)),
    stream: (request) => Model.streamFrom(recorded(request), request)
  })
  const policy = Shadow.make<C, unknown, never, never>({
    to: other,
    share,
    concurrency,
    timeout,
    compare: () => Effect.void
  })
  const mirror = Effect.runSync(Effect.provideService(policy, Scope.Scope, scope))
  return <E, R>(model: Model.Model<C, E, R>) => {
    const mirrored = mirror(model)
    const chosen = (request: C["Request"]) =>
      Effect.withFiber<Model.Model<C, E, R>>((fiber) => {
        if (fiber.getRef(IsShadow)) return Effect.succeed(model)
        const id = fiber.getRef(CurrentCallIds)?.()
        if (id !== undefined) ids.set(request, id)
        return Effect.succeed(mirrored)
      })
    return Model.wrap<C, E, R>(model, {
      generate: (request) => Effect.flatMap(chosen(request), (model) => model.generate(request)),
      stream: Model.streamOf(model) && ((request) => Model.streamFrom(chosen(request), request))
    })
  }
}
