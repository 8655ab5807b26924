import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { CallEvent } from "../../domain/CallEvent.ts"
import type { Attempt } from "../../domain/ChatResponse.ts"
import type { Cost } from "../../domain/Cost.ts"
import { CurrentObserver } from "../../model/Model.ts"
import { AttemptLog, CurrentAttemptLog, type ReportedModel } from "../AttemptLog.ts"
import type { Usage } from "../../domain/Usage.ts"
import { coalescedCost, shared, sharedError, sharedEvent } from "./Reused.ts"
import type { CallResponse } from "../../domain/CallResponse.ts"

/** The least number of chunks to drop at a time, since dropping some moves the others. */
const chunksAtOnce = 64

type Events<Event> = Arr.NonEmptyReadonlyArray<Event>

/** A reader of a shared call. The first remaining one pays, and sees failed attempts as they happen. */
export class Reader {
  readonly log: AttemptLog | undefined
  readonly observer: ((event: CallEvent) => void) | undefined
  readonly startedAtMillis: number
  /** How many chunks it has read. */
  chunks = 0

  constructor(
    log: AttemptLog | undefined,
    observer: ((event: CallEvent) => void) | undefined,
    startedAtMillis: number
  ) {
    this.log = log
    this.observer = observer
    this.startedAtMillis = startedAtMillis
  }
}

/**
 * A call that is shared by its readers. It runs in a fiber of its own, as the first caller would have run it, until it
 * ends or its last reader leaves. A stream is read only as fast as its quickest reader asks; the others find what they have
 * not read yet in the log, of which there is one.
 */
export class SharedCall<Event extends CallEvent, A extends CallResponse, E> {
  readonly #model: string
  readonly #capacity: number
  /** Called once, when the call can no longer be joined. */
  readonly #close: () => void
  readonly #readers = new Set<Reader>()
  /** Readers that have not been given the end yet, in order of arrival. */
  readonly #unpaid = new Set<Reader>()
  #payer: Reader | undefined
  #chunks: Array<Events<Event>> = []
  #forgotten = 0
  #events = 0
  #isOpen = true
  #exit: Exit.Exit<A | undefined, E> | undefined
  #fiber: Fiber.Fiber<unknown, unknown> | undefined
  #changed = Latch.makeUnsafe()
  readonly #wanted = Latch.makeUnsafe()
  /** The first event of each type, which readers that join late need. */
  readonly #shown = new Map<string, CallEvent>()

  constructor(model: string, capacity: number, close: () => void) {
    this.#model = model
    this.#capacity = capacity
    this.#close = close
  }

  join(reader: Reader): void {
    this.#readers.add(reader)
    this.#unpaid.add(reader)
    this.#waive(reader)
    for (const event of this.#shown.values()) reader.observer?.(event)
  }

  /** Closes the call if it is still going on and nobody else reads it. */
  leave(reader: Reader): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#readers.delete(reader)
      if (this.#mustPay(reader)) this.#payer = reader
      this.#unpaid.delete(reader)
      this.#forget()
      if (this.#readers.size > 0) return Effect.void
      this.#stopJoining()
      return this.#exit === undefined && this.#fiber !== undefined ? Fiber.interrupt(this.#fiber) : Effect.void
    })
  }

  /** Runs a call for a whole response. */
  startWhole<R>(run: Effect.Effect<A, E, R>, isObserved: boolean): Effect.Effect<void, never, R> {
    const observer = isObserved ? (event: CallEvent) => this.#show(event) : undefined
    return this.#start(Effect.provideService(run, CurrentObserver, observer))
  }

  /** Runs a call for a stream. */
  startStream<R>(stream: Stream.Stream<Event, E, R>): Effect.Effect<void, never, R> {
    const read = Effect.fnUntraced(function* (call: SharedCall<Event, A, E>) {
      const pull = yield* Channel.toPullScoped(Stream.toChannel(stream), yield* Effect.scope)
      while (true) {
        yield* call.#wanted.await
        call.#wanted.closeUnsafe()
        call.#append(yield* pull)
      }
    })
    return this.#start(Pull.catchDone(Effect.scoped(read(this)), () => Effect.undefined))
  }

