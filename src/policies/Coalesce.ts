/**
 * Lets equal calls that are in flight at the same time share one.
 *
 * ```ts
 * import { Coalesce, OpenAi } from "effect-llm"
 *
 * const model = OpenAi.model("gpt-5.4-mini").pipe(Coalesce.make())
 * ```
 *
 * The gotcha: calls are shared among those of one model value. Compose it once, where the model is made, not per request.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { inContext } from "../client/Credentials.ts"
import type { Capability } from "../domain/Capability.ts"
import { steadyMillis } from "../domain/SteadyClock.ts"
import { CurrentObserver, type Model, streamOf, wrap } from "../model/Model.ts"
import { unwrap } from "../model/PullStream.ts"
import { CurrentAttemptLog } from "./AttemptLog.ts"
import * as CallKey from "./caching/CallKey.ts"
import { type Tenant, tenantOf } from "./caching/Tenant.ts"
import { CurrentControl } from "./caching/Control.ts"
import { Reader, SharedCall } from "./caching/SharedCall.ts"
import { record } from "./Decision.ts"
import type { Policy } from "./Policy.ts"

/**
 * Options of sharing.
 *
 * - `tenant`: calls of different tenants are not shared. Without it, all who ask the same share.
 * - `capacity`: after so many events a stream takes no further readers, and forgets what all of its readers have read.
 *   Default 10,000.
 *
 * @since 0.1.0
 * @category models
 */
export interface CoalesceOptions {
  readonly tenant?: Tenant | undefined
  readonly capacity?: number | undefined
}

/**
 * Makes a policy under which calls that are equal, as a `ResponseCache` would have it, share one call while it is in flight:
 * those for whole responses, and those for streams. Calls with other credentials, or with a provider from another layer, are
 * never shared.
 *
 * A late reader of a stream sees it from the beginning. The call runs with the services of the first reader, in a fiber of
 * its own; it goes on when that one leaves, and is closed with its last reader. A slow reader does not hold up a quick one:
 * each call keeps its events once, in memory, for as long as it has readers. An error reaches all.
 *
 * The call is paid once, by the first reader that stays: for the others it costs zero, flagged `Coalesced`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make =
  (options: CoalesceOptions = {}): Policy =>
  <C extends Capability, E, R>(self: Model<C, E, R>): Model<C, E, R> => {
    type Shared = SharedCall<C["Event"], C["Response"], E>
    const { capacity = 10_000, tenant } = options
    const calls = new Map<string, Shared>()
    const stream = streamOf(self)

    const keyOf = (request: C["Request"], how: string) =>
      Effect.withFiber((fiber): Effect.Effect<string | undefined> => {
        const services = inContext(fiber.context).services.map(numberOf)
        const isObserved = fiber.getRef(CurrentObserver) !== undefined
        // A call that must not come out of a cache does not join one that may.
        const { mode, namespace } = fiber.getRef(CurrentControl)
        const also = [how, services, isObserved, mode, namespace]
        return tenant === undefined
          ? CallKey.make({ model: self, request, tenant, also })
          : Effect.flatMap(tenantOf(tenant, { model: self, request }), (tenant) =>
              CallKey.make({ model: self, request, tenant, also })
            )
      })

    const join = (key: string, start: (call: Shared, isObserved: boolean) => Effect.Effect<void, never, R>) =>
      Effect.acquireRelease(
        Effect.withFiber((fiber) => {
          const clock = fiber.getRef(Clock.Clock)
          const observer = fiber.getRef(CurrentObserver)
          const reader = new Reader(fiber.getRef(CurrentAttemptLog), observer, steadyMillis(clock))
          const known = calls.get(key)
          const call: Shared = known ?? new SharedCall(self.id, capacity, () => calls.delete(key))
          const joined = { call, reader, millis: () => steadyMillis(clock) - reader.startedAtMillis }
          call.join(reader)
          if (known !== undefined) return Effect.as(record({ type: "coalesced", model: self.id }), joined)
          calls.set(key, call)
          return Effect.as(start(call, observer !== undefined), joined)
        }),
        ({ call, reader }) => call.leave(reader)
      )

    return wrap<C, E, R>(self, {
      generate: (request) =>
        Effect.flatMap(keyOf(request, "generate"), (key) =>
          key === undefined
            ? self.generate(request)
            : Effect.scoped(
                Effect.flatMap(
                  join(key, (call, isObserved) => call.startWhole(self.generate(request), isObserved)),
                  ({ call, millis, reader }) => call.response(reader, millis)
                )
              )
        ),
      stream:
        stream &&
        ((request) =>
          unwrap(
            Effect.flatMap(keyOf(request, "stream"), (key) =>
              key === undefined
                ? Effect.succeed(stream(request))
                : Effect.map(
                    join(key, (call) => call.startStream(stream(request))),
                    ({ call, millis, reader }) => Stream.fromPull(Effect.succeed(call.pull(reader, millis)))
                  )
            )
          ))
    })
  }

const numbers = new WeakMap<object, number>()
let last = 0

/** A number for a service of a provider: another one for each layer that was built. */
const numberOf = (service: object): number => {
  const number = numbers.get(service) ?? ++last
  numbers.set(service, number)
  return number
}
