import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Persistence from "effect/persistence/Persistence"
import type { AllFailedError } from "effect-llm/domain/AllFailedError"
import type { GuardrailError } from "effect-llm/domain/ChatResponse"
import { UnknownModelError } from "effect-llm/domain/ModelId"
import * as ModelId from "effect-llm/domain/ModelId"
import * as Model from "effect-llm/policies/Model"
import type { Policy } from "effect-llm/policies/Policy"
import * as Telemetry from "effect-llm/policies/Telemetry"
import type * as Group from "effect-llm/router/Group"
import type * as Provider from "effect-llm/providers/Provider"
import type { Stats } from "effect-llm/router/LiveStats"
import * as Router from "effect-llm/router/Router"
import type { Model as ModelSettings } from "../schema/Model.ts"
import { contentOf, type ServedError } from "../policies/Content.ts"
import type { Stores } from "./Deployments.ts"
import * as Groups from "./Groups.ts"
import { CalledGroups } from "./CalledGroups.ts"
import type { AccountModel, Capabilities, ModelKind } from "./ModelKind.ts"
import { filled } from "./Pattern.ts"
import { shadowed } from "./Shadowing.ts"
import { sharing } from "../policies/Sharing.ts"
import type { State } from "./State.ts"

type Served<K extends ModelKind> = Model.Model<Capabilities[K], ServedError>

type KindGroup<K extends ModelKind> = Group.Group<Capabilities[K], AllFailedError, Stores>

/** A `Router.Router`, whose types are not known before the kind is. */
interface KindRouter<K extends ModelKind> {
  readonly model: (name: string) => Effect.Effect<Served<K>, UnknownModelError>
  readonly names: Effect.Effect<ReadonlyArray<string>>
}

/** How many models of patterns are kept, since callers may invent names. */
const mostPatternModels = 1000

/** The models of one kind, by name. Groups live as long as their names are in settings, and so do their figures. */
export class KindDirectory<K extends ModelKind> {
  readonly #kind: K
  #groups = new Map<string, KindGroup<K>>()
  #called = new CalledGroups<K>()
  /** The groups behind served models. */
  readonly #behind = new WeakMap<Model.Any, Effect.Effect<Group.Any>>()
  /** What sees the texts of served models. */
  readonly #content = new WeakMap<Model.Any, Policy<GuardrailError>>()
  /** The models that settings name, which are most of those that are called. */
  #models: ReadonlyMap<string, Served<K>> = new Map()
  #router: KindRouter<K> | undefined
  /** The models of other kinds. */
  #others: ReadonlyMap<string, ModelKind> = new Map()

  constructor(kind: K) {
    this.#kind = kind
  }

