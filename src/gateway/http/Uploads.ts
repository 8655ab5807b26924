import * as Duration from "effect/Duration"
import { OverloadedError } from "effect-llm/domain/ChatResponse"
import { worded } from "../calls/Advice.ts"
import { invalid, Refused } from "../calls/Failure.ts"

/** A larger body counts as an upload: files, audio, images. */
export const leastBytes = 1_000_000

/** The memory that the system lets this process have, such as that of its container; `undefined` where it does not say. */
const constrainedBytes = (): number | undefined =>
  typeof process.constrainedMemory === "function" ? process.constrainedMemory() : undefined

/** The most that uploads may take where the settings do not say: a quarter of what there is, as JSON is read into several times its size. */
export const mostBytes = (constrained = constrainedBytes()): number =>
  Math.min(512_000_000, constrained ? Math.floor(constrained / 4) : Infinity)

/** The memory of all uploads, from their first bytes until their requests are done. */
export class Uploads {
  readonly #most: number
  #held = 0

  constructor(most = mostBytes()) {
    this.#most = most
  }

  /** A body of which nothing has arrived yet. */
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
  /** Whether this many bytes of it fit. */
  readonly holds: (bytes: number) => boolean
  readonly end: () => void
}

/** Refuses a body above the limit. */
export const tooLarge = (most: number): Refused => invalid(`the body is larger than ${most} bytes`, { status: 413 })

/** Rejects an upload that exceeds the total limit. */
export const tooMany = new Refused({
  error: worded(
    new OverloadedError({ retryAfter: Duration.seconds(1) }),
    "Too many large uploads are in progress (server.limits.uploads). Try again in a moment."
  ),
  status: 503,
  headers: { "retry-after": "1", "x-should-retry": "true" }
})
