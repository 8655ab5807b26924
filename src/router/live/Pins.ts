import * as Effect from "effect/Effect"
import type { Affinity } from "../Affinity.ts"

interface Pinned {
  readonly deployment: string
  readonly untilMillis: number
  /** When it was last looked up in the shared store. */
  readonly lookedUpAtMillis: number
}

const capacity = 20_000

/** How long a pin is used before it is looked up again. */
const refreshMillis = 5000

/** Which sessions and prompts are pinned to which deployment; the longest unused are forgotten first. */
export class Pins {
  readonly #pinned = new Map<string, Pinned>()
  readonly #group: string

  constructor(group: string) {
    this.#group = group
  }

  #sharedKey(key: string): string {
    return `${this.#group} ${key}`
  }

  find(key: string, now: number): string | undefined {
    const pinned = this.#pinned.get(key)
    return pinned === undefined || pinned.untilMillis <= now ? undefined : pinned.deployment
  }

  /** Looks up a pin of other processes if this one has none; a known pin is looked up again in the background. */
  refresh(key: string, now: number, shared: Affinity): Effect.Effect<unknown> | undefined {
    const pinned = this.#pinned.get(key)
    const isKnown = pinned !== undefined && pinned.untilMillis > now
    if (isKnown && now - pinned.lookedUpAtMillis < refreshMillis) return undefined
    const before = isKnown ? { ...pinned, lookedUpAtMillis: now } : undefined
    if (before !== undefined) this.#pinned.set(key, before)
    const lookup = Effect.map(shared.find(this.#sharedKey(key)), (deployment) => {
      const untilMillis = before?.untilMillis ?? now + refreshMillis
      // A pin that was set meanwhile is newer.
      if (deployment !== undefined && this.#pinned.get(key) === (before ?? pinned))
        this.#pinned.set(key, { deployment, untilMillis, lookedUpAtMillis: now })
    })
    return isKnown ? Effect.forkDetach(lookup) : lookup
  }

  pin(key: string, deployment: string, now: number, ttlMillis: number, shared: Affinity | undefined): void {
    const before = this.#pinned.get(key)
    this.#pinned.delete(key)
    this.#pinned.set(key, {
      deployment,
      untilMillis: now + ttlMillis,
      lookedUpAtMillis: before?.lookedUpAtMillis ?? now
    })
    shared?.note(this.#sharedKey(key), deployment, ttlMillis)
    if (this.#pinned.size <= capacity) return
    const [oldest] = this.#pinned.keys()
    if (oldest !== undefined) this.#pinned.delete(oldest)
  }

  /** How many are pinned to each deployment. */
  counts(now: number): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const { deployment, untilMillis } of this.#pinned.values()) {
      if (untilMillis > now) counts.set(deployment, (counts.get(deployment) ?? 0) + 1)
    }
    return counts
  }
}
