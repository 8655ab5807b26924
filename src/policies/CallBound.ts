import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { TimeoutError } from "../domain/ChatResponse.ts"
import * as ModelId from "../domain/ModelId.ts"
import { retryAfter } from "../domain/ProviderError.ts"
import { currentSteadyMillis } from "../domain/SteadyClock.ts"

interface Limits {
  readonly attempts?: number | undefined
  readonly deadline?: Duration.Input | undefined
}

/** What bounds one call of a chain of models: shared by all that happens within it, in parallel too. */
export class CallBound {
  readonly deadlineMillis: number
  /** The longest wait that a provider may ask for. */
  readonly longestWaitMillis: number
  readonly #outer: CallBound | undefined
  readonly #limit: Duration.Duration
  readonly #owner: object | undefined
  /** Attempts after the first. */
  #left: number

  private constructor(
    outer: CallBound | undefined,
    limit: Duration.Duration,
    deadline: number,
    left: number,
    wait: number,
    owner?: object
  ) {
    this.#outer = outer
    this.#limit = limit
    this.#owner = owner
    this.deadlineMillis = Math.min(deadline, outer?.deadlineMillis ?? Infinity)
    this.#left = left
    this.longestWaitMillis = Math.min(wait, outer?.longestWaitMillis ?? Infinity)
  }

  /** A bound within another one; `owner` is who sets it. */
  static make(
    outer: CallBound | undefined,
    nowMillis: number,
    { attempts, deadline }: Limits,
    owner?: object
  ): CallBound {
    const limit = Duration.fromInputUnsafe(deadline ?? Duration.infinity)
    const left = Math.max(1, attempts ?? Infinity) - 1
    return new CallBound(outer, limit, nowMillis + Duration.toMillis(limit), left, Infinity, owner)
  }

  /** The same bound, within which providers may ask for shorter waits only. */
  static patient(outer: CallBound | undefined, longestWaitMillis: number): CallBound {
    return new CallBound(outer, Duration.infinity, Infinity, Infinity, longestWaitMillis)
  }

  /** Whether this is, or is within, a bound of this owner. */
  isWithin(owner: object): boolean {
    return this.#owner === owner || (this.#outer?.isWithin(owner) ?? false)
  }

  /** Whether another attempt may follow this error. */
  permits(error: unknown): boolean {
    return this.#remaining >= 1 || !wasSent(error)
  }

  /** Takes the attempt that follows this error; `false` where there is none left, or no time. */
  take(error: unknown, waitMillis: number, nowMillis: number): boolean {
    if (nowMillis >= this.deadlineMillis || nowMillis + waitMillis > this.deadlineMillis) return false
    if (waitMillis > this.longestWaitMillis && retryAfter(error) !== undefined) return false
    if (!wasSent(error)) return true
    if (this.#remaining < 1) return false
    this.#use()
    return true
  }

  /** Interrupts an attempt of a model at the deadline. */
  interrupting<A, E, R>(attempt: Effect.Effect<A, E, R>, model: string): Effect.Effect<A, E, R> {
    if (this.deadlineMillis === Infinity) return attempt
    return Effect.flatMap(currentSteadyMillis, (now) =>
      Effect.timeoutOrElse(attempt, {
        duration: Math.max(0, this.deadlineMillis - now),
        orElse: () => {
          const id = model.includes(",") ? undefined : ModelId.parse(model)
          const names = { provider: id?.provider, model: id?.model ?? model }
          const error = new TimeoutError({ phase: "total", duration: this.#limit, ...names })
          atDeadline.add(error)
          // The policy that sets a deadline has this error in its type.
          return Effect.fail(error as E)
        }
      })
    )
  }

  get #remaining(): number {
    return Math.min(this.#left, this.#outer === undefined ? Infinity : this.#outer.#remaining)
  }

  #use(): void {
    this.#left--
    if (this.#outer !== undefined) this.#outer.#use()
  }
}

/** The errors of policies that refuse a call without making it. */
const refusals: ReadonlySet<unknown> = new Set(["CircuitOpenError", "LocalRateLimitError", "PolicyStoreError"])

interface Failure {
  readonly _tag?: unknown
  readonly attempts?: ReadonlyArray<unknown>
  readonly cost?: unknown
  readonly partial?: unknown
}

/** Whether a provider may have been called. */
const wasSent = (error: unknown): boolean => {
  const { _tag, attempts, cost, partial } = (error ?? {}) as Failure
  if (_tag === "BudgetExceededError") return cost !== undefined || partial !== undefined
  return !(refusals.has(_tag) || (_tag === "AllFailedError" && attempts?.length === 0))
}

const atDeadline = new WeakSet<object>()

/** Whether an attempt was interrupted at the deadline of its chain. */
export const isAtDeadline = (error: unknown): error is TimeoutError =>
  error instanceof TimeoutError && atDeadline.has(error)

/** Where the policies within a call learn what bounds the whole chain. */
export const CurrentBound: Context.Reference<CallBound | undefined> = Context.Reference<CallBound | undefined>(
  "effect-llm/policies/CurrentBound",
  { defaultValue: () => undefined }
)
