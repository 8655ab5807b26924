import * as Effect from "effect/Effect"
import type { SimulatedRequest } from "../SimulatedRequest.ts"

type Where = (request: SimulatedRequest) => boolean

interface Waiter {
  readonly where: Where
  readonly resume: (request: SimulatedRequest) => void
}

/** A simulator that runs for days forgets the oldest. */
const mostRemembered = 10_000

/** What the simulator has seen, and those who wait for it to see something. */
export class RequestLog {
  #entries = new Map<number, SimulatedRequest>()
  #count = 0
  readonly #waiters = new Set<Waiter>()

  get seen(): ReadonlyArray<SimulatedRequest> {
    return [...this.#entries.values()]
  }

  /** Notes a request; what comes of it later is noted by the returned function. */
  open(request: Omit<SimulatedRequest, "index" | "bytes" | "frames" | "outcome">): LogEntry {
    const entries = this.#entries
    const index = this.#count++
    let current: SimulatedRequest = { ...request, index, bytes: 0, frames: 0, outcome: "pending" }
    entries.set(index, current)
    if (entries.size > mostRemembered) entries.delete(index - mostRemembered)
    return {
      get request() {
        return current
      },
      note: (fields) => {
        current = { ...current, ...fields }
        if (!entries.has(index)) return
        entries.set(index, current)
        if (entries === this.#entries) this.#tell(current)
      }
    }
  }

  /** The first request for which this holds, as soon as there is one. */
  wait(where: Where): Effect.Effect<SimulatedRequest> {
    return Effect.callback((resume) => {
      const found = this.seen.find(where)
      if (found !== undefined) return resume(Effect.succeed(found))
      const waiter: Waiter = { where, resume: (request) => resume(Effect.succeed(request)) }
      this.#waiters.add(waiter)
      return Effect.sync(() => this.#waiters.delete(waiter))
    })
  }

  /** Forgets; requests that are still being answered are not heard of again. */
  clear(): void {
    this.#entries = new Map()
    this.#count = 0
  }

  #tell(request: SimulatedRequest): void {
    for (const waiter of this.#waiters) {
      if (!waiter.where(request)) continue
      this.#waiters.delete(waiter)
      waiter.resume(request)
    }
  }
}

/** The entry of one request. */
export interface LogEntry {
  readonly request: SimulatedRequest
  readonly note: (fields: Partial<Omit<SimulatedRequest, "index">>) => void
}