  /** The whole response. */
  response(reader: Reader, millis: () => number): Effect.Effect<A, E> {
    return Effect.suspend(() => {
      if (this.#exit === undefined) return Effect.flatMap(this.#changed.await, () => this.response(reader, millis))
      const pays = this.#settle(reader)
      if (Exit.isFailure(this.#exit)) return this.#fail(reader, this.#exit.cause, pays, millis())
      const response = this.#exit.value
      if (response === undefined) return Effect.die(`the call to ${this.#model} ended without a response`)
      return Effect.succeed(pays ? response : shared(response, this.#reuse(millis())))
    })
  }

  /** The next events that this reader has not read. */
  pull(reader: Reader, millis: () => number): Pull.Pull<Events<Event>, E> {
    return Effect.suspend((): Pull.Pull<Events<Event>, E> => {
      const chunk = this.#chunks[reader.chunks - this.#forgotten]
      if (chunk !== undefined) {
        if (++reader.chunks % chunksAtOnce === 0) this.#forget()
        return Effect.succeed(this.#seenBy(reader, chunk, millis))
      }
      if (this.#exit === undefined) {
        // Opening runs the call at once: it may have changed before this returns.
        const changed = this.#changed
        this.#wanted.openUnsafe()
        return Effect.flatMap(changed.await, () => this.pull(reader, millis))
      }
      if (Exit.isSuccess(this.#exit)) return Cause.done()
      return this.#fail(reader, this.#exit.cause, this.#settle(reader), millis())
    })
  }

  #start<R>(run: Effect.Effect<A | undefined, E, R>): Effect.Effect<void, never, R> {
    const logged = Effect.provideService(
      run,
      CurrentAttemptLog,
      new SharedLog(
        () => this.#first,
        (reader) => this.#waive(reader)
      )
    )
    const ended = Effect.onExit(logged, (exit) =>
      Effect.sync(() => {
        this.#exit = exit
        this.#stopJoining()
        this.#notify()
      })
    )
    return Effect.map(Effect.forkDetach(ended), (fiber) => {
      this.#fiber = fiber
    })
  }

  /** While somebody else pays, the call costs this reader nothing, however it leaves. */
  #waive(reader: Reader): void {
    reader.log?.overrideCost(() => (this.#mustPay(reader) ? undefined : coalescedCost))
  }

  /** Whether no other reader would pay if this one left now. */
  #mustPay(reader: Reader): boolean {
    return this.#payer === reader || (this.#payer === undefined && this.#unpaid.size === 1 && this.#unpaid.has(reader))
  }

  get #first(): Reader | undefined {
    if (this.#payer !== undefined) return this.#payer
    for (const reader of this.#unpaid) return reader
    return undefined
  }

  #pays(reader: Reader): boolean {
    return this.#first === reader
  }

  /** The reader learns the end of the call. Whether it is the one that pays. */
  #settle(reader: Reader): boolean {
    const pays = this.#pays(reader)
    if (pays) this.#payer = reader
    this.#unpaid.delete(reader)
    return pays
  }

  #seenBy(reader: Reader, chunk: Events<Event>, millis: () => number): Events<Event> {
    const ends = chunk.at(-1)?.type === "finish"
    const pays = ends ? this.#settle(reader) : this.#pays(reader)
    if (pays || !(ends || chunk.some(({ attempts }) => attempts !== undefined))) return chunk
    const reuse = this.#reuse(millis())
    const [first, ...others] = chunk
    return [sharedEvent(first, reuse), ...others.map((event) => sharedEvent(event, reuse))]
  }

  #fail(reader: Reader, cause: Cause.Cause<E>, pays: boolean, millis: number): Effect.Effect<never, E> {
    const found = Cause.findError(cause)
    if (pays || Result.isFailure(found)) return Effect.failCause(cause)
    const error = sharedError(found.success)
    reader.log?.push(attemptOf(error, this.#reuse(millis)))
    return Effect.fail(error)
  }

  #reuse(millis: number) {
    return { model: this.#model, cost: coalescedCost, millis }
  }

  #show(event: CallEvent): void {
    if (!this.#shown.has(event.type)) this.#shown.set(event.type, event)
    for (const { observer } of this.#readers) observer?.(event)
  }

  #append(events: Events<Event>): void {
    this.#chunks.push(events)
    this.#events += events.length
    if (this.#events > this.#capacity) this.#stopJoining()
    this.#notify()
  }

  #notify(): void {
    const changed = this.#changed
    this.#changed = Latch.makeUnsafe()
    changed.openUnsafe()
  }

  #stopJoining(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#close()
  }

  /** Drops chunks that all readers have read. */
  #forget(): void {
    if (this.#isOpen) return
    let read = this.#forgotten + this.#chunks.length
    for (const { chunks } of this.#readers) read = Math.min(read, chunks)
    this.#chunks = this.#chunks.slice(read - this.#forgotten)
    this.#forgotten = read
  }
}

const attemptOf = (
  error: unknown,
  { cost, millis, model }: { model: string; cost: Cost; millis: number }
): Attempt => ({
  model,
  error: error as Attempt["error"],
  duration: Duration.millis(millis),
  cost
})

/** Reports the events of the call to the reader that pays. */
class SharedLog extends AttemptLog {
  readonly #payer: () => Reader | undefined
  readonly #waive: (reader: Reader) => void

  constructor(payer: () => Reader | undefined, waive: (reader: Reader) => void) {
    super(undefined)
    this.#payer = payer
    this.#waive = waive
  }

  override see(event: CallEvent): void {
    this.#payer()?.log?.see(event)
  }

  override priceBy(...[pricer]: Parameters<AttemptLog["priceBy"]>): void {
    this.#payer()?.log?.priceBy(pricer)
  }

  override price(requestedModel: string, usage: Usage, reported: ReportedModel): Cost | undefined {
    return this.#payer()?.log?.price(requestedModel, usage, reported)
  }

  override estimateBy(...[estimate]: Parameters<AttemptLog["estimateBy"]>): void {
    this.#payer()?.log?.estimateBy(estimate)
  }

  override correct(...call: Parameters<AttemptLog["correct"]>): void {
    this.#payer()?.log?.correct(...call)
  }

  override overrideCost(...[cost]: Parameters<AttemptLog["overrideCost"]>): void {
    this.#payer()?.log?.overrideCost(cost)
  }

  override costOf(...[error]: Parameters<AttemptLog["costOf"]>): Cost | undefined {
    return this.#payer()?.log?.costOf(error)
  }

  override start(model: string): void {
    const payer = this.#payer()
    payer?.log?.start(model)
    if (payer !== undefined) this.#waive(payer)
  }

  override push(attempt: Attempt): void {
    this.#payer()?.log?.push(attempt)
  }
}
