import type { ChatEvent, ChatEventOf } from "../../domain/ChatEvent.ts"
import { ServerError } from "../../domain/errors/ServerError.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { StreamEncoder } from "../ChatProtocol.ts"

/**
 * Writes the stream of one response. One that restarts after something was shown ends in an error, since nothing can be
 * taken back.
 */
export abstract class ResponseWriter implements StreamEncoder {
  #frames: Array<Frame> = []
  #isOver = false

  /** Whether some of the response has been written. */
  protected abstract readonly isShown: boolean

  protected abstract add(event: Exclude<ChatEvent, { readonly type: "restarted" }>): void

  /** The frame that ends the stream with an error. */
  protected abstract broken(error: ProviderError): Frame

  protected begunAgain(detail: string): Frame {
    return this.broken(new ServerError({ detail }))
  }

  encode(event: ChatEvent): ReadonlyArray<Frame> {
    if (this.#isOver) return []
    if (event.type !== "restarted") this.add(event)
    else if (!this.isShown) this.forget()
    else {
      this.#isOver = true
      this.send(this.begunAgain("the response was restarted: discard what was received, and retry"))
    }
    return this.#flush()
  }

  end(): ReadonlyArray<Frame> {
    if (!this.#isOver) this.close()
    this.#isOver = true
    return this.#flush()
  }

  fail(error: ProviderError): ReadonlyArray<Frame> {
    if (this.#isOver) return []
    this.#isOver = true
    return [...this.#flush(), this.broken(error)]
  }

  /** Forgets what is known of a response that restarts. */
  protected forget(): void {}

  /** Writes what comes after `finish`. */
  protected close(): void {}

  protected send(frame: Frame): void {
    this.#frames.push(frame)
  }

  #flush(): ReadonlyArray<Frame> {
    const frames = this.#frames
    this.#frames = []
    return frames
  }
}

/** The events of the parts of a response. */
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
 * Writes the parts of a response one after the other, for wires on which they do not interleave: the first to show
 * something is written as it comes, and the others wait until it has ended.
 */
export abstract class PartWriter extends ResponseWriter {
  readonly #waiting = new Map<string, Array<PartEvent>>()
  #current: string | undefined

  /** Writes an event of the current part; true when it was its last. */
  protected abstract writePart(event: PartEvent): boolean

  /** Ends the current part, where it is open. */
  protected abstract endPart(): void

  /** Starts of parts are left to the first event that shows something, so that nothing empty is written. */
  protected addPart(event: ChatEvent): void {
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

  /** Ends the current part, and writes those that wait. */
  protected endParts(): void {
    this.endPart()
    this.#current = undefined
    for (const [key, events] of this.#waiting) {
      this.#waiting.delete(key)
      for (const event of events) this.writePart(event)
      this.endPart()
    }
  }

  #queue(key: string, event: PartEvent): void {
    this.#current ??= key
    if (this.#current !== key) {
      const events = this.#waiting.get(key)
      if (events === undefined) this.#waiting.set(key, [event])
      else events.push(event)
    } else if (this.writePart(event)) this.#next()
  }

  #next(): void {
    this.#current = undefined
    for (const [key, events] of this.#waiting) {
      this.#waiting.delete(key)
      let isEnded = false
      for (const event of events) isEnded = this.writePart(event)
      if (isEnded) continue
      this.#current = key
      return
    }
  }
}

/** A refusal as text, for wires that have no other word for it. */
export const refusalAsText = (event: ChatEventOf<"refusal-delta" | "refusal-end">): ChatEvent =>
  event.type === "refusal-end"
    ? { type: "text-end", id: `refusal ${event.id}` }
    : { type: "text-delta", id: `refusal ${event.id}`, delta: event.delta }