  get names(): Effect.Effect<ReadonlyArray<string>> {
    return Effect.suspend(() => this.#router?.names ?? Effect.succeed([]))
  }

  /** The statistics of the models that settings name, and of those that were called by a pattern or a provider. */
  get stats(): Effect.Effect<ReadonlyArray<readonly [name: string, stats: ReadonlyArray<Stats>]>> {
    return Effect.suspend(() =>
      Effect.zipWith(
        Effect.forEach(this.#groups, ([name, group]) => Effect.map(group.stats, (stats) => [name, stats] as const)),
        this.#called.stats((name) =>
          this.#groups.has(name) ? Effect.succeed(false) : Effect.map(Effect.option(this.model(name)), Option.isSome)
        ),
        (named, called) => [...named, ...called]
      )
    )
  }

  model(name: string): Effect.Effect<Served<K>, UnknownModelError> {
    return Effect.suspend(() => {
      const model = this.#models.get(name)
      if (model !== undefined) return Effect.succeed(model)
      const kind = this.#others.get(name)
      if (kind === undefined && this.#router !== undefined) return this.#router.model(name)
      const detail = kind && `its kind in the settings is ${kind}, and this asks for a model of the kind ${this.#kind}`
      return Effect.fail(new UnknownModelError({ requested: name, suggestions: [], detail }))
    })
  }

  group(name: string): Effect.Effect<Group.Any, UnknownModelError> {
    return Effect.flatMap(this.model(name), (model) => this.#behind.get(model) ?? Effect.die(`${name} is not a group`))
  }

  content(name: string): Effect.Effect<Policy<GuardrailError>, UnknownModelError> {
    return Effect.flatMap(this.model(name), (model) => {
      const content = this.#content.get(model)
      return content === undefined ? Effect.die(`${name} was not made here`) : Effect.succeed(content)
    })
  }

  /** Makes everything first; the effect that it returns then changes over, without waiting for anything. */
  prepare(state: State): Effect.Effect<Effect.Effect<void>> {
    return Effect.gen({ self: this }, function* () {
      const groups = new Map<string, KindGroup<K>>()
      const replacements: Array<Effect.Effect<void>> = []
      const models = new Map<string, Served<K>>()
      const patterns: Record<string, (text: string) => Served<K>> = {}
      const others = new Map<string, ModelKind>()
      const called = new CalledGroups(this.#called)
      for (const [name, model] of Object.entries(state.settings.models)) {
        const { kind = "chat" } = model
        if (kind !== this.#kind) {
          others.set(name, kind)
          continue
        }
        if (name.includes("*")) {
          patterns[name] = this.#pattern(name, model, state, called)
          continue
        }
        const setup = this.#setup(name, model, state)
        const before = this.#groups.get(name)
        const group = before ?? (yield* Groups.make(setup))
        if (before !== undefined) replacements.push(Groups.replace(before, setup))
        groups.set(name, group)
        models.set(name, this.#served(name, group, model, Effect.succeed(group), state))
      }
      const { aliases, unlisted } = state.settings
      const rest = unlisted === "provider" ? this.#rest(state, called) : undefined
      const router = Router.make<Served<K>, Served<K>, Served<K>>({
        models: Object.fromEntries(models),
        aliases,
        patterns,
        rest
      }) as unknown as KindRouter<K>
      return Effect.andThen(
        Effect.all(replacements),
        Effect.sync(() => {
          this.#groups = groups
          this.#called = called
          this.#models = models
          this.#router = router
          this.#others = others
        })
      )
    })
  }

  #setup(name: string, model: ModelSettings, state: State): Groups.GroupSetup<Capabilities[K]> {
    return {
      name,
      model,
      settings: state.settings,
      accountModel: (id, options) => this.#accountModel(id, state, options),
      find: (other) => Effect.orDie(this.model(other))
    }
  }

  #accountModel(id: string, { accounts }: State, options?: Provider.ModelOptions): AccountModel<Capabilities[K]> {
    const parsed = ModelId.parse(id)
    const model = parsed && accounts.get(parsed.provider)?.model(this.#kind, parsed.model, options)
    if (model === undefined)
      throw new Error(`no account makes ${this.#kind} models like ${id}: the settings were not checked`)
    return model
  }

  /** A model with cost accounting, shared calls and telemetry, and with all services that it needs. */
  #served(
    name: string,
    model: Model.Model<Capabilities[K], AllFailedError, Stores>,
    settings: ModelSettings,
    group: Effect.Effect<KindGroup<K>>,
    { context, moderation, recorded, scope, settings: all, shadowCalls }: State
  ): Served<K> {
    const { kind } = model
    const find = (other: string) => this.model(other)
    const mirrored =
      settings.shadow === undefined
        ? model
        : shadowed({ name, kind, settings: settings.shadow, find, calls: shadowCalls, scope })(model)
    const shared = sharing(all, settings).reduce<
      Model.Model<Capabilities[K], AllFailedError, Stores | Persistence.Persistence>
    >((model, policy) => policy(model), Model.withCost(mirrored, { unreported: "estimate" }))
    const content = contentOf(all, settings, moderation)
    const served = recorded(Model.provideContext(Telemetry.standard(content(shared)), context))
    this.#content.set(served, content)
    this.#behind.set(served, group)
    return served
  }

  /** The models of a pattern, each made when it is first called. */
  #pattern(
    pattern: string,
    settings: ModelSettings,
    state: State,
    called: CalledGroups<K>
  ): (text: string) => Served<K> {
    const known = new Map<string, Served<K>>()
    return (text) => {
      const before = known.get(text)
      if (before !== undefined) return before
      const served = this.#lazy(
        pattern.replace("*", () => text),
        filled(settings, text),
        state,
        called
      )
      const [oldest] = known.keys()
      if (known.size >= mostPatternModels && oldest !== undefined) known.delete(oldest)
      known.set(text, served)
      return served
    }
  }

  /** A model whose group is made with its first call. */
  #lazy(name: string, settings: ModelSettings, state: State, called: CalledGroups<K>): Served<K> {
    const setup = this.#setup(name, settings, state)
    const group = Effect.runSync(Effect.cached(called.group(setup)))
    const { contextWindow, kind } = setup.accountModel(settings.deployments[0].model)
    const model = Model.make<Capabilities[K], AllFailedError, Stores>({
      id: name,
      kind,
      contextWindow,
      generate: (request) => Effect.flatMap(group, (group) => group.generate(request)),
      stream: (request) => Model.streamFrom(group, request)
    })
    return this.#served(name, model, settings, group, state)
  }

  /** Names that are `provider/model`, at that provider. */
  #rest(state: State, called: CalledGroups<K>): (name: string) => Effect.Effect<Served<K>, UnknownModelError> {
    const known = new Map<string, Served<K>>()
    return (name) => {
      const before = known.get(name)
      if (before !== undefined) return Effect.succeed(before)
      const unknown = (detail?: string) =>
        Effect.fail(new UnknownModelError({ requested: name, suggestions: [], detail }))
      const id = ModelId.parse(name)
      if (id === undefined) return unknown()
      return Effect.matchEffect(state.accountOf(id.provider), {
        onFailure: unknown,
        onSuccess: (account) => {
          if (account.model(this.#kind, id.model) === undefined)
            return unknown(`${id.provider} does not offer ${this.#kind} models`)
          const accounts = new Map([...state.accounts, [id.provider, account]])
          const served = this.#lazy(name, { deployments: [{ model: name }] }, { ...state, accounts }, called)
          if (known.size >= mostPatternModels) known.clear()
          known.set(name, served)
          return Effect.succeed(served)
        }
      })
    }
  }
}
