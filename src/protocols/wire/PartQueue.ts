import type { ChatEvent, ChatEventOf } from "../../domain/ChatEvent.ts"

/** What is said of the parts of an answer. */
export type PartEvent = ChatEventOf<
  | "text-delta"
  | "text-end"
  | "citation"
  | "refusal-delta"
  | "refusal-end"
  | "reasoning-delta"
  | "reasoning-end"
  | "tool-input-start"
  | "tool-input-delta"
  | "tool-call"
  | "part"
>

/**
 * Puts the parts of an answer one after the other, for wires whose blocks do not interleave: the part that is shown
 * first goes on as it is written, and the others wait until it has ended.
 */
export class PartQueue {
  readonly #say: (event: PartEvent) => boolean
  readonly #stop: () => void
  readonly #waiting = new Map<string, Array<PartEvent>>()
  #current: string | undefined

  /** `say` writes an event of the current part and tells whether it was its last; `stop` ends what is open. */
  constructor(say: (event: PartEvent) => boolean, stop: () => void) {
    this.#say = say
    this.#stop = stop
  }

  /** Beginnings are left to the first event that shows something, so that nothing empty is written. */
  add(event: ChatEvent): void {
    switch (event.type) {
      case "text-delta":
      case "text-end":
      case "citation":
        return this.#queue(`text ${event.id}`, event)
      case "refusal-delta":
      case "refusal-end":
        return this.#queue(`refusal ${event.id}`, event)
      case "reasoning-delta":
      case "reasoning-end":
        return this.#queue(`reasoning ${event.id}`, event)
      case "tool-input-start":
      case "tool-input-delta":
      case "tool-call":
        return this.#queue(`call ${event.id}`, event)
      case "part":
        return this.#queue(`part ${this.#waiting.size}`, event)
    }
  }

  /** Ends what is open, and writes what waits. */
  end(): void {
    this.#stop()
    this.#current = undefined
    for (const [key, events] of this.#waiting) {
      this.#waiting.delete(key)
      for (const event of events) this.#say(event)
      this.#stop()
    }
  }

  #queue(key: string, event: PartEvent): void {
    if (this.#current === undefined) this.#current = key
    if (this.#current !== key) {
      const events = this.#waiting.get(key)
      if (events === undefined) this.#waiting.set(key, [event])
      else events.push(event)
      return
    }
    if (this.#say(event)) this.#next()
  }

  #next(): void {
    this.#current = undefined
    for (const [key, events] of this.#waiting) {
      this.#waiting.delete(key)
      let isEnded = false
      for (const event of events) isEnded = this.#say(event)
      if (isEnded) continue
      this.#current = key
      return
    }
  }
}
