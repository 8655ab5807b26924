import * as Context from "effect/Context"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"

const none = Context.empty()

/**
 * Makes the ids of calls that came without one. They are unique over a conversation, because results are matched by id:
 * derived from the id of the response where there is one, so that the same response always gives the same ids, and
 * otherwise drawn once per response from the `Random` of the running fiber.
 *
 * @since 0.1.0
 * @category models
 */
export class AnswerIds {
  readonly #used = new Set<string>()
  #scope: string | undefined

  /** An id made of `prefix`, the response (`scope`), and the number of the call. */
  make(prefix: string, scope: string | undefined, place: number): string {
    const id = `${prefix}${this.#scopeOf(scope)}_${place}`
    this.#used.add(id)
    return id
  }

  /** The id itself, or another one where a call of this response already has it. */
  distinct(id: string): string {
    let result = id
    for (let more = 1; this.#used.has(result); more++) result = `${id}_${more}`
    this.#used.add(result)
    return result
  }

  /** Once chosen, it holds: all calls of a response share it. */
  #scopeOf(given: string | undefined): string {
    this.#scope ??= given?.replace(/[^\w-]/g, "").slice(-24) || randomScope()
    return this.#scope
  }
}

/** 53 random bits in letters and digits. */
const randomScope = (): string => {
  const random = Context.get(Fiber.getCurrent()?.context ?? none, Random.Random)
  return Math.floor(random.nextDoubleUnsafe() * Number.MAX_SAFE_INTEGER).toString(36)
}
