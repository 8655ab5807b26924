import * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { Capability } from "../../domain/Capability.ts"
import type { LocalRateLimitError } from "../../domain/PolicyErrors.ts"
import * as Estimate from "../../policies/Estimate.ts"
import type { Model } from "../../model/Model.ts"
import type { Deployment } from "../Deployment.ts"
import type { Cooling } from "../live/Health.ts"
import { type Accounting, tracked } from "../live/tracked.ts"
import { Tracker } from "../live/Tracker.ts"
import type { Facts } from "./Facts.ts"

/** A deployment of a group, with what is known of it. */
export interface Entry {
  readonly name: string
  readonly deployment: Deployment
  readonly facts: Facts
  readonly tracker: Tracker
}

/** An entry whose model can be called. */
export interface Member<in out C extends Capability, out E, out R> extends Entry {
  readonly model: Model<C, E, R>
}

/** The names of deployments, numbered where several are the same. */
const namesOf = (deployments: ReadonlyArray<Deployment>): ReadonlyArray<string> => {
  const taken = new Map<string, number>()
  return deployments.map(({ model, name = model.id }) => {
    const count = (taken.get(name) ?? 0) + 1
    taken.set(name, count)
    return count === 1 ? name : `${name}#${count}`
  })
}

/** Makes the members of a group. Those with the name and model of an earlier one keep its statistics. */
export const membersOf = <C extends Capability, E, R>(
  deployments: ReadonlyArray<Deployment<Model<C, E, R>>>,
  before: ReadonlyArray<Entry>,
  cooling: Cooling,
  factsOf: (deployment: Deployment) => Facts
): ReadonlyArray<Member<C, E | LocalRateLimitError, R>> => {
  const names = namesOf(deployments)
  return deployments.map((deployment, index) => {
    const { limits = {}, model } = deployment
    const name = names[index] ?? model.id
    const known = before.find((one) => one.name === name && one.deployment.model.id === model.id)
    const tracker = known?.tracker ?? new Tracker(cooling, limits)
    if (known !== undefined) {
      tracker.quota.limit(limits)
      tracker.health.cooling = cooling
    }
    const facts = factsOf(deployment)
    const { concurrency, requests, tokens } = limits
    const isLimited = [concurrency, requests, tokens].some(Predicate.isNotUndefined)
    const neededTokens = tokens === undefined ? () => 0 : expectedTokens
    const accounting: Accounting = {
      refusal: isLimited
        ? (request, now) => tracker.quota.refusal(name, neededTokens(request), tracker.busy, now)
        : undefined,
      isOwnPrice: deployment.price !== undefined,
      tokens: neededTokens,
      cost: facts.cost
    }
    return { name, deployment, facts, tracker, model: tracked(model, tracker, accounting) }
  })
}

/** They are needed twice: to permit a call, and to count it. */
const expected = new WeakMap<CallRequest, number>()

const expectedTokens = (request: CallRequest): number => {
  const known = expected.get(request)
  if (known !== undefined) return known
  const tokens = Estimate.inputTokens(request) + Estimate.outputTokens(request)
  expected.set(request, tokens)
  return tokens
}

/** How long a deployment that fails is not called. */
export interface CoolingOptions {
  /** After how many faults of the provider in a row (3). */
  readonly faults?: number | undefined
  /** The first pause after them (1 s), doubled for each probe that fails. */
  readonly first?: Duration.Input | undefined
  /** The longest pause (5 s). */
  readonly longest?: Duration.Input | undefined
  /** The longest wait to honour, by `Retry-After` or until a rate limit of the provider resets (1 h). */
  readonly retryAfterLimit?: Duration.Input | undefined
}

export const coolingOf = ({ faults, first, longest, retryAfterLimit }: CoolingOptions = {}): Cooling => ({
  faults: Math.max(1, faults ?? 3),
  first: Duration.toMillis(Duration.fromInputUnsafe(first ?? "1 second")),
  longest: Duration.toMillis(Duration.fromInputUnsafe(longest ?? "5 seconds")),
  retryAfterLimit: Duration.toMillis(Duration.fromInputUnsafe(retryAfterLimit ?? "1 hour"))
})
