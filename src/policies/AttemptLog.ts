import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import { type Attempt, type AttemptError, BudgetExceededError } from "../domain/ChatResponse.ts"
import { attemptsOf, partialOf } from "../domain/ProviderError.ts"
import type { CallEvent } from "../domain/CallEvent.ts"
import type { Cost } from "../domain/Cost.ts"
import type { Usage } from "../domain/Usage.ts"
import { durationOf, millisOf } from "./watch/Instant.ts"

/** The provider and model that a response names. */
export interface ReportedModel {
  readonly provider?: string | undefined
  readonly model?: string | undefined
}

/** The text that an event adds to a response, if any. */
export const textIn = (event: CallEvent): string => {
  const { delta } = event as { readonly delta?: unknown }
  return typeof delta === "string" ? delta : ""
}

/** What a usage costs with the requested model, `provider/model`, or the reported one. */
export type Pricer = (requestedModel: string, usage: Usage, reported: ReportedModel) => Cost

/** The cost of a call that is cut short, given the cost of its reported usage. */
type Estimator = (reported: Cost | undefined) => Cost | undefined

/**
 * The failed attempts of one call, as they happen. Each is passed on to the policies further out at once, so that they know
 * of it even when they interrupt the call.
 */
export class AttemptLog {
  readonly attempts: Array<Attempt> = []
  /** The model that is being called, as near as the policies within the call have reported. */
  currentModel: string | undefined
  /** Whether policies hold the current call back: nothing has been sent. */
  protected isHeld = false
  readonly #parent: AttemptLog | undefined
  readonly #wait: Duration.Duration | undefined
  readonly #deployment: string | undefined
  #pricer: Pricer | undefined
  /** What is known of an attempt that is yet to be logged. */
  #corrected: { readonly error: unknown; readonly cost: Cost } | undefined
  #override: (() => Cost | undefined) | undefined
  #estimate: Estimator | undefined

  /** `wait` is the delay before the first of these attempts, `deployment` the name of what makes them. */
  constructor(parent: AttemptLog | undefined, wait?: Duration.Duration, deployment?: string) {
    this.#parent = parent
    this.#wait = wait === undefined || Duration.isZero(wait) ? undefined : wait
    this.#deployment = deployment
  }

  /** Learns of an event that goes on to the policies further out. */
  note(_event: CallEvent): void {}

  /** Learns of an event that the policies further out cannot see yet, and reports it to them. */
  see(event: CallEvent): void {
    this.note(event)
    this.#parent?.see(event)
  }

  /** How costs are computed at this point of the call, also for policies further out. */
  priceBy(pricer: Pricer): void {
    this.#pricer = pricer
    this.#parent?.priceBy(pricer)
  }

  /** What the usage costs; `undefined` where no policy, within or around, computes costs. */
  price(requestedModel: string, usage: Usage, reported: ReportedModel): Cost | undefined {
    return this.#pricer === undefined
      ? this.#parent?.price(requestedModel, usage, reported)
      : this.#pricer(requestedModel, usage, reported)
  }

  /** While this gives a cost, that is what the current attempt costs here and further out, whatever its usage would cost. */
  overrideCost(cost: () => Cost | undefined): void {
    this.#override = cost
    this.#parent?.overrideCost(cost)
  }

  /** How the current attempt is estimated, here and further out, if it is stopped now. */
  estimateBy(estimate: Estimator): void {
    this.#estimate = estimate
    this.#parent?.estimateBy(estimate)
  }

  /** Whether a policy within charges the current attempt also if it is stopped now. */
  protected get chargesWhenStopped(): boolean {
    return this.#estimate !== undefined
  }

  /** What the current attempt costs if it is stopped now, given what its reported usage costs. */
  protected estimated(reported: Cost | undefined): Cost | undefined {
    return this.#estimate === undefined ? reported : this.#estimate(reported)
  }

  /** What an attempt that failed has cost, known better than when it was logged; also for the policies further out. */
  correct(error: AttemptError, cost: Cost): void {
    const index = this.attempts.findLastIndex((attempt) => attempt.error === error)
    const attempt = this.attempts[index]
    if (attempt === undefined) this.#corrected = { error, cost }
    else this.attempts[index] = { ...attempt, cost }
    this.#parent?.correct(error, cost)
  }

  /** The cost that takes the place of any other. */
  get overridingCost(): Cost | undefined {
    return this.#override?.()
  }

  /** The cost of the attempt that failed with this error, as a policy further out has computed it. */
  costOf(error: AttemptError): Cost | undefined {
    return this.#parent?.costOf(error)
  }

  /** Policies hold the current call back, or have let it through. */
  hold(isHeld: boolean): void {
    this.isHeld = isHeld
    this.#parent?.hold(isHeld)
  }

  start(model: string): void {
    this.currentModel = model
    this.isHeld = false
    this.#override = undefined
    this.#estimate = undefined
    this.#parent?.start(model)
  }

  push(attempt: Attempt): void {
    this.currentModel = undefined
    const known = this.#named(this.attempts.length === 0 ? this.#waited(attempt) : attempt)
    this.attempts.push(known)
    this.#parent?.push(known)
  }

  /**
   * The model has failed after `millis`. Where policies within it have logged this error, or it sums up what they logged,
   * nothing is added; else the attempt took what their attempts leave of the time.
   */
  failed(model: string, error: unknown, millis: number): void {
    const last = this.attempts.at(-1)?.error
    if (last !== undefined && (last === error || last === attemptsOf(error).at(-1)?.error)) return
    const logged = this.attempts.reduce((sum, { duration, wait }) => sum + toMillis(duration) + toMillis(wait), 0)
    const remaining = Math.max(0, millis + toMillis(this.#wait) - logged)
    const cost =
      this.#corrected !== undefined && this.#corrected.error === error ? this.#corrected.cost : costOfError(error)
    const duration = durationOf(this.attempts.length > 0 ? remaining : millis)
    this.push({ model, error: error as AttemptError, duration, ...(cost && { cost }) })
  }

  /** The attempt that succeeded, out of the `attempts` of its response, or else as it is seen from here. */
  succeeded(model: string, { attempts, cost }: Pick<CallEvent, "attempts" | "cost">, millis: number): Attempt {
    const last = attempts?.at(-1)
    const duration = durationOf(millis)
    const seen = cost === undefined ? { model, duration } : { model, duration, cost }
    const attempt = last !== undefined && last.error === undefined ? last : seen
    return this.#named(this.attempts.length === 0 ? this.#waited(attempt) : attempt)
  }

  #named(attempt: Attempt): Attempt {
    return this.#deployment === undefined || attempt.deployment !== undefined
      ? attempt
      : { ...attempt, deployment: this.#deployment }
  }

  #waited(attempt: Attempt): Attempt {
    if (this.#wait === undefined) return attempt
    return { ...attempt, wait: attempt.wait === undefined ? this.#wait : Duration.sum(this.#wait, attempt.wait) }
  }
}

const toMillis = (duration: Duration.Duration | undefined): number => (duration === undefined ? 0 : millisOf(duration))

/** Where the policies within a call log its failed attempts. */
export const CurrentAttemptLog: Context.Reference<AttemptLog | undefined> = Context.Reference<AttemptLog | undefined>(
  "effect-llm/policies/CurrentAttemptLog",
  { defaultValue: () => undefined }
)

/** What had been spent on a call when it failed with this error, as far as the error knows. */
export const costOfError = (error: unknown): Cost | undefined =>
  partialOf(error)?.cost ?? (error instanceof BudgetExceededError ? error.cost : undefined)
