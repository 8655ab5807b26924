import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { Access } from "./Access.ts"
import type { Asking } from "./Admission.ts"

interface Place {
  readonly id: string
  readonly key: string
  readonly millis: number
}

/** Renews the places of the calls in flight, all of them together, for as long as there are any. */
export class Places {
  readonly #access: Access
  readonly #everyMillis: number
  readonly #held = new Map<string, ReadonlyArray<Place>>()
  #renewal: Fiber.Fiber<unknown> | undefined

  constructor(access: Access, leaseMillis: number) {
    this.#access = access
    this.#everyMillis = leaseMillis / 3
  }

  hold({ claims, id }: Pick<Asking, "claims" | "id">): Effect.Effect<void> {
    const taken = claims.filter(({ type }) => type === "concurrency")
    if (taken.length === 0) return Effect.void
    const places = taken.map(({ key, millis }) => ({ id, key, millis }))
    return Effect.suspend(() => {
      this.#held.set(id, places)
      if (this.#renewal !== undefined) return Effect.void
      const renew = Effect.suspend(() => this.#access.renew([...this.#held.values()].flat()))
      const forever = Effect.forever(Effect.andThen(Effect.sleep(this.#everyMillis), Effect.ignore(renew)))
      return Effect.map(Effect.forkDetach(forever), (fiber) => {
        this.#renewal = fiber
      })
    })
  }

  release(id: string): void {
    if (!this.#held.delete(id) || this.#held.size > 0) return
    this.#renewal?.interruptUnsafe()
    this.#renewal = undefined
  }
}
