import * as Duration from "effect/Duration"
import { OverloadedError } from "effect-llm/domain/ChatResponse"
import { worded } from "../calls/Advice.ts"
import { invalid, Refused } from "../calls/Failure.ts"

/** A body that is larger is an upload: files, audio, images. */
export const leastBytes = 1_000_000

/** What uploads hold of memory, from their first bytes until their requests are over. */
export class Uploads {
  readonly #most: number
  #held = 0

  constructor(most = 512_000_000) {
    this.#most = most
  }

  /** A body of which nothing has come so far. */
  begin(): Upload {
    let held = 0
    return {
      holds: (bytes) => {
        const more = bytes - held
        if (this.#held + more > this.#most) return false
        this.#held += more
        held = bytes
        return true
      },
      end: () => {
        this.#held -= held
        held = 0
      }
    }
  }
}

export interface Upload {
  /** Whether there is room for so many bytes of it. */
  readonly holds: (bytes: number) => boolean
  readonly end: () => void
}

/** One body is larger than any may be. */
export const tooLarge = (most: number): Refused => invalid(`the body is larger than ${most} bytes`, { status: 413 })

/** There is no room for an upload beside the others. */
export const tooMany = new Refused({
  error: worded(
    new OverloadedError({ retryAfter: Duration.seconds(1) }),
    "The gateway holds as many uploads as it may (server.limits.uploads). Try again in a moment."
  ),
  status: 503,
  headers: { "retry-after": "1", "x-should-retry": "true" }
})
