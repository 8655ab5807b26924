import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import type { Attempt } from "../domain/ChatResponse.ts"
import { attemptsOf, type ProviderError } from "../domain/ProviderError.ts"
import type { CallEvent } from "../domain/CallEvent.ts"
import type { Cost } from "../domain/Cost.ts"
import type { Usage } from "../domain/Usage.ts"

/** The provider and model that a response names. */
export interface ReportedModel {
  readonly provider?: string | undefined
  readonly model?: string | undefined
}

/** What a usage costs with the requested model, `provider/model`, or the reported one. */
export type Pricer = (requestedModel: string, usage: Usage, reported: ReportedModel) => Cost

/**
 * The failed attempts of one call, as they happen. Each is passed on to the policies further out at once, so that they know
 * of it even when they interrupt the call.
 */
export class AttemptLog {
  readonly attempts: Array<Attempt> = []
  /** The model that is being called, as near as the policies within the call have reported. */
  currentModel: string | undefined
  readonly #parent: AttemptLog | undefined
  readonly #wait: Duration.Duration | undefined
  #pricer: Pricer | undefined

  /** `wait` is the delay before the first of these attempts. */
  constructor(parent: AttemptLog | undefined, wait?: Duration.Duration) {
    this.#parent = parent
    this.#wait = wait === undefined || Duration.isZero(wait) ? undefined : wait
  }

  /** Reports an event that the policies further out cannot see yet. */
  see(event: CallEvent): void {
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

  /** The cost of the attempt that failed with this error, as a policy further out has computed it. */
  costOf(error: ProviderError): Cost | undefined {
    return this.#parent?.costOf(error)
  }

  start(model: string): void {
    this.currentModel = model
    this.#parent?.start(model)
  }

  push(attempt: Attempt): void {
    this.currentModel = undefined
    const waited = this.attempts.length === 0 ? this.#waited(attempt) : attempt
    this.attempts.push(waited)
    this.#parent?.push(waited)
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
    this.push({
      model,
      error: error as ProviderError,
      duration: Duration.millis(this.attempts.length > 0 ? remaining : millis)
    })
  }

  /** The attempt that succeeded, out of the `attempts` of its response, or else as it is seen from here. */
  succeeded(model: string, attempts: ReadonlyArray<Attempt> | undefined, millis: number): Attempt {
    const last = attempts?.at(-1)
    const attempt = last !== undefined && last.error === undefined ? last : { model, duration: Duration.millis(millis) }
    return this.attempts.length === 0 ? this.#waited(attempt) : attempt
  }

  #waited(attempt: Attempt): Attempt {
    if (this.#wait === undefined) return attempt
    return { ...attempt, wait: attempt.wait === undefined ? this.#wait : Duration.sum(this.#wait, attempt.wait) }
  }
}

const toMillis = (duration: Duration.Duration | undefined): number =>
  duration === undefined ? 0 : Duration.toMillis(duration)

/** Where the policies within a call log its failed attempts. */
export const CurrentAttemptLog: Context.Reference<AttemptLog | undefined> = Context.Reference<AttemptLog | undefined>(
  "effect-llm/policies/CurrentAttemptLog",
  { defaultValue: () => undefined }
)
