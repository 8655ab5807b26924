import * as Context from "effect/Context"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"

const none = Context.empty()

/**
 * The ids of the calls of one response, no two of which are equal, because results are matched by id. A call that came
 * without an id gets one that is unique over a conversation: derived from the id of the response where there is one, so
 * that the same response always gives the same ids, and otherwise drawn once per response from the `Random` of the
 * running fiber.
 */
export class AnswerIds {
  readonly #prefix: string
  readonly #used = new Set<string>()
  #scope: string | undefined
  #made = 0

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** The id of the next call: `given`, where the server gave one. `responseId` counts when the first one is made. */
  of(given: unknown, responseId: string | undefined): string {
    return typeof given === "string" && given !== "" ? this.distinct(given) : this.make(responseId)
  }

  /** The id of the next call that has none. */
  make(responseId: string | undefined): string {
    this.#scope ??= responseId?.replace(/[^\w-]/g, "").slice(-24) || randomScope()
    return this.distinct(`${this.#prefix}${this.#scope}_${this.#made++}`)
  }

  /** The id itself, or another one where a call of this response already has it. */
  distinct(id: string): string {
    let result = id
    for (let more = 1; this.#used.has(result); more++) result = `${id}_${more}`
    this.#used.add(result)
    return result
  }
}

/** 53 random bits in letters and digits. */
const randomScope = (): string => {
  const random = Context.get(Fiber.getCurrent()?.context ?? none, Random.Random)
  return Math.floor(random.nextDoubleUnsafe() * Number.MAX_SAFE_INTEGER).toString(36)
}
