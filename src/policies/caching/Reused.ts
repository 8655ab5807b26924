import * as BigDecimal from "effect/BigDecimal"
import * as Duration from "effect/Duration"
import { AllFailedError } from "../../domain/AllFailedError.ts"
import type { Cached } from "../../domain/Cached.ts"
import type { CallEvent } from "../../domain/CallEvent.ts"
import type { CallResponse } from "../../domain/CallResponse.ts"
import type { Attempt } from "../../domain/ChatResponse.ts"
import type { Cost, Priced } from "../../domain/Cost.ts"
import { attemptsOf, withAttempts } from "../../domain/ProviderError.ts"
import { withFields } from "../../domain/ResponseFields.ts"

/** What something costs that was not made for this caller: nothing, and why. */
const free = (flag: "Cached" | "Coalesced"): Priced => ({
  _tag: "Priced",
  total: BigDecimal.fromBigInt(0n),
  breakdown: [],
  flags: [{ _tag: flag }]
})

export const cachedCost = free("Cached")
export const coalescedCost = free("Coalesced")

/** The call that a response is reused for. */
interface Reuse {
  readonly model: string
  readonly cost: Cost
  readonly millis: number
}

const stampOf = ({ cost, millis, model }: Reuse) => {
  const total = Duration.millis(millis)
  return { cost, attempts: [{ model, duration: total, cost }], timings: { total } }
}

/** What is true of one call only, like the headroom that it left. */
const ofOneCall: ReadonlySet<string> = new Set<keyof CallResponse>([
  "attempts",
  "cached",
  "cost",
  "rateLimits",
  "timings"
])

/** The part of a response that a cache keeps. */
export const reusable = <A extends CallResponse>(response: A): A => {
  const kept = Object.entries(response).filter(([field]) => !ofOneCall.has(field))
  return Object.assign(Object.create(Object.getPrototypeOf(response)), Object.fromEntries(kept), { attempts: [] })
}

/** A response that a cache kept. */
export const fromCache = <A extends CallResponse>(response: A, cached: Cached, reuse: Reuse): A =>
  withFields(response, { ...stampOf(reuse), cached })

/** A response that was made for another caller too, who pays for it. */
export const shared = <A extends CallResponse>(response: A, reuse: Reuse): A => withFields(response, stampOf(reuse))

/** An event that was made for another caller too. */
export const sharedEvent = <Event extends CallEvent>(event: Event, reuse: Reuse): Event =>
  event.type === "finish"
    ? { ...event, ...stampOf(reuse) }
    : event.attempts === undefined
      ? event
      : { ...event, attempts: withoutCosts(event.attempts) }

/** An error that another caller gets too: a copy, since policies record on an error what its attempts cost. */
export const sharedError = <E>(error: E): E => {
  if (typeof error !== "object" || error === null) return error
  const copy: E & object = Object.create(Object.getPrototypeOf(error), Object.getOwnPropertyDescriptors(error))
  if (error instanceof AllFailedError) Object.assign(copy, { attempts: withoutCosts(error.attempts) })
  const attempts = attemptsOf(error)
  return attempts.length === 0 ? copy : withAttempts(copy, withoutCosts(attempts))
}

const withoutCosts = (attempts: ReadonlyArray<Attempt>): ReadonlyArray<Attempt> =>
  attempts.map((attempt) => (attempt.cost === undefined ? attempt : { ...attempt, cost: coalescedCost }))
