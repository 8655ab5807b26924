import * as Duration from "effect/Duration"
import type { CallEvent } from "../../domain/CallEvent.ts"
import type { Attempt, AttemptError } from "../../domain/ChatResponse.ts"
import type { Cost } from "../../domain/Cost.ts"
import { LostRaceError } from "../../domain/PolicyErrors.ts"
import { isKnown, type Usage, unknown } from "../../domain/Usage.ts"
import { AttemptLog, type Pricer, type ReportedModel } from "../AttemptLog.ts"

/**
 * The log of one call of a race. The policies around see one call at a time: the current one, and once it is out the next. What
 * the others do is kept until they are current, or out.
 */
export class RacerLog extends AttemptLog {
  readonly #race: AttemptLog
  readonly #held: Array<Attempt> = []
  #isCurrent = false
  #isOut = false
  #usage: CallEvent | undefined
  #reports: ReadonlyArray<CallEvent> = []

  constructor(race: AttemptLog) {
    super(undefined)
    this.#race = race
  }

  override see(event: CallEvent): void {
    if (event.type === "usage") this.#usage = event
    else if (event.type === "response-start") {
      this.#reports = [event]
      this.#usage = undefined
    } else if (event.type === "response-metadata") this.#reports = [...this.#reports.slice(0, 1), event]
    if (this.#isCurrent) this.#race.see(event)
  }

  override priceBy(pricer: Pricer): void {
    super.priceBy(pricer)
    if (!this.#isOut) this.#race.priceBy(pricer)
  }

  override price(requestedModel: string, usage: Usage, reported: ReportedModel): Cost | undefined {
    return super.price(requestedModel, usage, reported) ?? this.#race.price(requestedModel, usage, reported)
  }

  override costOf(error: AttemptError): Cost | undefined {
    return this.#race.costOf(error)
  }

  override start(model: string): void {
    super.start(model)
    if (this.#isCurrent) this.#race.start(model)
  }

  override hold(isHeld: boolean): void {
    super.hold(isHeld)
    if (this.#isCurrent) this.#race.hold(isHeld)
  }

  override push(attempt: Attempt): void {
    if (this.#isOut) return
    super.push(attempt)
    this.#reports = []
    this.#usage = undefined
    if (this.#isCurrent) this.#race.push(attempt)
    else this.#held.push(attempt)
  }

  override correct(error: AttemptError, cost: Cost): void {
    super.correct(error, cost)
    if (this.#isOut) return
    const index = this.#held.findIndex((attempt) => attempt.error === error)
    const attempt = this.#held[index]
    if (attempt === undefined) this.#race.correct(error, cost)
    else this.#held[index] = { ...attempt, cost }
  }

  override overrideCost(cost: () => Cost | undefined): void {
    super.overrideCost(cost)
    if (this.#isCurrent) this.#race.overrideCost(cost)
  }

  /** From now on, this is the call that the policies around see. */
  show(): void {
    this.#tellHeld()
    this.#isCurrent = true
    if (this.currentModel !== undefined) this.#race.start(this.currentModel)
    this.#race.hold(this.isHeld)
    for (const event of this.#reports) this.#race.see(event)
    if (this.#usage !== undefined) this.#race.see(this.#usage)
  }

  /** The call has failed: the attempts are reported, and nothing after them. */
  out(): void {
    this.#tellHeld()
    this.#isOut = true
    this.#isCurrent = false
  }

  /** The call was stopped, by the one that was faster or because the caller left. */
  stopped(model: string, winner: string | undefined, millis: number): void {
    const requestedModel = this.currentModel ?? model
    const cost = this.#spent(requestedModel)
    const spent = this.attempts.reduce((sum, { duration }) => sum + Duration.toMillis(duration), 0)
    const duration = Duration.millis(Math.max(0, millis - spent))
    this.push({ model: requestedModel, error: new LostRaceError({ winner }), duration, ...(cost && { cost }) })
    this.out()
  }

  #tellHeld(): void {
    for (const attempt of this.#held.splice(0)) this.#race.push(attempt)
  }

  /** What a stopped call has cost, as far as it was reported until then. */
  #spent(requestedModel: string): Cost | undefined {
    if (this.isHeld) return undefined
    if (this.overridingCost !== undefined) return this.overridingCost
    return this.estimated(this.#reported(requestedModel))
  }

  #reported(requestedModel: string): Cost | undefined {
    const usage = this.#usage?.usage
    const reported = Object.assign({}, ...this.#reports) as ReportedModel
    const cost = this.price(requestedModel, usage ?? unknown, reported)
    if (cost === undefined) return undefined
    if (usage === undefined || !isKnown(usage)) {
      return { _tag: "Unpriced", reason: { _tag: "UnknownUsage", side: "output" }, row: undefined }
    }
    return cost._tag === "Priced" ? { ...cost, flags: [...cost.flags, { _tag: "Estimated" }] } : cost
  }
}
