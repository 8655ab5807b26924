import { ServerError } from "../../domain/errors/ServerError.ts"
import type { ChatEvent } from "../../domain/ChatEvent.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { StreamEncoder } from "../ChatProtocol.ts"

/**
 * Writes the stream of one answer. An answer that is begun again after something was shown ends in an error, for
 * nothing can be taken back.
 */
export abstract class AnswerWriter implements StreamEncoder {
  #frames: Array<Frame> = []
  #isOver = false

  /** Whether something of the answer has been written. */
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
      this.send(this.begunAgain("the answer was begun again: discard what was shown, and ask again"))
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

  /** Forgets what was noted of an answer that is begun again. */
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
