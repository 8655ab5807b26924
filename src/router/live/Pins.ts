interface Pinned {
  readonly deployment: string
  readonly untilMillis: number
}

const capacity = 20_000

/** Which sessions and prompts are pinned to which deployment; the longest unused are forgotten first. */
export class Pins {
  readonly #pinned = new Map<string, Pinned>()

  find(key: string, now: number): string | undefined {
    const pinned = this.#pinned.get(key)
    return pinned === undefined || pinned.untilMillis <= now ? undefined : pinned.deployment
  }

  pin(key: string, deployment: string, untilMillis: number): void {
    this.#pinned.delete(key)
    this.#pinned.set(key, { deployment, untilMillis })
    if (this.#pinned.size <= capacity) return
    const [oldest] = this.#pinned.keys()
    if (oldest !== undefined) this.#pinned.delete(oldest)
  }

  /** Forgets a pin, if it is to this deployment. */
  unpin(key: string, deployment: string): void {
    if (this.#pinned.get(key)?.deployment === deployment) this.#pinned.delete(key)
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
