/**
 * Sends a share of the calls to a second model as well, to compare the two without anyone noticing.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Model, OpenAi } from "effect-llm"
 * import * as Shadow from "effect-llm/policies/Shadow"
 *
 * const program = Effect.gen(function* () {
 *   const shadowed = yield* Shadow.make({
 *     to: OpenAi.model("gpt-5.4-nano").pipe(Model.withCost),
 *     share: 0.01,
 *     compare: ({ primary, shadow }) => Effect.log(primary.timings.total, shadow.timings.total, shadow.cost)
 *   })
 *   return yield* OpenAi.model("gpt-5.4-mini").pipe(Model.withCost, shadowed).generate("Hello")
 * })
 * ```
 *
 * The second call is made once the first has ended, in the scope and with the services in which the policy was made: it inherits
 * neither the caller's key nor its time limits. When that scope closes, calls in progress are stopped.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Capability } from "../domain/Capability.ts"
import { type Model, streamOf, wrap } from "../model/Model.ts"
import { type EndOf, onEnd } from "./OnEnd.ts"
import { unwrap } from "../model/PullStream.ts"

/**
 * The ends of a call and of its shadow: response or error, usage, cost, timings.
 *
 * @since 0.1.0
 * @category models
 */
export interface Pair<C extends Capability> {
  readonly primary: EndOf<C, unknown>
  readonly shadow: EndOf<C, unknown>
}

/**
 * - `to`: the model that gets the calls too, of the same capability. It streams where the call does.
 * - `share`: how many of the calls, from 0 to 1.
 * - `compare`: receives both ends. Its defects are logged.
 * - `concurrency`: how many shadows run at a time (4); a call that finds no room has none.
 * - `timeout`: when a shadow is stopped (5 minutes).
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<C extends Capability, E, R, R1> {
  readonly to: Model<C, E, R>
  readonly share: number
  readonly compare: (pair: Pair<C>) => Effect.Effect<unknown, never, R1>
  readonly concurrency?: number | undefined
  readonly timeout?: Duration.Input | undefined
}

/**
 * Makes a policy that mirrors calls. It never changes a response, an error or how long a call takes: a shadow begins after the end
 * of its call, whatever that end was.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function* <C extends Capability, E2, R2, R1>(
  options: Options<C, E2, R2, R1>
): Effect.fn.Return<<E, R>(self: Model<C, E, R>) => Model<C, E, R>, never, Scope.Scope | R2 | R1> {
  const { compare, concurrency = 4, share, timeout = "5 minutes", to } = options
  const services = yield* Effect.context<R2 | R1>()
  const scope = yield* Effect.scope
  const fork = Effect.runForkWith(services)
  let running = 0

  const shadowOf = (primary: EndOf<C, unknown>, isStream: boolean) =>
    Effect.gen(function* () {
      const ends: Array<EndOf<C, E2>> = []
      const observed = onEnd(to, (end: EndOf<C, E2>) => Effect.sync(() => ends.push(end)))
      const stream = isStream ? streamOf(observed)?.(primary.request) : undefined
      const call: Effect.Effect<unknown, E2, R2> =
        stream === undefined ? observed.generate(primary.request) : Stream.runDrain(stream)
      yield* Effect.exit(Effect.timeoutOption(call, timeout))
      yield* Effect.forEach(ends, (shadow) => compare({ primary, shadow }), { discard: true })
    }).pipe(
      Effect.catchCause((cause) => Effect.logError("Shadow failed", cause)),
      Effect.ensuring(Effect.sync(() => running--))
    )

  const mirror = (isStream: boolean) => (primary: EndOf<C, unknown>) =>
    Effect.sync(() => {
      if (running >= concurrency || scope.state._tag === "Closed") return
      running++
      Fiber.runIn(fork(shadowOf(primary, isStream)), scope)
    })

  return <E, R>(self: Model<C, E, R>): Model<C, E, R> => {
    const isMirrored = Effect.map(Random.next, (random) => random < share)
    const whole = onEnd(self, mirror(false))
    const [streamed, mirrored] = [streamOf(self), streamOf(onEnd(self, mirror(true)))]
    return wrap<C, E, R>(self, {
      splitting: self.splitting,
      generate: (request) => Effect.flatMap(isMirrored, (yes) => (yes ? whole : self).generate(request)),
      stream:
        streamed &&
        mirrored &&
        ((request) => unwrap(Effect.map(isMirrored, (yes) => (yes ? mirrored : streamed)(request))))
    })
  }
})
