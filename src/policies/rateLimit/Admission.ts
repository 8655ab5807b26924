import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { LocalRateLimitError, type PolicyStoreError } from "../../domain/PolicyErrors.ts"
import { steadyMillis } from "../../domain/SteadyClock.ts"
import { record } from "../Decision.ts"
import type { Access } from "./Access.ts"
import { kindOf, type NamedClaim } from "./Limits.ts"
import { Line } from "./Line.ts"
import { Signal } from "./Signal.ts"

/** A call that asks to pass. */
export interface Asking {
  readonly id: string
  readonly tenant: string
  readonly claims: ReadonlyArray<NamedClaim>
  /** The store's ticket, once the call is queued in it. */
  ticket: number | undefined
  /** Whether the store may hold something of it. */
  isKnown: boolean
  /** What is left of each claim's limit, once the call has passed. */
  remaining: ReadonlyArray<number>
}

interface Refusal {
  readonly claim: NamedClaim
  readonly retryAfterMillis: number
  readonly checkAfterMillis: number
}

interface Queue {
  readonly line: Line
  last: Refusal
}

type Admitted<A> = Effect.Effect<A, LocalRateLimitError | PolicyStoreError>

/** The end of a call cannot be foreseen. */
const placeRetryMillis = 1000

/** Lets calls pass, in turn: where calls wait for the same limits, one of them asks the store at a time. */
export class Admission {
  readonly #access: Access
  readonly #waitMillis: number
  readonly #queues = new Map<string, Queue>()

  constructor(access: Access, waitMillis: number) {
    this.#access = access
    this.#waitMillis = waitMillis
  }

  /** Lets a call pass at once where the store says so at once. */
  admit(asking: Asking, clock: Clock.Clock): Admitted<void> {
    const impossible = asking.claims.find(({ limit, needed }) => needed > limit)
    if (impossible !== undefined) return refuse(impossible, undefined)
    const queue = this.#queues.size === 0 ? undefined : this.#queues.get(scopeOf(asking))
    if (queue !== undefined) return this.#wait(asking, queue.last, clock)
    return Effect.flatMapEager(this.#ask(asking, false, clock), (last) => {
      if (last === undefined) return Effect.void
      if (this.#waitMillis <= 0) return refuse(last.claim, last.retryAfterMillis)
      return this.#wait(asking, last, clock)
    })
  }

  #wait(asking: Asking, last: Refusal, clock: Clock.Clock): Admitted<void> {
    const scope = scopeOf(asking)
    let queue: Queue = { line: new Line(), last }
    // An integer, so that sums are exact.
    const cost = Math.round(1e9 * Math.max(...asking.claims.map(({ amount, limit }) => amount / limit)))
    return Effect.suspend(() => {
      const startedAtMillis = steadyMillis(clock)
      const waiting = Effect.acquireUseRelease(
        Effect.sync(() => {
          queue = this.#queues.get(scope) ?? queue
          this.#queues.set(scope, queue)
          return queue.line.join(asking.tenant, cost)
        }),
        (waiter) =>
          Effect.andThen(
            queue.line.turn(waiter),
            this.#askUntil(asking, queue, startedAtMillis + this.#waitMillis, clock)
          ),
        (waiter, exit) =>
          Effect.sync(() => {
            queue.line.leave(waiter, Exit.isSuccess(exit))
            if (queue.line.isEmpty && this.#queues.get(scope) === queue) this.#queues.delete(scope)
          })
      )
      return waiting.pipe(
        Effect.timeoutOrElse({
          duration: this.#waitMillis,
          orElse: () => refuse(queue.last.claim, queue.last.retryAfterMillis)
        }),
        Effect.andThen(
          Effect.suspend(() => {
            const { meter, name } = queue.last.claim
            const wait = Duration.millis(steadyMillis(clock) - startedAtMillis)
            return record({ type: "limit-waited", key: name, limit: kindOf(meter), wait })
          })
        )
      )
    })
  }

  /** Asks whenever something may have become free. */
  #askUntil(asking: Asking, queue: Queue, deadlineMillis: number, clock: Clock.Clock): Admitted<void> {
    const again = (signal: Signal): Admitted<void> =>
      Effect.suspend(() => {
        signal.listen(queue.last.claim.key)
        signal.reset()
        return Effect.flatMap(this.#ask(asking, true, clock), (refusal): Admitted<void> => {
          if (refusal === undefined) return Effect.void
          queue.last = refusal
          const { checkAfterMillis, claim, retryAfterMillis } = refusal
          const wait = Math.ceil(Math.min(retryAfterMillis, checkAfterMillis))
          // A request counts for its whole window, so nothing comes back earlier.
          const isVain = claim.meter === "requests" && steadyMillis(clock) + retryAfterMillis > deadlineMillis
          return isVain
            ? refuse(claim, retryAfterMillis)
            : Effect.andThen(Effect.timeoutOption(signal.wait, wait), again(signal))
        })
      })
    return Effect.acquireUseRelease(
      Effect.sync(() => new Signal(this.#access.onFreed)),
      again,
      (signal) => Effect.sync(() => signal.close())
    )
  }

  #ask(asking: Asking, waits: boolean, clock: Clock.Clock): Effect.Effect<Refusal | undefined, PolicyStoreError> {
    const { claims, id, ticket } = asking
    asking.isKnown = true
    return Effect.mapEager(this.#access.acquire({ id, claims, ticket, waits }, clock), (acquired) => {
      if (acquired.granted) {
        asking.remaining = acquired.remaining
        return undefined
      }
      if (waits) asking.ticket = acquired.ticket
      else asking.isKnown = false
      const claim = claims[acquired.claim] as NamedClaim
      const { checkAfterMillis, retryAfterMillis = claim.type === "rate" ? claim.millis : placeRetryMillis } = acquired
      return { claim, retryAfterMillis, checkAfterMillis }
    })
  }
}

/** Calls with the same limits wait together. */
const scopeOf = ({ claims }: Asking): string => claims.map(({ key }) => key).join("\n")

const refuse = ({ limit, meter, name, needed }: NamedClaim, retryAfterMillis: number | undefined): Admitted<never> => {
  const kind = kindOf(meter)
  const retryAfter = retryAfterMillis === undefined ? undefined : Duration.millis(Math.ceil(retryAfterMillis))
  const error = new LocalRateLimitError({ key: name, limit: kind, allowed: limit, requested: needed, retryAfter })
  return Effect.andThen(record({ type: "limit-refused", key: name, limit: kind }), Effect.fail(error))
}
