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
  /** What of the request it does not accept. */
  readonly parameter?: string | undefined
  /** How long until it may be called. */
  readonly wait?: Duration.Duration | undefined
}

/** Who is called, in order, and who is not. */
export interface Choice<in out C extends Capability, out E, out R> {
  readonly members: ReadonlyArray<Member<C, E, R>>
  readonly leftOut: ReadonlyArray<LeftOut>
  /** How long to wait before the first, which is not free yet. */
  readonly waitMillis: number
  /** What is sticky, and for how long. */
  readonly pin: ReturnType<NonNullable<Strategy["pinBy"]>>
  readonly because: (member: Entry) => string
  readonly call: CallToPlace
}

/** What a call is about, and what was drawn for it. */
export interface Drawn {
  readonly request: CallRequest
  readonly isStream: boolean
  readonly override: Override
  /** What is sticky, and for how long. */
  readonly pin: Choice<Capability, unknown, unknown>["pin"]
  /** The account that encrypted the reasoning of the request. */
  readonly origin: string | undefined
  readonly seed: number
  readonly turn: number
  readonly now: number
}

interface Chooser<C extends Capability, E, R> {
  readonly members: ReadonlyArray<Member<C, E, R>>
  readonly strategy: Strategy
  readonly pins: Pins
  /** How long a call may wait for a deployment. */
  readonly waitMillis: number
  readonly hasFallbacks: boolean
}

/** A candidate that finds out its figures and its cost when it is asked for them: most strategies do not ask for all. */
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
    return (this.#live ??= this.member.tracker.live(this.#call.isStream, this.#call.now))
  }

  get costUsd(): number | undefined {
    if (!this.#isPriced) {
      const { inputTokens, now, outputTokens, request } = this.#call
      this.#costUsd = this.member.facts.estimate(request, inputTokens, outputTokens, now)
      this.#isPriced = true
    }
    return this.#costUsd
  }
}

/** Decides who is called, by what is known now. */
export const choose = <C extends Capability, E, R>(
  { hasFallbacks, members, pins, strategy, waitMillis }: Chooser<C, E, R>,
  drawn: Drawn
): Choice<C, E, R> => {
  const { isStream, now, override, pin, request } = drawn
  const { origin: account } = drawn
  const origin =
    account !== undefined &&
    (members.some(({ deployment }) => Encrypted.isOf(account, deployment.model.id)) || !Encrypted.isForeign(request))
      ? account
      : undefined
  const call = new CallToPlace(request, isStream, override, now, origin)
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
    seed: pin === undefined ? drawn.seed : seedOf(pin.key),
    turn: drawn.turn,
    now,
    needs: call.needs,
    session: override.session,
    pinned: pin && pins.find(pin.key, now)
  }
  const ordered = order(strategy, free, call, context)
  const because = (entry: Entry): string => {
    if (override.order?.includes(entry.name) === true) return "the call asks for this order"
    return strategy.because?.(new Candidacy(entry, call), context) ?? "the order of its strategy"
  }
  const outOf = (some: typeof refused): ReadonlyArray<LeftOut> =>
    some.length === 0
      ? nobody
      : some.map(([{ deployment, name }, { because, parameter, waitMillis }]) => {
          const wait =
            waitMillis === undefined || !Number.isFinite(waitMillis) ? undefined : Duration.millis(waitMillis)
          const { id: model } = deployment.model
          return { deployment: name, model, because, ...(wait && { wait }), ...(parameter && { parameter }) }
        })

  if (ordered.length > 0 || hasFallbacks)
    return { members: ordered, leftOut: outOf(refused), waitMillis: 0, pin, because, call }
  const late = soonest(refused, waitMillis)
  if (late === undefined) return { members: [], leftOut: outOf(refused), waitMillis: 0, pin, because, call }
  const [member, refusal] = late
  const others = refused.filter((one) => one !== late)
  return {
    members: [member],
    leftOut: outOf(others),
    waitMillis: refusal.isLastResort === true ? 0 : (refusal.waitMillis ?? 0),
    pin,
    because: () => `the last resort (${refusal.because})`,
    call
  }
}

const nobody: ReadonlyArray<LeftOut> = []

/** The one that could be called all the same, or else the one that is free first. */
const soonest = <M>(
  refused: ReadonlyArray<readonly [M, Refusal]>,
  longestMillis: number
): readonly [M, Refusal] | undefined => {
  const waitOf = ([, { isLastResort, waitMillis = Infinity }]: readonly [M, Refusal]) =>
    isLastResort === true ? waitMillis - 1e15 : waitMillis
  const [first] = refused.toSorted((a, b) => (waitOf(a) === waitOf(b) ? 0 : waitOf(a) - waitOf(b)))
  return first !== undefined && waitOf(first) <= longestMillis ? first : undefined
}

/** In the order of the call, if it wants one, then in that of the strategy; whom it drops comes last. */
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
