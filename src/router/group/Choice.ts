import * as Duration from "effect/Duration"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { Capability } from "../../domain/Capability.ts"
import type { Pins } from "../live/Pins.ts"
import type { Override } from "../Override.ts"
import * as Encrypted from "./Encrypted.ts"
import { seedOf } from "./PinKey.ts"
import type { Candidate, Context, Strategy } from "../Strategy.ts"
import { CallToPlace, type Refusal, refusalOf } from "./Eligibility.ts"
import type { Entry, Member } from "./State.ts"

/** A deployment that is left out of a call. */
export interface LeftOut {
  readonly deployment: string
  readonly model: string
  readonly because: string
  /** The parameter that it does not accept. */
  readonly parameter?: string | undefined
  /** How long until it may be called. */
  readonly wait?: Duration.Duration | undefined
}

/** The deployments to call, in order, and those left out. */
export interface Choice<in out C extends Capability, out E, out R> {
  readonly members: ReadonlyArray<Member<C, E, R>>
  readonly leftOut: ReadonlyArray<LeftOut>
  /** How long to wait for the first one. */
  readonly waitMillis: number
  /** The key to pin, and for how long. */
  readonly pin: ReturnType<NonNullable<Strategy["pinBy"]>>
  readonly because: (member: Entry) => string
  readonly call: CallToPlace
}

/** A call to place, and the random number drawn for it. */
export interface Draw {
  readonly request: CallRequest
  readonly isStream: boolean
  readonly override: Override
  /** The key to pin, and for how long. */
  readonly pin: Choice<Capability, unknown, unknown>["pin"]
  /** The account that encrypted the reasoning of the request. */
  readonly origin: string | undefined
  readonly seed: number
  readonly turn: number
  /** Of the steady clock. */
  readonly now: number
  /** Of the time of day. */
  readonly atMillis: number
}

interface Chooser<C extends Capability, E, R> {
  readonly members: ReadonlyArray<Member<C, E, R>>
  readonly strategy: Strategy
  readonly pins: Pins
  /** How long a call may wait for a deployment. */
  readonly waitMillis: number
  readonly hasFallbacks: boolean
}

/** A candidate that computes its statistics and cost on demand: most strategies do not need all of them. */
class Candidacy<M extends Entry = Entry> implements Candidate {
  readonly member: M
  readonly name: string
  readonly model: string
  readonly deployment: Entry["deployment"]
  readonly capabilities: Candidate["capabilities"]
  readonly #call: CallToPlace
  #live: Candidate["live"] | undefined
  #costUsd: number | undefined
  #isPriced = false

  constructor(entry: M, call: CallToPlace) {
    this.member = entry
    this.name = entry.name
    this.model = entry.deployment.model.id
    this.deployment = entry.deployment
    this.capabilities = entry.facts.capabilities
    this.#call = call
  }

  get live(): Candidate["live"] {
    return (this.#live ??= this.member.tracker.live(this.#call.isStream, this.#call.now, this.#call.atMillis))
  }

  get costUsd(): number | undefined {
    if (!this.#isPriced) {
      const { atMillis, inputTokens, outputTokens, request } = this.#call
      this.#costUsd = this.member.facts.estimate(request, inputTokens, outputTokens, atMillis)
      this.#isPriced = true
    }
    return this.#costUsd
  }
}

/** Chooses the deployments to call, by what is known now. */
export const choose = <C extends Capability, E, R>(
  { hasFallbacks, members, pins, strategy, waitMillis }: Chooser<C, E, R>,
  draw: Draw
): Choice<C, E, R> => {
  const { atMillis, isStream, now, override, pin, request } = draw
  const { origin: account } = draw
  const origin =
    account !== undefined &&
    (members.some(({ deployment }) => Encrypted.isOf(account, deployment.model.id)) || !Encrypted.isForeign(request))
      ? account
      : undefined
  const call = new CallToPlace(request, isStream, override, now, atMillis, origin)
  const free: Array<Member<C, E, R>> = []
  const refused: Array<readonly [member: Member<C, E, R>, refusal: Refusal]> = []
  for (const member of members) {
    const refusal = refusalOf(member, call)
    if (refusal === undefined) free.push(member)
    else refused.push([member, refusal])
  }

  const context: Context = {
    request,
    // Processes that share no pins draw the same for a key.
    seed: pin === undefined ? draw.seed : seedOf(pin.key),
    turn: draw.turn,
    now: atMillis,
    needs: call.needs,
    session: override.session,
    pinned: pin && pins.find(pin.key, now)
  }
  const ordered = order(strategy, free, call, context)
  const because = (entry: Entry): string => {
    if (override.order?.includes(entry.name) === true) return "the call asks for this order"
    return strategy.because?.(new Candidacy(entry, call), context) ?? "the order of its strategy"
  }
  const toLeftOut = (some: typeof refused): ReadonlyArray<LeftOut> =>
    some.length === 0
      ? noneLeftOut
      : some.map(([{ deployment, name }, { because, parameter, waitMillis }]) => {
          const wait =
            waitMillis === undefined || !Number.isFinite(waitMillis) ? undefined : Duration.millis(waitMillis)
          const { id: model } = deployment.model
          return { deployment: name, model, because, ...(wait && { wait }), ...(parameter && { parameter }) }
        })

  if (ordered.length > 0 || hasFallbacks)
    return { members: ordered, leftOut: toLeftOut(refused), waitMillis: 0, pin, because, call }
  const late = soonest(refused, waitMillis)
  if (late === undefined) return { members: [], leftOut: toLeftOut(refused), waitMillis: 0, pin, because, call }
  const [member, refusal] = late
  const others = refused.filter((one) => one !== late)
  return {
    members: [member],
    leftOut: toLeftOut(others),
    waitMillis: refusal.isLastResort === true ? 0 : (refusal.waitMillis ?? 0),
    pin,
    because: () => `the last resort (${refusal.because})`,
    call
  }
}

const noneLeftOut: ReadonlyArray<LeftOut> = []

/** The last resort, or else the one that may be called first. */
const soonest = <M>(
  refused: ReadonlyArray<readonly [M, Refusal]>,
  longestMillis: number
): readonly [M, Refusal] | undefined => {
  const waitOf = ([, { isLastResort, waitMillis = Infinity }]: readonly [M, Refusal]) =>
    isLastResort === true ? waitMillis - 1e15 : waitMillis
  const [first] = refused.toSorted((a, b) => (waitOf(a) === waitOf(b) ? 0 : waitOf(a) - waitOf(b)))
  return first !== undefined && waitOf(first) <= longestMillis ? first : undefined
}

/** Orders by the call's own order, then by the strategy; deployments that it drops come last. */
const order = <C extends Capability, E, R>(
  strategy: Strategy,
  free: ReadonlyArray<Member<C, E, R>>,
  call: CallToPlace,
  context: Context
): ReadonlyArray<Member<C, E, R>> => {
  if (free.length < 2) return free
  const candidates = free.map((member) => new Candidacy(member, call))
  const ordered: Array<Member<C, E, R>> = []
  const place = (name: string): void => {
    const member = candidates.find((one) => one.name === name)?.member
    if (member !== undefined && !ordered.includes(member)) ordered.push(member)
  }
  call.override.order?.forEach(place)
  for (const { name } of strategy(candidates, context)) place(name)
  if (ordered.length < free.length) for (const { name } of free) place(name)
  return ordered
}
