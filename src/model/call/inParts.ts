import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Attempt } from "../../domain/Attempt.ts"
import type { Capability } from "../../domain/Capability.ts"

/** How a request that is too large for one call is sent in several, and their answers are made into one. */
export interface Splitting<in out C extends Capability, out E> {
  /** The requests in order; one, where the whole fits into one call. */
  readonly split: (request: C["Request"]) => ReadonlyArray<C["Request"]>
  /** One answer out of those to the parts, in their order. */
  readonly join: (answers: ReadonlyArray<C["Answer"]>) => C["Answer"]
  /** The error of a call of which some parts were answered (the others are `undefined`) and one failed. */
  readonly incomplete: (
    parts: ReadonlyArray<C["Request"]>,
    answers: ReadonlyArray<C["Answer"] | undefined>,
    error: unknown
  ) => E
  /** How many parts are asked at a time. */
  readonly concurrency: number
}

/** Asks part after part, and joins the answers. With the first part that fails the others are given up. */
export const inParts = Effect.fnUntraced(function* <C extends Capability, E, R>(
  model: string,
  loaded: Effect.Effect<Splitting<C, E>, never, R>,
  request: C["Request"],
  ask: (request: C["Request"]) => Effect.Effect<C["Answer"], E, R>
): Effect.fn.Return<C["Answer"], E, R> {
  const splitting = yield* loaded
  const parts = splitting.split(request)
  const [only] = parts
  if (only !== undefined && parts.length === 1) return yield* ask(only)
  const answers: Array<C["Answer"] | undefined> = parts.map(() => undefined)
  const asked = Effect.forEach(parts, (part, index) => Effect.map(ask(part), (answer) => (answers[index] = answer)), {
    concurrency: splitting.concurrency
  })
  const result = yield* Effect.result(asked)
  if (Result.isFailure(result)) {
    const none = answers.every((answer) => answer === undefined)
    return yield* Effect.fail(none ? result.failure : splitting.incomplete(parts, answers, result.failure))
  }
  return { ...splitting.join(result.success), attempts: attemptsOf(model, result.success) }
})

/** All parts are one call: the tries that failed, and one that was answered. */
const attemptsOf = (model: string, answers: ReadonlyArray<Capability["Answer"]>): ReadonlyArray<Attempt> => {
  const all = answers.flatMap(({ attempts }) => attempts)
  const answered = all.filter(({ error }) => error === undefined)
  const duration = answered.reduce((sum, { duration }) => Duration.sum(sum, duration), Duration.zero)
  return [...all.filter(({ error }) => error !== undefined), { model: answered[0]?.model ?? model, duration }]
}
