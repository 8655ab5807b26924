import * as Effect from "effect/Effect"

/** Of so many tenants, those who wait no more are forgotten. */
const mostTenants = 1000

/** One who waits for a turn. */
export interface Waiter {
  readonly tenant: string
  readonly cost: number
  state: "waiting" | "at turn" | "gone"
  resume: (() => void) | undefined
}

interface Tenant {
  /** In the order in which they came. */
  readonly waiters: Set<Waiter>
  /** What it has been served, in shares of the limit; one that was away starts where the line is. */
  served: number
}

/**
 * Those who wait in this process for the same limits. One of them is at turn; of the others, the next is the first of the
 * tenant that has been served least.
 */
export class Line {
  readonly #tenants = new Map<string, Tenant>()
  #current: Waiter | undefined
  #served = 0

  get isEmpty(): boolean {
    return this.#current === undefined
  }

  /** `cost`: the share of a limit that the call takes. */
  join(tenant: string, cost: number): Waiter {
    const waiter: Waiter = { tenant, cost, state: "waiting", resume: undefined }
    const known = this.#tenants.get(tenant)
    if (known === undefined) this.#tenants.set(tenant, { waiters: new Set([waiter]), served: this.#served })
    else {
      if (known.waiters.size === 0) known.served = Math.max(known.served, this.#served)
      known.waiters.add(waiter)
    }
    if (this.#current === undefined) this.#next()
    return waiter
  }

  /** Waits until the waiter is at turn. */
  turn(waiter: Waiter): Effect.Effect<void> {
    return Effect.callback((resume) => {
      if (waiter.state === "at turn") resume(Effect.void)
      else waiter.resume = () => resume(Effect.void)
    })
  }

  /** Ends the turn of the waiter, or its waiting. What it did not get is not counted as served. */
  leave(waiter: Waiter, isServed: boolean): void {
    const tenant = this.#tenants.get(waiter.tenant)
    tenant?.waiters.delete(waiter)
    waiter.state = "gone"
    if (this.#current !== waiter) return
    if (isServed && tenant !== undefined) tenant.served += waiter.cost
    this.#next()
  }

  #next(): void {
    let least: Tenant | undefined
    const isCrowded = this.#tenants.size > mostTenants
    for (const [name, tenant] of this.#tenants) {
      if (tenant.waiters.size === 0) {
        if (isCrowded || tenant.served <= this.#served) this.#tenants.delete(name)
      } else if (least === undefined || tenant.served < least.served) least = tenant
    }
    const [waiter] = least?.waiters ?? []
    this.#current = waiter
    if (least === undefined || waiter === undefined) return this.#tenants.clear()
    least.waiters.delete(waiter)
    this.#served = Math.max(this.#served, least.served)
    waiter.state = "at turn"
    waiter.resume?.()
  }
}
