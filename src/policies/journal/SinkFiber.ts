import * as Arr from "effect/Array"
import type * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Metric from "effect/Metric"
import * as Pull from "effect/Pull"
import * as Queue from "effect/Queue"
import type * as Schedule from "effect/Schedule"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import type { CallRecord, Entry } from "./CallRecord.ts"

/** Writes entries; one that failed may have written some of them. */
export type Write<R> = (entries: Arr.NonEmptyReadonlyArray<Entry>) => Effect.Effect<void, unknown, R>

export interface SinkOptions {
  readonly capacity: number
  readonly batchSize: number
  readonly interval: Duration.Input
  readonly writeTimeout: Duration.Input
  readonly flushTimeout: Duration.Input
  readonly reportInterval: Duration.Input
  readonly retry: Schedule.Schedule<unknown, unknown>
}

/** Where the records of one sink wait. */
export interface SinkFiber {
  /** Takes a record, or drops it where too many are waiting. */
  readonly offer: (record: CallRecord) => void
  /** Waits until everything offered so far is written, or given up. */
  readonly flush: Effect.Effect<void>
  readonly dropped: () => number
  /** Writes what is left, within `flushTimeout`, and ends the fiber. */
  readonly close: Effect.Effect<void>
}

/** Counts what is missing from a sink, and what of it has been said there and in the log. */
class Losses {
  count = 0
  written = 0
  logged = 0
  readonly #metric: Metric.Counter<number>
  readonly #context: Context.Context<never>
  constructor(sink: string, context: Context.Context<never>) {
    this.#context = context
    this.#metric = Metric.counter("effect_llm.journal.dropped", {
      description: "Records that a sink of the journal is missing.",
      attributes: { "effect_llm.journal.sink": sink, unit: "{record}" },
      incremental: true
    })
  }
  add(count: number): void {
    this.count += count
    this.#metric.updateUnsafe(count, this.#context)
  }
}

/** Starts the fiber that writes what a sink is offered; it goes on until `close`. */
export const make = Effect.fnUntraced(function* <R>(
  name: string,
  write: Write<R>,
  options: SinkOptions,
  nextId: () => string
): Effect.fn.Return<SinkFiber, never, R | Scope.Scope> {
  const queue = yield* Queue.dropping<CallRecord, Cause.Done>(options.capacity)
  const losses = new Losses(name, yield* Effect.context<never>())
  let offered = 0
  /** Records that are written or given up. */
  let done = 0
  let flushes: Array<{ readonly until: number; readonly written: Deferred.Deferred<void> }> = []
  let isClosing = false
  const hurried = Latch.makeUnsafe()

  const report = Effect.suspend(() => {
    const count = losses.count - losses.logged
    if (count === 0) return Effect.void
    losses.logged = losses.count
    return Effect.logWarning(`The journal dropped ${count} records: sink ${name} is too slow or fails`)
  })

  /** The records that are waiting, at most a batch; those of the next moments too, unless somebody waits for them. */
  const takeBatch = Effect.gen(function* () {
    const first = yield* Queue.takeBetween(queue, 1, options.batchSize)
    const room = options.batchSize - first.length
    if (room <= 0) return first
    if (flushes.length === 0 && !isClosing) yield* Effect.timeoutOption(hurried.await, options.interval)
    const more = yield* Queue.takeBetween(queue, 0, room).pipe(
      Pull.catchDone(() => Effect.succeed<Array<CallRecord>>([]))
    )
    return [...first, ...more]
  })

  const writeBatch = Effect.fnUntraced(function* (batch: ReadonlyArray<CallRecord>) {
    const missing = losses.count - losses.written
    const now = yield* Clock.currentTimeMillis
    const entries: ReadonlyArray<Entry> =
      missing === 0
        ? batch
        : [{ _tag: "Dropped", id: nextId(), at: DateTime.makeUnsafe(now), count: missing }, ...batch]
    if (!Arr.isReadonlyArrayNonEmpty(entries)) return
    const written = yield* Effect.suspend(() => write(entries)).pipe(
      Effect.timeout(options.writeTimeout),
      Effect.catchDefect((defect) => Effect.fail(defect)),
      Effect.tapError((error) => Effect.logWarning(`Sink ${name} of the journal failed`, error)),
      Effect.retry(options.retry),
      Effect.match({ onSuccess: () => true, onFailure: () => false })
    )
    if (written) losses.written += missing
    else losses.add(batch.length)
    done += batch.length
    flushes = flushes.filter(({ until, written }) => {
      if (done < until) return true
      Deferred.doneUnsafe(written, Effect.void)
      return false
    })
  })

  const drained = Effect.forever(Effect.flatMap(takeBatch, writeBatch)).pipe(
    // A last word on records that were dropped since the last batch.
    Pull.catchDone(() => writeBatch([])),
    Effect.provideService(References.TracerEnabled, false)
  )
  const fiber = yield* Effect.forkDetach(drained)
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(options.reportInterval), report)))
  return {
    offer: (record) => {
      if (Queue.offerUnsafe(queue, record)) offered++
      else losses.add(1)
    },
    flush: Effect.suspend(() => {
      if (done >= offered) return Effect.void
      const written = Deferred.makeUnsafe<void>()
      flushes.push({ until: offered, written })
      return Effect.andThen(hurried.release, Deferred.await(written))
    }),
    dropped: () => losses.count,
    close: Effect.gen(function* () {
      isClosing = true
      yield* Queue.end(queue)
      yield* hurried.release
      yield* Effect.timeoutOption(Fiber.await(fiber), options.flushTimeout)
      // A write that cannot be interrupted is left behind.
      yield* Effect.timeoutOption(Fiber.interrupt(fiber), options.flushTimeout)
      if (done < offered) losses.add(offered - done)
      yield* report
    })
  }
})
