import * as Effect from "effect/Effect"
import type { SimulatedRequest } from "../SimulatedRequest.ts"

type Where = (request: SimulatedRequest) => boolean

interface Waiter {
  readonly where: Where
  readonly resume: (request: SimulatedRequest) => void
}

/** Bounds the memory of a simulator that runs for days. */
const mostRemembered = 10_000

/** The requests seen so far, and the waiters for those to come. */
export class RequestLog {
  #entries = new Map<number, SimulatedRequest>()
  #count = 0
  readonly #waiters = new Set<Waiter>()

  get seen(): ReadonlyArray<SimulatedRequest> {
    return [...this.#entries.values()]
  }

  /** Records a request; the entry records what happens to it later. */
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
      record: (fields) => {
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

  /** Drops all entries; requests still in progress are not recorded again. */
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
  readonly record: (fields: Partial<Omit<SimulatedRequest, "index">>) => void
}
