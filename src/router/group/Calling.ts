import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import { AllFailedError } from "../../domain/AllFailedError.ts"
import type { Capability } from "../../domain/Capability.ts"
import {
  type FailedModel,
  isFallbackable,
  isRetryable,
  refusersOf,
  retryAfter,
  tagOf
} from "../../domain/ProviderError.ts"
import { steadyMillis } from "../../domain/SteadyClock.ts"
import type { Model } from "../../model/Model.ts"
import type { Failure, Next, Plan } from "../../policies/Attempts.ts"
import { CallBound, CurrentBound, isAtDeadline } from "../../policies/CallBound.ts"
import { CurrentDecisionObserver } from "../../policies/Decision.ts"
import { causes, exceededBy, hasRefused, isContentPolicy, isTooLong } from "../../policies/Failures.ts"
import { CurrentOverride, type Override, withinGroup } from "../Override.ts"
import { type Affinity, CurrentOrigins, CurrentPins } from "../Affinity.ts"
import type { Pins } from "../live/Pins.ts"
import type { Strategy } from "../Strategy.ts"
import { type Choice, choose, type LeftOut } from "./Choice.ts"
import { coolingRefusal, limitRefusal } from "./Eligibility.ts"
import { Decided } from "./Decided.ts"
import * as Encrypted from "./Encrypted.ts"
import type { Member } from "./State.ts"

/** The current state of a group; it is replaced as a whole, and calls in progress keep theirs. */
export interface Setup<in out C extends Capability, out E, out R> {
  readonly group: string
  readonly members: ReadonlyArray<Member<C, E, R>>
  readonly strategy: Strategy
  readonly fallbacks: {
    readonly default: ReadonlyArray<Member<C, E, R>>
    readonly contextWindow: ReadonlyArray<Member<C, E, R>>
    readonly contentPolicy: ReadonlyArray<Member<C, E, R>>
  }
  readonly attempts: number
  readonly deadline: Duration.Duration | undefined
  readonly waitMillis: number
  readonly onInterrupted: "fail" | "restart"
  readonly pins: Pins
  readonly nextTurn: () => number
}

/** Decides for a fiber which deployments are called for a request, without side effects. */
export const decide = <C extends Capability, E, R>(
  setup: Setup<C, E, R>,
  request: C["Request"],
  isStream: boolean,
  turn: number,
  override: Override,
  fiber: Fiber.Fiber<unknown, unknown>
): Effect.Effect<Choice<C, E, R>> => {
  const { fallbacks, members, pins, strategy } = setup
  const bound = fiber.getRef(CurrentBound)
  const clock = fiber.getRef(Clock.Clock)
  const hasFallbacks = override.fallbacks !== false && fallbacks.default.length > 0
  const pin = members.length > 1 ? strategy.pinBy?.(request, override.session) : undefined
  const shared = pin && fiber.getRef(CurrentPins)
  const lookUp = pin && shared && pins.refresh(pin.key, steadyMillis(clock), shared)
  const origin = Encrypted.originOf(fiber.getRef(CurrentOrigins), request)
  const chooseFor = (origin?: string) => {
    const now = steadyMillis(clock)
    const untilDeadline = (bound?.deadlineMillis ?? Infinity) - now
    const waitMillis = Math.min(setup.waitMillis, limitOf(setup, override), untilDeadline)
    const seed = fiber.getRef(Random.Random).nextDoubleUnsafe()
    return choose(
      { members, strategy, pins, waitMillis, hasFallbacks },
      { request, isStream, override, pin, origin, seed, turn, now, atMillis: clock.currentTimeMillisUnsafe() }
    )
  }
  const found = origin ?? Effect.undefined
  return Effect.mapEager(lookUp === undefined ? found : Effect.andThen(lookUp, found), chooseFor)
}

const limitOf = (setup: Pick<Setup<Capability, unknown, unknown>, "deadline">, override: Override): number => {
  const deadline = override.deadline ?? setup.deadline
  return deadline === undefined ? Infinity : Duration.toMillis(Duration.fromInputUnsafe(deadline))
}

