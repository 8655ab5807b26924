import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { PolicyStoreError } from "../../domain/PolicyErrors.ts"
import { patience } from "../Patience.ts"
import type { Acquired, AcquireRequest, RateLimitStore, SettleRequest } from "../RateLimitStore.ts"
import { monotonicMillis } from "./MemoryStore.ts"

type Store = typeof RateLimitStore.Service

/**
 * Limits the time of each access, also at the end of calls, where nothing is interruptible. After one that took too long or
 * failed, the store is left alone for as long: then one that hangs costs a call now and then its time, and not all of them.
 */
export class Access {
  readonly #store: Store
  readonly #timeoutMillis: number
  #downUntilMillis = -Infinity

  constructor(store: Store, timeoutMillis: number) {
    this.#store = store
    this.#timeoutMillis = timeoutMillis
  }

  acquire(request: AcquireRequest, clock: Clock.Clock): Effect.Effect<Acquired, PolicyStoreError> {
    const { atOnce } = this.#store
    return atOnce === undefined
      ? this.#run(this.#store.acquire(request))
      : Effect.succeed(atOnce.acquire(request, monotonicMillis(clock)))
  }

  settle(request: SettleRequest, clock: Clock.Clock): Effect.Effect<void, PolicyStoreError> {
    const { atOnce } = this.#store
    return atOnce === undefined
      ? this.#run(this.#store.settle(request))
      : Effect.succeed(atOnce.settle(request, monotonicMillis(clock)))
  }

  renew(places: Parameters<Store["renew"]>[0]): ReturnType<Store["renew"]> {
    return this.#run(this.#store.renew(places))
  }

  get onFreed(): Store["onFreed"] {
    return this.#store.onFreed
  }

  #run<A>(access: Effect.Effect<A, PolicyStoreError>): Effect.Effect<A, PolicyStoreError> {
    if (this.#store.atOnce !== undefined) return access
    return Effect.flatMap(Clock.Clock, (clock) => {
      const now = () => monotonicMillis(clock)
      if (now() < this.#downUntilMillis) return Effect.fail(storeError("it failed a moment ago"))
      return Effect.tapError(this.#within(access), () =>
        Effect.sync(() => {
          this.#downUntilMillis = now() + this.#timeoutMillis
        })
      )
    })
  }

  #within<A>(access: Effect.Effect<A, PolicyStoreError>): Effect.Effect<A, PolicyStoreError> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.forkDetach(access, { startImmediately: true }), (fiber) => {
        const end = Effect.andThen(patience(this.#timeoutMillis), Fiber.interrupt(fiber))
        return Effect.flatMap(Effect.forkDetach(end), (timer) =>
          restore(Fiber.await(fiber)).pipe(
            Effect.onExit((exit) =>
              Effect.sync(() => {
                timer.interruptUnsafe()
                if (Exit.isFailure(exit)) fiber.interruptUnsafe()
              })
            ),
            Effect.flatMap((exit) => (Exit.hasInterrupts(exit) ? Effect.fail(this.#timedOut()) : exit))
          )
        )
      })
    )
  }

  #timedOut(): PolicyStoreError {
    return storeError(`it did not respond within ${Duration.format(Duration.millis(this.#timeoutMillis))}`)
  }
}

const storeError = (reason: string): PolicyStoreError =>
  new PolicyStoreError({ policy: "RateLimit", cause: new Error(reason) })
