import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import { type Attempt, trailOf } from "../../domain/Attempt.ts"
import type { CallEvent } from "../../domain/Capability.ts"
import type { Cost } from "../../domain/Cost.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { Usage } from "../../domain/Usage.ts"

/** Who says that they answered. */
export interface Named {
  readonly provider?: string | undefined
  readonly model?: string | undefined
}

/** What a usage costs with the model that was asked, `provider/model`, or the one that says it answered. */
export type Pricer = (asked: string, usage: Usage, said: Named) => Cost

/**
 * The failed tries of one call, as they happen. Each is told to the policies further out at once, so that they know it
 * even when they interrupt the call.
 */
export class Trail {
  readonly attempts: Array<Attempt> = []
  /** The model that is being asked, as near as policies within the call have told. */
  asking: string | undefined
  readonly #parent: Trail | undefined
  readonly #wait: Duration.Duration | undefined
  #pricer: Pricer | undefined

  /** `wait` is what was waited before the first of these tries. */
  constructor(parent: Trail | undefined, wait?: Duration.Duration) {
    this.#parent = parent
    this.#wait = wait === undefined || Duration.isZero(wait) ? undefined : wait
  }

  /** Tells of an event that the policies further out cannot see yet. */
  see(event: CallEvent): void {
    this.#parent?.see(event)
  }

  /** How costs are computed at this point of the call, also for policies further out. */
  priceBy(pricer: Pricer): void {
    this.#pricer = pricer
    this.#parent?.priceBy(pricer)
  }

  /** What the usage costs; `undefined` where no policy, within or around, computes costs. */
  price(asked: string, usage: Usage, said: Named): Cost | undefined {
    return this.#pricer === undefined ? this.#parent?.price(asked, usage, said) : this.#pricer(asked, usage, said)
  }

  /** What the attempt that failed with this error cost, as a policy further out has computed it. */
  costOf(error: ProviderError): Cost | undefined {
    return this.#parent?.costOf(error)
  }

  ask(model: string): void {
    this.asking = model
    this.#parent?.ask(model)
  }

  push(attempt: Attempt): void {
    this.asking = undefined
    const waited = this.attempts.length === 0 ? this.#waited(attempt) : attempt
    this.attempts.push(waited)
    this.#parent?.push(waited)
  }

  /**
   * The model has failed after `millis`. Where policies within it told of this error, or it sums up what they told,
   * nothing is added; else the try lasted for what their tries leave of the time.
   */
  failed(model: string, error: unknown, millis: number): void {
    const last = this.attempts.at(-1)?.error
    if (last !== undefined && (last === error || last === trailOf(error).at(-1)?.error)) return
    const told = this.attempts.reduce((sum, { duration, wait }) => sum + toMillis(duration) + toMillis(wait), 0)
    const own = Math.max(0, millis + toMillis(this.#wait) - told)
    this.push({
      model,
      error: error as ProviderError,
      duration: Duration.millis(this.attempts.length > 0 ? own : millis)
    })
  }

  /** The try that the model answered, out of the `attempts` of its answer, or else as it is seen from here. */
  answered(model: string, attempts: ReadonlyArray<Attempt> | undefined, millis: number): Attempt {
    const last = attempts?.at(-1)
    const answered =
      last !== undefined && last.error === undefined ? last : { model, duration: Duration.millis(millis) }
    return this.attempts.length === 0 ? this.#waited(answered) : answered
  }

  #waited(attempt: Attempt): Attempt {
    if (this.#wait === undefined) return attempt
    return { ...attempt, wait: attempt.wait === undefined ? this.#wait : Duration.sum(this.#wait, attempt.wait) }
  }
}

const toMillis = (duration: Duration.Duration | undefined): number =>
  duration === undefined ? 0 : Duration.toMillis(duration)

/** Where the policies within a call tell of its failed tries. */
export const CurrentTrail: Context.Reference<Trail | undefined> = Context.Reference<Trail | undefined>(
  "effect-llm/model/call/CurrentTrail",
  { defaultValue: () => undefined }
)
