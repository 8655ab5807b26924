import * as Effect from "effect/Effect"
import type { RateLimitStore } from "../RateLimitStore.ts"

/** Remembers whether something may have become free, so that nothing is missed between asking and waiting. */
export class Signal {
  readonly #subscribe: (typeof RateLimitStore.Service)["onFreed"]
  #key: string | undefined
  #unsubscribe: (() => void) | undefined
  #happened = false
  #resume: (() => void) | undefined

  constructor(subscribe: (typeof RateLimitStore.Service)["onFreed"]) {
    this.#subscribe = subscribe
  }

  /** Listens to one limit: its place among those who do is kept for as long as it is the same. */
  listen(key: string): void {
    if (key === this.#key) return
    this.close()
    this.#key = key
    this.#unsubscribe = this.#subscribe(key, () => {
      this.#happened = true
      this.#resume?.()
    })
  }

  reset(): void {
    this.#happened = false
  }

  close(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
  }

  readonly wait: Effect.Effect<void> = Effect.callback((resume) => {
    if (this.#happened) return resume(Effect.void)
    this.#resume = () => resume(Effect.void)
  })
}
