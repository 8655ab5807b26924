import type { ChatEvent, ChatEventOf } from "./ChatEvent.ts"
import type { ChatResponse } from "./ChatResponse.ts"
import { foldEvents } from "./ChatFold.ts"

type Delta = Extract<ChatEvent, { readonly delta: string }>

/** Deltas are joined in batches of this size, so that a text takes little more memory than its characters. */
const joinedAtOnce = 1024

/** The approximate size of an event in memory, without its text. */
const bytesOfEvent = 256

/** Malformed frames beyond this many are not kept. */
const mostMalformed = 100

/**
 * Collects what has arrived of a stream, for the error of a stream that breaks off: deltas joined, and only as much as
 * the limit on whole responses allows.
 *
 * @since 0.1.0
 * @category models
 */
export class ArrivedEvents {
  readonly #most: number
  readonly #events: Array<ChatEvent> = []
  /** The pieces of each part, by its first event. */
  readonly #texts = new Map<ChatEvent, Array<string>>()
  #metadata: ChatEventOf<"response-metadata"> | undefined
  #usage: ChatEventOf<"usage"> | undefined
  #open: Delta | undefined
  #pieces: Array<string> = []
  /** How many of the pieces are batches. */
  #batches = 0
  #size = 0
  #malformed = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Adds events that were read from this many bytes. */
  add(events: ReadonlyArray<ChatEvent>, bytes: number): void {
    if (this.#size > this.#most) return
    let isCounted = false
    for (const event of events) {
      if ("delta" in event) {
        this.#addDelta(event)
      } else {
        if (!isCounted) this.#size += bytes
        isCounted = true
        this.#size += bytesOfEvent
        this.#addOther(event)
      }
    }
  }

  /** The response so far. */
  partial(): ChatResponse {
    const events = this.#events.map((event): ChatEvent => {
      const pieces = this.#texts.get(event)
      return pieces === undefined ? event : { ...(event as Delta), delta: pieces.join("") }
    })
    const partial = foldEvents([
      ...events,
      ...(this.#metadata ? [this.#metadata] : []),
      ...(this.#usage ? [this.#usage] : [])
    ])
    if (this.#size <= this.#most) return partial
    const message = `the partial response was cut at limits.responseBytes (${this.#most})`
    return partial.with({ warnings: [...partial.warnings, { type: "other", message }] })
  }

  #addDelta(event: Delta): void {
    this.#size += event.delta.length
    if (this.#open === undefined || this.#open.type !== event.type || this.#open.id !== event.id) {
      this.#open = event
      this.#pieces = []
      this.#batches = 0
      this.#texts.set(event, this.#pieces)
      this.#events.push(event)
    }
    if (this.#pieces.push(event.delta) < this.#batches + joinedAtOnce) return
    this.#pieces.push(this.#pieces.splice(this.#batches++).join(""))
  }

  #addOther(event: ChatEvent): void {
    switch (event.type) {
      case "usage":
        this.#usage = event
        return
      case "response-metadata":
        this.#metadata = {
          ...this.#metadata,
          ...event,
          id: event.id ?? this.#metadata?.id,
          model: event.model ?? this.#metadata?.model
        }
        return
      case "malformed-frame":
        if (++this.#malformed <= mostMalformed) this.#events.push({ ...event, frame: { data: "" } })
        return
      default:
        this.#open = undefined
        this.#events.push(event)
    }
  }
}