/** The plan of one request's attempts: by the choice, and by the errors that follow. */
export const planOf = <C extends Capability, E, R>(
  setup: Setup<C, E, R>,
  request: C["Request"],
  isStream: boolean
): Plan<Model<C, E, R>, E, never, never, AllFailedError> => {
  let leftOutOf: () => ReadonlyArray<LeftOut> = () => []
  let override: Override = {}
  const { attempts, deadline, group, onInterrupted } = setup
  return {
    start: (fiber) => {
      override = fiber.getRef(CurrentOverride)
      // Two groups that fall back on each other would call each other for ever.
      if (fiber.getRef(CurrentBound)?.isWithin(setup.pins) === true) {
        const because = "this group is being called already"
        const leftOut = setup.members.map(({ deployment, name }) => ({
          deployment: name,
          model: deployment.model.id,
          because
        }))
        leftOutOf = () => leftOut
        return Effect.succeed(() => Effect.succeed(undefined))
      }
      const clock = fiber.getRef(Clock.Clock)
      const shared = fiber.getRef(CurrentPins)
      const observe = fiber.getRef(CurrentDecisionObserver)
      return Effect.mapEager(decide(setup, request, isStream, setup.nextTurn(), override, fiber), (choice) => {
        const calling = new Calling(setup, choice, override, shared)
        leftOutOf = () => calling.leftOut
        return (failure: Failure<Model<C, E, R>, E> | undefined) => {
          const now = steadyMillis(clock)
          const next = failure === undefined ? calling.first(now) : calling.after(failure, now)
          if (next !== undefined) observe?.(new Decided(group, next.deployment, next.model.id, next.because))
          return Effect.succeed(next)
        }
      })
    },
    bound: (outer, nowMillis) =>
      CallBound.make(
        outer,
        nowMillis,
        { attempts: override.attempts ?? attempts, deadline: override.deadline ?? deadline },
        setup.pins
      ),
    giveUp: (_, all) => {
      const called = new Set(all.map(({ deployment }) => deployment))
      const others = leftOutOf().filter(({ deployment }) => !called.has(deployment))
      return new AllFailedError({
        models: setup.members.map(({ model }) => model.id),
        attempts: all,
        ...(others.length === 0 ? {} : { leftOut: others })
      })
    },
    onInterrupted
  }
}

const isNarrowing = (override: Override): boolean => {
  for (const field in override)
    if (field !== "session" && field !== "fallbacks" && override[field as keyof Override] !== undefined) return true
  return false
}

interface Routed<in out C extends Capability, out E, out R> extends Next<Model<C, E, R>> {
  readonly deployment: string
  readonly because: () => string
}

/** Chooses the next deployment within one call. */
class Calling<C extends Capability, E, R> {
  #setup: Setup<C, E, R>
  readonly #choice: Choice<C, E, R>
  readonly #override: Override
  readonly #failures: Array<FailedModel> = []
  /** Deployments that said when to call them again, and that time. */
  readonly #waiting = new Map<Member<C, E, R>, number>()
  readonly #waited = new Set<Member<C, E, R>>()
  #queue: Array<Member<C, E, R>>
  #current: Member<C, E, R> | undefined
  #calledAtMillis = 0
  #startedAtMillis = 0
  #exceeded = 0
  readonly #shared: Affinity | undefined
  /** Models without the part of the override that this group applies, for groups within. */
  readonly #models = new Map<Member<C, E, R>, Model<C, E, R>>()

  /** Those that were left out so far. */
  leftOut: ReadonlyArray<LeftOut>

  constructor(setup: Setup<C, E, R>, choice: Choice<C, E, R>, override: Override, shared: Affinity | undefined) {
    this.leftOut = choice.leftOut
    this.#setup = setup
    this.#shared = shared
    this.#choice = choice
    this.#override = override
    const { members } = choice
    this.#queue = override.fallbacks === false ? members.slice(0, 1) : [...members, ...setup.fallbacks.default]
  }

  first(now: number): Routed<C, E, R> | undefined {
    this.#startedAtMillis = now
    const member = this.#queue.shift()
    if (member === undefined) return undefined
    const { because, members, waitMillis } = this.#choice
    const isFallback = !members.includes(member)
    return this.#call(member, now, waitMillis, () => (isFallback ? "no deployment is free" : because(member)))
  }

