import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Instances } from "../operations/Instances.ts"
import type { LedgerRow } from "./LedgerRow.ts"

/** As many calls wait for a reader of the live log; a slow one misses the oldest. */
const capacity = 256

/** How often a reader says that it is there, and how long it is believed. */
const watchMillis = 5000
const watchedMillis = 3 * watchMillis

/** The calls of all processes, as they end. */
export interface LiveCalls {
  readonly publish: (row: LedgerRow) => void
  readonly calls: Stream.Stream<LedgerRow>
}

/** Processes tell each other of their calls only while somebody reads them. */
export const make: Effect.Effect<LiveCalls, never, Scope.Scope> = Effect.gen(function* () {
  const instances = yield* Instances
  const clock = yield* Clock.Clock
  const calls = yield* PubSub.sliding<LedgerRow>(capacity)
  const own = yield* Queue.sliding<LedgerRow>(capacity)
  /** By the monotonic clock. */
  const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  let watchedUntilMillis: number | undefined
  instances.listen((message) => {
    if (message.type === "watching") watchedUntilMillis = now() + watchedMillis
    else if (message.type === "call") PubSub.publishUnsafe(calls, message.row)
  })
  yield* Queue.take(own).pipe(
    Effect.flatMap((row) => instances.tell({ type: "call", row })),
    Effect.forever,
    Effect.forkScoped
  )
  const watch = Stream.drain(
    Stream.mapEffect(Stream.fromSchedule(Schedule.spaced(watchMillis)).pipe(Stream.prepend([0])), () =>
      instances.tell({ type: "watching" })
    )
  )
  return {
    publish: (row) => {
      PubSub.publishUnsafe(calls, row)
      if (watchedUntilMillis !== undefined && now() < watchedUntilMillis) Queue.offerUnsafe(own, row)
    },
    calls: Stream.merge(Stream.fromPubSub(calls), watch, { haltStrategy: "left" })
  }
})
