import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type { Failure } from "../calls/Failure.ts"
import type { Models } from "../calls/Models.ts"
import * as RequestId from "../http/RequestId.ts"
import type { Ledger } from "../ledger/Ledger.ts"
import * as BatchCharge from "./BatchCharge.ts"
import { ProviderObjects } from "./ProviderObjects.ts"
import * as SeenBatch from "./SeenBatch.ts"

/** How often batches are looked at, by whatever instance comes first. */
const interval = Duration.minutes(5)

/**
 * Polls batches that have not ended, so that their cost is recorded and their reservation released even if no client polls
 * them. Each instance polls those that no other has polled meanwhile.
 */
export const layer: Layer.Layer<never, never, Models | ProviderObjects | Ledger> = Layer.effectDiscard(
  Effect.suspend(() => Effect.forkScoped(looks))
)

const looks = Effect.gen(function* () {
  const nextId = RequestId.maker(crypto.randomUUID().slice(0, 5))
  const objects = yield* ProviderObjects
  const look = Effect.gen(function* () {
    for (const object of yield* objects.open) {
      const startedAtMillis = yield* Clock.currentTimeMillis
      const { lookedAt = 0 } = object.details
      if (startedAtMillis - lookedAt < Duration.toMillis(interval) / 2) continue
      const mine = yield* objects.replace(object, { ...object.details, lookedAt: startedAtMillis })
      if (mine === undefined) continue
      const seeing = { id: nextId(startedAtMillis), startedAtMillis }
      yield* Effect.catch(SeenBatch.current(seeing, mine), (error) =>
        isGone(error)
          ? BatchCharge.lost(seeing, mine)
          : Effect.logWarning(`The batch ${mine.id} of ${mine.account} could not be looked at`, error)
      )
    }
  })
  yield* look.pipe(
    Effect.catchCause((cause) => Effect.logWarning("Batches could not be looked at", cause)),
    Effect.repeat(Schedule.jittered(Schedule.spaced(interval))),
    Effect.delay(interval)
  )
})

/** Whether the provider knows no such batch, rather than no such path. */
const isGone = (error: Failure): boolean =>
  error._tag !== "EndpointNotFoundError" && error._tag !== "Refused" && "status" in error && error.status === 404
