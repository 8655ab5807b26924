import type { ChatEvent, ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { Citation, ToolCallPart } from "../../../domain/ContentPart.ts"
import { ServerError } from "../../../domain/ChatResponse.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import type { EncodeResponseOptions, StreamEncoder } from "../../ChatProtocol.ts"
import type { WireObject } from "../WireObject.ts"

/** What writers write. */
export type WrittenEvent = Exclude<ChatEvent, { readonly type: "response-metadata" | "restarted" }>

/**
 * Writes the stream of one response. One that restarts after something was shown ends in an error, since nothing can be
 * taken back.
 */
export abstract class ResponseWriter implements StreamEncoder {
  protected readonly options: EncodeResponseOptions
  /** Its own id and model, or those that it was requested with. */
  protected id: string
  protected model: string
  #frames: Array<Frame> = []
  #isOver = false

  constructor(options: EncodeResponseOptions) {
    this.options = options
    this.id = options.id
    this.model = options.model
  }

  /** Whether some of the response has been written. */
  protected abstract readonly isShown: boolean

  protected abstract add(event: WrittenEvent): void

  /** The frame that ends the stream with an error. */
  protected abstract errorFrame(error: ProviderError): Frame

  protected restartedFrame(detail: string): Frame {
    return this.errorFrame(new ServerError({ detail }))
  }

  encode(event: ChatEvent): ReadonlyArray<Frame> {
    if (this.#isOver) return []
    if (event.type === "response-metadata") this.#identify(event)
    else if (event.type !== "restarted") this.add(event)
    else if (!this.isShown) this.forget()
    else {
      this.#isOver = true
      this.send(this.restartedFrame("the response was restarted: discard what was received, and retry"))
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
    return [...this.#flush(), this.errorFrame(error)]
  }

  /** The id and the model are known. */
  protected identified(): void {}

  /** Resets the state for a response that restarts. */
  protected forget(): void {}

  /** Writes what comes after `finish`. */
  protected close(): void {}

  protected send(frame: Frame): void {
    this.#frames.push(frame)
  }

  #identify({ id, model }: ChatEventOf<"response-metadata">): void {
    this.id = id ?? this.id
    this.model = model ?? this.model
    this.identified()
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
 * Puts the parts of a response one after the other, for wires on which they do not interleave: the first one shown
 * continues as it is written, and the others wait until it has ended.
 */
export class PartQueue {
  readonly #write: (event: PartEvent) => boolean
  readonly #stop: () => void
  readonly #waiting = new Map<string, Array<PartEvent>>()
  #current: string | undefined

  /** `write` writes an event of the current part, and returns whether it was its last; `stop` ends what is open. */
  constructor(write: (event: PartEvent) => boolean, stop: () => void) {
    this.#write = write
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

  /** Closes open parts, and writes what was held back. */
  end(): void {
    this.#stop()
    this.#current = undefined
    for (const [key, events] of this.#waiting) {
      this.#waiting.delete(key)
      for (const event of events) this.#write(event)
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
    if (this.#write(event)) this.#next()
  }

  #next(): void {
    this.#current = undefined
    for (const [key, events] of this.#waiting) {
      this.#waiting.delete(key)
      let isEnded = false
      for (const event of events) isEnded = this.#write(event)
      if (isEnded) continue
      this.#current = key
      return
    }
  }
}

/** Writes the stream of a response whose parts do not interleave on the wire. */
export abstract class PartWriter extends ResponseWriter {
  readonly #queue = new PartQueue(
    (event) => this.writePart(event),
    () => this.endPart()
  )

  /** Writes an event of the current part; true when it was its last. */
  protected abstract writePart(event: PartEvent): boolean

  /** Ends the current part, where it is open. */
  protected abstract endPart(): void

  protected addPart(event: ChatEvent): void {
    this.#queue.add(event)
  }

  /** Ends the current part, and writes those that wait. */
  protected endParts(): void {
    this.#queue.end()
  }
}

/**
 * Writes the parts of a streamed response as blocks with an index, one after the other: of parts that interleave, the
 * first one shown continues as it is written, and the others wait until it has ended.
 */
export abstract class BlockWriter extends PartWriter {
  #index = -1
  #isInputWritten = false
  protected isOpen = false

  protected get isShown(): boolean {
    return this.#index >= 0
  }

  /** Writes the beginning of the message, once. */
  protected abstract begin(): void
  protected abstract finish(event: ChatEventOf<"finish">): void
  protected abstract write(what: "start" | "delta" | "stop", index: number, fields?: WireObject): void
  protected abstract text(text: string): void
  protected abstract citation(citation: Citation): void
  protected abstract reasoning(text: string): void
  protected abstract endReasoning(event: ChatEventOf<"reasoning-end">): void
  protected abstract startCall(call: ToolCallPart): void
  protected abstract input(piece: string): void
  protected abstract part(part: ChatEventOf<"part">["part"]): void

  protected override identified(): void {
    this.begin()
  }

  protected add(event: WrittenEvent): void {
    switch (event.type) {
      case "response-start":
      case "refusal-start":
      case "usage":
      case "source":
      case "logprobs":
      case "malformed-frame":
        return
      case "finish":
        this.begin()
        this.endParts()
        return this.finish(event)
      default:
        this.begin()
        this.addPart(event)
    }
  }

  /** Begins a block, if none is open. */
  protected start(block: WireObject | undefined): void {
    if (this.isOpen) return
    this.isOpen = true
    this.#isInputWritten = false
    this.#index++
    if (block !== undefined) this.write("start", this.#index, block)
  }

  protected delta(delta: WireObject): void {
    this.write("delta", this.#index, delta)
  }

  protected writePart(event: PartEvent): boolean {
    switch (event.type) {
      case "text-delta":
      case "refusal-delta":
        if (event.delta !== "") this.text(event.delta)
        return false
      case "citation":
        this.citation(event.citation)
        return false
      case "reasoning-delta":
        this.reasoning(event.delta)
        return false
      case "reasoning-end":
        this.endReasoning(event)
        break
      case "tool-input-start":
        this.startCall({ ...event, type: "tool-call" })
        return false
      case "tool-input-delta":
        this.input(event.delta)
        this.#isInputWritten = true
        return false
      case "tool-call":
        this.#endCall(event.call)
        break
      case "part":
        this.part(event.part)
    }
    this.endPart()
    return true
  }

  #endCall(call: ToolCallPart): void {
    if (!this.isOpen) this.startCall(call)
    const written = call.rawInput ?? JSON.stringify(call.input) ?? ""
    if (!this.#isInputWritten && written !== "{}") this.input(written)
  }

  protected endPart(): void {
    if (this.isOpen) this.write("stop", this.#index)
    this.isOpen = false
  }
}
