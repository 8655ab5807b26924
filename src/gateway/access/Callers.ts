import * as BigDecimal from "effect/BigDecimal"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { formatDecimal } from "effect-llm/catalog/Money"
import type { Capability } from "effect-llm/domain/Capability"
import type { BudgetExceededError } from "effect-llm/domain/ChatResponse"
import type { LocalRateLimitError, PolicyStoreError } from "effect-llm/domain/PolicyErrors"
import { Budgets } from "effect-llm/policies/Budgets"
import { CurrentAnnotations } from "effect-llm/policies/Journal"
import * as Model from "effect-llm/policies/Model"
import type { Policy } from "effect-llm/policies/Policy"
import * as RateLimit from "effect-llm/policies/RateLimit"
import { CallerBudgets, type Charging } from "../../settings/policies/CallerBudgets.ts"
import { budgetsOf, calledFor } from "../../settings/policies/EachBudget.ts"
import type { Settings } from "../../settings/Settings.ts"
import type { Connected } from "../../settings/stores/StoreBook.ts"
import { type Caller, noJournal, type Remaining } from "./Caller.ts"
import type { Charged, Grants } from "./Grants.ts"
import * as LimitObserver from "./LimitObserver.ts"
import { remembered } from "./Remembered.ts"
import { matcher, withoutVersion } from "./Patterns.ts"

/** A caller, with what only its authentication needs. */
export interface Known {
  readonly caller: Caller
  readonly permitsRoute: (path: string) => boolean
}

type Identity = Pick<
  Caller,
  "id" | "name" | "user" | "team" | "isAdmin" | "via" | "keepsTexts" | "storesResponses" | "ownProviderKeys"
>

/** Makes a caller of what its key, its user and its team may do: all of that holds. Made once, and not for each request. */
export const make = (
  identity: Identity,
  grants: ReadonlyArray<Grants>,
  settings: Settings,
  { stores }: Connected
): Known => {
  const allowed = grants.flatMap(({ models }) => (models === undefined ? [] : [matcher(models)]))
  const denied = matcher(grants.flatMap(({ deny }) => deny))
  const routes = grants.flatMap(({ routes }) => (routes === undefined ? [] : [matcher(routes.map(withoutVersion))]))
  const nameable = matcher([...(settings.sharedObjects ?? []), ...grants.flatMap(({ objects }) => objects)])
  const charged = grants.flatMap(({ budgets }) => budgets)
  const tags = [...new Set(grants.flatMap(({ tags }) => tags))]
  const policies = [...chargingOf(charged), ...limitingOf(grants, settings, stores)]
  const { team, user } = identity
  return {
    permitsRoute: (path) => routes.every((fits) => fits(withoutVersion(path))),
    caller: {
      ...identity,
      tags,
      calls: [],
      permits: (name) => {
        // An alias is denied with its model, and allowed with it too.
        const names = [name, settings.aliases?.[name] ?? name]
        return allowed.every((fits) => names.some(fits)) && !names.some(denied)
      },
      mayName: nameable,
      policy: remembered(all(policies)),
      journal: noJournal,
      callIds: undefined,
      remaining: remainingOf(charged, Context.get(stores, Budgets)),
      annotations: {
        key: identity.id,
        team,
        user,
        tags: tags.length === 0 ? undefined : Object.fromEntries(tags.map((tag) => [tag, ""]))
      }
    }
  }
}

type Refusing = LocalRateLimitError | BudgetExceededError | PolicyStoreError

type Enforced = Policy<Refusing>

const all =
  (policies: ReadonlyArray<Enforced>): Enforced =>
  <C extends Capability, E, R>(model: Model.Model<C, E, R>) =>
    policies.reduce<Model.Model<C, E | Refusing, R>>((model, policy) => policy(model), model)

const chargingOf = (charged: ReadonlyArray<Charged>): ReadonlyArray<Enforced> => {
  if (charged.length === 0) return []
  const [refuse, allow] = (["refuse", "allow"] as const).map((unpriced) =>
    charged.filter((one) => one.unpriced === unpriced)
  )
  const chargingFor = (called: ReturnType<typeof calledFor>): Charging => ({
    refuse: budgetsOf(refuse ?? [], called),
    allow: budgetsOf(allow ?? [], called)
  })
  const within = (charging: Charging) => Model.provideContext(Context.make(CallerBudgets, charging)) as Enforced
  return [charged.every(({ each }) => each === undefined) ? within(chargingFor({})) : each(chargingFor, within)]
}

/** Charges each call to the budgets of its session, its run and so on. */
const each =
  (
    chargingFor: (called: ReturnType<typeof calledFor>) => Charging,
    within: (charging: Charging) => Enforced
  ): Enforced =>
  <C extends Capability, E, R>(self: Model.Model<C, E, R>) => {
    const chargedFor = (request: C["Request"]) =>
      Effect.map(CurrentAnnotations, (annotations) =>
        within(chargingFor(calledFor(annotations, request)))<C, E, R>(self)
      )
    return Model.wrap<C, E | Refusing, R>(self, {
      generate: (request) => Effect.flatMap(chargedFor(request), (model) => model.generate(request)),
      stream: Model.streamOf(self) && ((request) => Model.streamFrom(chargedFor(request), request))
    })
  }

/** All limits are one policy: a call that one of them refuses takes nothing of the others. */
const limitingOf = (
  grants: ReadonlyArray<Grants>,
  settings: Settings,
  stores: Connected["stores"]
): ReadonlyArray<Enforced> => {
  const limits = grants.flatMap(({ limits }) => limits)
  if (limits.length === 0) return []
  // A provider's rate-limit headers say nothing about the caller's limits.
  const options = { limits, learn: false, onPass: LimitObserver.observe }
  const limit =
    settings.stores?.whenDown === "fail"
      ? RateLimit.make({ ...options, whenStoreFails: "fail" })
      : RateLimit.make(options)
  const store = Context.make(RateLimit.RateLimitStore, Context.get(stores, RateLimit.RateLimitStore))
  return [
    // The store is provided; what else the model needs it still needs.
    <C extends Capability, E, R>(self: Model.Model<C, E, R>) =>
      Model.provideContext(limit(self), store) as Model.Model<C, E | LocalRateLimitError, R>
  ]
}

const remainingOf = (charged: ReadonlyArray<Charged>, budgets: Budgets["Service"]): Caller["remaining"] => {
  const all = charged.map((one) => ({ ...one, limitOf: formatted() }))
  return (nowMillis) => {
    const remaining: Array<Remaining> = []
    for (const { budget, id, limitOf, name, of } of all) {
      const balance = budgets.known(budget, nowMillis)
      if (balance === undefined) continue
      const left = BigDecimal.subtract(balance.limit, balance.used)
      remaining.push({
        of,
        id,
        unit: budget.unit,
        window: name,
        limit: limitOf(balance.limit),
        remaining: BigDecimal.isNegative(left) ? "0" : formatDecimal(left),
        resetsAtMillis: balance.resetsAt && DateTime.toEpochMillis(balance.resetsAt)
      })
    }
    return remaining
  }
}

/** Formats a decimal that seldom changes. */
const formatted = (): ((decimal: BigDecimal.BigDecimal) => string) => {
  let last: BigDecimal.BigDecimal | undefined
  let text = ""
  return (decimal) => {
    if (decimal !== last) text = formatDecimal((last = decimal))
    return text
  }
}
