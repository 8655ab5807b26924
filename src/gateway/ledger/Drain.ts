import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Metric from "effect/Metric"
import * as References from "effect/References"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { unusableDirectory } from "../../settings/stores/UnusableDirectory.ts"
import type { LedgerEntry } from "./LedgerRow.ts"
import { Spool, type Segment, type SpoolOptions } from "./Spool.ts"

/** Where entries go in the end. */
export interface Database<E> {
  readonly write: (entries: ReadonlyArray<LedgerEntry>) => Effect.Effect<void, E>
  /** Whether an error is no word on the entries: none could be written now. */
  readonly isAway: (error: E) => Effect.Effect<boolean>
}

export interface DrainOptions extends SpoolOptions {
  /** How long entries wait for more. */
  readonly interval: Duration.Input
  /** How long what is left may take when the ledger is closed; the spool keeps the rest. */
  readonly flushTimeout: Duration.Input
}

export interface Drain {
  /** Takes an entry; it never waits. */
  readonly append: (entry: LedgerEntry) => void
  /** Waits until what was appended so far is in the database. */
  readonly flush: Effect.Effect<void>
  readonly state: Effect.Effect<{ readonly waiting: number; readonly dropped: number; readonly isBehind: boolean }>
}

/** Within a second; after that it is asked whether the database is there. */
const attempts = Schedule.exponential("100 millis").pipe(Schedule.upTo({ times: 3 }))

const dropped = Metric.counter("effect_llm.ledger.dropped", {
  description: "Calls that the ledger is missing.",
  attributes: { unit: "{call}" },
  incremental: true
})

/** Takes entries, and brings them into a database when it is there. */
export const make = Effect.fnUntraced(function* <E>(
  database: Database<E>,
  options: DrainOptions
): Effect.fn.Return<Drain, never, Scope.Scope> {
  const context = yield* Effect.context<never>()
  const spool = new Spool(options)
  if (spool.failure !== undefined) {
    const meaning = "Calls wait for the database in memory alone, and are lost with the process"
    yield* Effect.logWarning(unusableDirectory(meaning, String(options.directory), spool.failure))
  }
  let appended = 0
  let written = 0
  let refused = 0
  let isBehind = false
  let isClosing = false
  let flushes: Array<{ readonly until: number; readonly done: Deferred.Deferred<void> }> = []
  const isOffered = Latch.makeUnsafe()
  const hurried = Latch.makeUnsafe()

  const refuse = (entry: LedgerEntry, error: E) =>
    Effect.suspend(() => {
      refused++
      dropped.updateUnsafe(1, context)
      return Effect.logError(`The ledger cannot keep the call ${entry.row.id}`, error, JSON.stringify(entry.row))
    })

  /** Waits for a database that is away; what it refuses while it is there holds up nothing else. */
  const write = (entries: ReadonlyArray<LedgerEntry>): Effect.Effect<void> =>
    Effect.tapError(database.write(entries), (error) =>
      Effect.suspend(() => {
        if (isBehind) return Effect.void
        isBehind = true
        return Effect.logWarning("The ledger's database is away or refuses; calls wait in the spool", error)
      })
    ).pipe(
      Effect.retry(attempts),
      Effect.catch((error) =>
        Effect.flatMap(database.isAway(error), (isAway): Effect.Effect<void> => {
          if (isAway)
            return Effect.andThen(
              Effect.sleep("1 second"),
              Effect.suspend(() => write(entries))
            )
          const [entry] = entries
          return entry !== undefined && entries.length === 1
            ? refuse(entry, error)
            : Effect.forEach(entries, (one) => write([one]), { discard: true })
        })
      )
    )

  const drainOne = Effect.fnUntraced(function* (segment: Segment) {
    const read = spool.entriesOf(segment)
    if (Result.isFailure(read)) {
      spool.forget(segment)
      return yield* Effect.logError(`The ledger cannot read ${segment.path}`, read.failure)
    }
    const { entries, torn } = read.success
    if (torn > 0) yield* Effect.logWarning(`${torn} lines of ${segment.path} are no entries of the ledger`)
    yield* write(entries)
    isBehind = false
    spool.remove(segment)
    written += segment.count
    flushes = flushes.filter(({ done, until }) => {
      if (written < until) return true
      Deferred.doneUnsafe(done, Effect.void)
      return false
    })
  })

  const drain = Effect.gen(function* () {
    yield* isOffered.await
    if (!isClosing && flushes.length === 0) yield* Effect.timeoutOption(hurried.await, options.interval)
    yield* hurried.close
    yield* isOffered.close
    let segment = spool.next()
    while (segment !== undefined) {
      yield* drainOne(segment)
      yield* Effect.yieldNow
      segment = spool.next()
    }
  })
  const fiber = yield* Effect.forever(
    Effect.catchDefect(drain, (defect) =>
      Effect.andThen(Effect.logError("The ledger could not be written", defect), Effect.sleep("1 second"))
    )
  ).pipe(Effect.provideService(References.TracerEnabled, false), Effect.forkDetach)
  const syncing = Effect.forever(Effect.andThen(Effect.sleep("100 millis"), spool.sync))
  const adopt = Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.suspend(() => {
      spool.touch(now)
      const count = spool.adopt(now)
      if (count === 0) return Effect.void
      return Effect.andThen(
        isOffered.open,
        Effect.logInfo(`The ledger takes over ${count} files of a process that ended`)
      )
    })
  )
  let reported = 0
  const report = Effect.suspend(() => {
    const count = spool.dropped - reported
    reported = spool.dropped
    return count === 0 ? Effect.void : Effect.logError(`The ledger dropped ${count} calls: its spool is full`)
  })
  yield* Effect.forkScoped(syncing)
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.andThen(adopt, report), Effect.sleep("10 seconds"))))

  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      isClosing = true
      yield* Effect.andThen(isOffered.open, hurried.open)
      if (spool.waiting > 0) yield* Effect.timeoutOption(flush, options.flushTimeout)
      yield* Fiber.interrupt(fiber)
      yield* spool.sync
      spool.close()
      yield* report
    })
  )

  const flush = Effect.suspend(() => {
    if (written >= appended) return Effect.void
    const done = Deferred.makeUnsafe<void>()
    flushes.push({ until: appended, done })
    return Effect.andThen(Effect.andThen(hurried.open, isOffered.open), Deferred.await(done))
  })

  return {
    append: (entry) => {
      if (spool.append(entry)) appended++
      else dropped.updateUnsafe(1, context)
      isOffered.openUnsafe()
    },
    flush,
    state: Effect.sync(() => ({ waiting: spool.waiting, dropped: spool.dropped + refused, isBehind }))
  }
})
