import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import type * as CircuitBreakers from "effect/persistence/CircuitBreaker"
import * as Price from "effect-llm/catalog/Price"
import type { Rate } from "effect-llm/catalog/Rate"
import type { Capability } from "effect-llm/domain/Capability"
import type { BudgetExceededError, ValidationError } from "effect-llm/domain/ChatResponse"
import type { CircuitOpenError, LocalRateLimitError, PolicyStoreError } from "effect-llm/domain/PolicyErrors"
import * as Pricing from "effect-llm/catalog/Pricing"
import * as CircuitBreaker from "effect-llm/policies/CircuitBreaker"
import * as Model from "effect-llm/policies/Model"
import type { Budgets } from "effect-llm/policies/Budgets"
import * as RateLimit from "effect-llm/policies/RateLimit"
import { retrying } from "../policies/RetryByError.ts"
import * as Validate from "effect-llm/policies/Validate"
import type { Deployment as RouterDeployment } from "effect-llm/router/Deployment"
import type { Deployment } from "../schema/Model.ts"
import type { DeploymentPolicies } from "../schema/Policies.ts"
import type { Price as PriceSetting } from "../schema/Price.ts"
import type { Settings } from "../schema/Settings.ts"
import type { RequestDefaults } from "../schema/RequestDefaults.ts"
import { budgetPolicies } from "../policies/BudgetPolicies.ts"
import * as Validation from "../policies/Validation.ts"
import { callerBudgets } from "../policies/CallerBudgets.ts"
import type { AccountError, AccountModel } from "./ModelKind.ts"
import { given } from "../Given.ts"

/** The stores that the policies of deployments share within a process. */
export type Stores = CircuitBreakers.CircuitBreakerStore | RateLimit.RateLimitStore | Budgets | Pricing.Pricing

/** A deployment's model with its policies. */
export type Guarded<C extends Capability> = Model.Model<
  C,
  AccountError | ValidationError | CircuitOpenError | LocalRateLimitError | BudgetExceededError | PolicyStoreError,
  Stores
>

type All = { readonly [P in keyof DeploymentPolicies]-?: Exclude<DeploymentPolicies[P], false | undefined> }

/** What each policy of a deployment is. One that is in settings and not here does not compile. */
const policies: {
  readonly [P in keyof All]: (
    settings: All[P],
    all: Settings
  ) => <C extends Capability>(model: Guarded<C>) => Guarded<C>
} = {
  timeout: (limits) => (model) => Model.timeout(model, limits),
  circuitBreaker: ({ failures = 5, open = Duration.seconds(5) }, { stores }) => {
    const breaker = CircuitBreaker.make({
      trip: { consecutive: failures },
      open,
      whenStoreFails: stores?.whenDown ?? "allow"
    })
    return (model) => breaker(model)
  },
  limits: (limits, { stores }) => {
    const limit =
      stores?.whenDown === "fail" ? RateLimit.make({ ...limits, whenStoreFails: "fail" }) : RateLimit.make(limits)
    return (model) => limit(model)
  },
  budgets: (names, { budgets = {}, stores }) => {
    const enforced = budgetPolicies(
      names.flatMap((name) => (budgets[name] === undefined ? [] : [[name, budgets[name]]])),
      stores?.whenDown
    )
    return <C extends Capability>(model: Guarded<C>) =>
      enforced.reduce<Guarded<C>>((model, policy) => policy(model), model)
  },
  validate: (settings) => {
    const { stream, times } = settings
    const checks = Validation.checksOf(settings)
    return <C extends Capability>(model: Guarded<C>) =>
      Validate.make<C>(checks as ReadonlyArray<Validate.Check<C["Response"]>>, { stream, times })(model)
  },
  retry: (settings) => retrying(settings)
}

/** From the inside out: each attempt settles what it cost, has its time, waits for its turn and counts for the circuit, a retry makes several, and an invalid response makes more. */
const order = ["budgets", "timeout", "limits", "circuitBreaker", "retry", "validate"] as const satisfies ReadonlyArray<
  keyof DeploymentPolicies
>

/** Puts policies on a model, the budgets of callers first; `false` puts none. */
export const guard = <C extends Capability>(
  model: Guarded<C>,
  settings: DeploymentPolicies,
  all: Settings
): Guarded<C> =>
  order.reduce<Guarded<C>>(
    (guarded, name) => applied(guarded, name, settings[name], all),
    callerBudgets(all.stores?.whenDown)(model)
  )

const applied = <C extends Capability, P extends keyof All>(
  model: Guarded<C>,
  name: P,
  settings: All[P] | false | undefined,
  all: Settings
): Guarded<C> => (settings === undefined || settings === false ? model : policies[name](settings, all)(model))

/** The settings of policies, those of a deployment over those of its model over those of all. */
export const merged = <P extends object>(...all: ReadonlyArray<P | undefined>): P => Object.assign({}, ...all) as P

const ratesOf = (price: Exclude<PriceSetting, "free">): ReadonlyArray<readonly [string, Rate]> =>
  Object.entries(price).flatMap(([meter, rate]) => (rate === undefined ? [] : [[meter, rate] as const]))

/** The price of a deployment or a model. */
const priceOf = (price: PriceSetting): Price.Price =>
  price === "free" ? Price.free : Price.make(Object.fromEntries(ratesOf(price)))

/** The prices of models, by `provider/model`, or a pattern of such: that of a deployment is over the one of all. */
export const pricesIn = ({ models, prices = {} }: Settings): { readonly [model: string]: Price.Price } => {
  const own = Object.values(models).flatMap(({ deployments }) =>
    deployments.flatMap(({ model, price }) => (price === undefined ? [] : [[model, price] as const]))
  )
  return Object.fromEntries([...Object.entries(prices), ...own].map(([model, price]) => [model, priceOf(price)]))
}

/** A deployment of the router. One that has a price of its own is charged to budgets by it, whatever the same model costs elsewhere. */
export const deploymentOf = <C extends Capability>(
  { capabilities, contextWindow, limits, maxOutputTokens, name, order, price, region, tags, weight }: Deployment,
  model: Guarded<C>,
  priceOfModel: PriceSetting | undefined
): RouterDeployment<Guarded<C>> => ({
  model:
    price === undefined
      ? model
      : Model.provideContext(model, Context.make(Pricing.Pricing, Pricing.uniform(priceOf(price)))),
  name,
  weight,
  order,
  tags,
  region,
  limits,
  capabilities,
  contextWindow,
  maxOutputTokens,
  price: price === undefined ? priceOfModel && priceOf(priceOfModel) : priceOf(price)
})

/** Fills in what requests leave out: all of it for chats, and what every request may have for other models. */
export const withDefaults = <C extends Capability>(
  model: AccountModel<C>,
  { headers, onUnsupported, providerOptions, serviceTier, user, ...ofChat }: RequestDefaults
): AccountModel<C> => {
  const ofAll = { headers, onUnsupported, providerOptions, serviceTier, user }
  const defaults = model.kind.id === "chat" ? { ...ofAll, ...ofChat } : ofAll
  const known = given(defaults)
  return Object.keys(known).length === 0 ? model : Model.withDefaults(model, known as Model.Defaults<C["Request"]>)
}
