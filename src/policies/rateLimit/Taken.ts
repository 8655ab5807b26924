/** What calls have taken of a limit, by their ids. */
export interface Taken {
  /** Of all together. */
  readonly sum: number
  take(id: string, amount: number, now: number, millis: number): void
  /** Corrects the amount that a call took, once. */
  settle(id: string, amount: number): void
  /** Extends the hold of the amount that a call took. */
  renew?(id: string, untilMillis: number): void
  /** Forgets what has ended. */
  trim(now: number): void
  /** When how much ends, in order. */
  ends(): Iterable<{ readonly untilMillis: number; readonly amount: number }>
}

/** A window is counted in at most so many steps. */
export const mostSteps = 2000

interface Step {
  readonly sinceMillis: number
  untilMillis: number
  amount: number
  next: Step | undefined
}

/**
 * What was taken within a window. What is taken within one step ends with the last of it: never too early, and a busy limit takes no
 * more memory than one of some thousand calls.
 */
export class TakenOfRate implements Taken {
  sum = 0
  #first: Step | undefined
  #last: Step | undefined
  /** What calls that are not settled took, in the order of their steps. */
  readonly #open = new Map<string, { readonly step: Step; readonly amount: number }>()

  /** The number of entries that are kept. */
  get size(): number {
    return this.#open.size + [...this.ends()].length
  }

  take(id: string, amount: number, now: number, millis: number): void {
    const step = this.#stepAt(now, millis)
    step.untilMillis = now + millis
    step.amount += amount
    this.sum += amount
    this.#open.set(id, { step, amount })
  }

  #stepAt(now: number, millis: number): Step {
    const last = this.#last
    if (last !== undefined && now - last.sinceMillis < millis / mostSteps) return last
    const step = { sinceMillis: now, untilMillis: now, amount: 0, next: undefined }
    if (last === undefined) this.#first = step
    else last.next = step
    return (this.#last = step)
  }

  settle(id: string, amount: number): void {
    const taken = this.#open.get(id)
    if (taken === undefined) return
    this.#open.delete(id)
    taken.step.amount += amount - taken.amount
    this.sum += amount - taken.amount
  }

  trim(now: number): void {
    const first = this.#first
    if (first === undefined || first.untilMillis > now) return
    let step: Step | undefined = first
    for (; step !== undefined && step.untilMillis <= now; step = step.next) this.sum -= step.amount
    this.#first = step
    if (step === undefined) this.#last = undefined
    for (const [id, { step }] of this.#open) {
      if (step.untilMillis > now) break
      this.#open.delete(id)
    }
  }

  *ends(): Generator<Step> {
    for (let step = this.#first; step !== undefined; step = step.next) yield step
  }
}

interface Place {
  readonly untilMillis: number
  readonly amount: number
}

/** Places that calls hold until they are settled, or have not been renewed for a while. */
export class TakenPlaces implements Taken {
  sum = 0
  readonly #places = new Map<string, Place>()
  /** Before this, nothing ends. */
  #trimAtMillis = Infinity

  take(id: string, amount: number, now: number, millis: number): void {
    this.#hold(id, now + millis, amount)
  }

  #hold(id: string, untilMillis: number, amount: number): void {
    this.sum += amount - (this.#places.get(id)?.amount ?? 0)
    this.#places.set(id, { untilMillis, amount })
    this.#trimAtMillis = Math.min(this.#trimAtMillis, untilMillis)
  }

  settle(id: string, amount: number): void {
    const place = this.#places.get(id)
    if (place === undefined) return
    if (amount === 0) this.#places.delete(id)
    else this.#places.set(id, { ...place, amount })
    this.sum += amount - place.amount
  }

  renew(id: string, untilMillis: number): void {
    this.#hold(id, untilMillis, this.#places.get(id)?.amount ?? 1)
  }

  trim(now: number): void {
    if (now < this.#trimAtMillis) return
    this.#trimAtMillis = Infinity
    for (const [id, { untilMillis }] of this.#places) {
      if (untilMillis <= now) this.settle(id, 0)
      else this.#trimAtMillis = Math.min(this.#trimAtMillis, untilMillis)
    }
  }

  ends(): Iterable<Place> {
    return this.#places.values()
  }
}