  after({ error, model }: Failure<Model<C, E, R>, E>, now: number): Routed<C, E, R> | undefined {
    const failed = this.#current
    if (failed === undefined) return undefined
    // To the deployment it looked like a caller that hung up.
    if (isAtDeadline(error) && 2 * (now - this.#calledAtMillis) >= Duration.toMillis(error.duration)) {
      failed.tracker.failed(error, now)
    }
    this.#failures.push({ model: model.id, error })
    const tag = tagOf(error)
    const refusers = refusersOf(this.#failures)
    if (this.#override.fallbacks !== false && isContentPolicy(error)) {
      const { contentPolicy } = this.#setup.fallbacks
      if (contentPolicy.length === 0) return undefined
      this.#queue = contentPolicy.filter((member) => member !== failed && !this.#queue.includes(member))
      this.#setup = { ...this.#setup, fallbacks: { ...this.#setup.fallbacks, contentPolicy: [] } }
    } else if (!isFallbackable(error) || refusers.size > 1) return undefined
    if (causes(error).some(isTooLong)) this.#exceed({ error, model })
    const delay = isRetryable(error) ? retryAfter(error) : undefined
    if (tag === "LocalRateLimitError") this.#waitForLimit(failed, now, delay && Duration.toMillis(delay))
    else if (delay !== undefined) this.#waiting.set(failed, now + Duration.toMillis(delay))

    const next = this.#draw(now, refusers)
    const late = this.#soonest(now)
    const isWaitFaster =
      late !== undefined &&
      (next === undefined ||
        (!this.#waited.has(late.member) &&
          late.wait + (this.#latency(late.member, now) ?? 0) < (this.#latency(next, now) ?? 0)))
    if (!isWaitFaster) return next && this.#call(next, now, 0, () => `after ${tag} of ${failed.name}`)
    if (next !== undefined) this.#queue.unshift(next)
    this.#waiting.delete(late.member)
    this.#waited.add(late.member)
    return this.#call(late.member, now, late.wait, () => `waiting for ${late.member.name} is faster than another`)
  }

  /** Keeps only deployments with a larger known window, then the fallbacks for a context overflow. */
  #exceed(failure: Failure<Model<C, E, R>, E>): void {
    const windows = new Map(this.#everyone.map(({ facts, model }) => [model.id, facts.contextWindow]))
    this.#exceeded = Math.max(
      this.#exceeded,
      exceededBy(failure, ({ id }) => windows.get(id))
    )
    this.#waiting.clear()
    const { contextWindow } = this.#setup.fallbacks
    if (this.#override.fallbacks === false) return
    const larger = this.#queue.filter(({ facts }) => (facts.contextWindow ?? 0) > this.#exceeded)
    const called = new Set(this.#failures.map(({ model }) => model))
    this.#queue = [...new Set([...larger, ...contextWindow.filter(({ model }) => !called.has(model.id))])]
  }

  get #everyone(): ReadonlyArray<Member<C, E, R>> {
    const { fallbacks, members } = this.#setup
    return [...members, ...fallbacks.default, ...fallbacks.contextWindow, ...fallbacks.contentPolicy]
  }

  /** The next that may be called now: other calls may have found out meanwhile that one is down, or used up its limits. */
  #draw(now: number, refusers: ReturnType<typeof refusersOf>): Member<C, E, R> | undefined {
    for (let member = this.#queue.shift(); member !== undefined; member = this.#queue.shift()) {
      if (hasRefused(member.model, refusers)) continue
      const limited = limitRefusal(member, this.#choice.call, now)
      const refusal = limited ?? coolingRefusal(member, now)
      if (refusal === undefined) return member
      const { because } = refusal
      this.leftOut = [...this.leftOut, { deployment: member.name, model: member.model.id, because }]
      if (limited !== undefined) this.#waitForLimit(member, now, limited.waitMillis)
    }
    return undefined
  }

  /** Others may take whatever a limit has free again, so that a call waits for limits only so long in all. */
  #waitForLimit(member: Member<C, E, R>, now: number, millis = Infinity): void {
    if (now + millis - this.#startedAtMillis <= this.#setup.waitMillis) this.#waiting.set(member, now + millis)
  }

  #soonest(now: number): { readonly member: Member<C, E, R>; readonly wait: number } | undefined {
    let soonest: { readonly member: Member<C, E, R>; readonly wait: number } | undefined
    for (const [member, at] of this.#waiting) {
      const wait = Math.max(0, at - now)
      if (wait <= this.#setup.waitMillis && (soonest === undefined || wait < soonest.wait)) soonest = { member, wait }
    }
    return soonest
  }

  #modelOf(member: Member<C, E, R>): Model<C, E, R> {
    if (!isNarrowing(this.#override)) return member.model
    const known = this.#models.get(member)
    if (known !== undefined) return known
    const model = withinGroup(this.#override)(member.model)
    this.#models.set(member, model)
    return model
  }

  #latency(member: Member<C, E, R>, now: number): number | undefined {
    return member.tracker.latency(this.#choice.call.isStream, now)
  }

  #call(member: Member<C, E, R>, now: number, waitMillis: number, because: () => string): Routed<C, E, R> {
    const isRetry = this.#current === member
    this.#current = member
    this.#calledAtMillis = now + waitMillis
    const { pin } = this.#choice
    if (pin !== undefined) this.#setup.pins.pin(pin.key, member.name, now + waitMillis, pin.ttlMillis, this.#shared)
    const other = this.#queue[0]
    const gain = (other && this.#latency(other, now)) ?? 0
    return {
      model: this.#modelOf(member),
      isRetry,
      deployment: member.name,
      because,
      wait: waitMillis === 0 ? undefined : Duration.millis(waitMillis),
      longestWaitMillis: other && Math.max(0, gain - (this.#latency(member, now) ?? 0))
    }
  }
}
