import type * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Caching, Capability, Streaming } from "../../domain/Capability.ts"
import { reusable } from "./Reused.ts"
import type { ResponseStore } from "./ResponseStore.ts"

/** A response, and when it was made. */
export interface Kept<out Response> {
  readonly at: DateTime.Utc
  readonly response: Response
}

/** How kept responses are written down. */
export const codecOf = <C extends Capability>({ response }: Caching<C>) => {
  const kept = Schema.fromJsonString(Schema.toCodecJson(Schema.Struct({ at: Schema.DateTimeUtc, response })))
  const encode = Schema.encodeEffect(kept)
  const decode = Schema.decodeEffect(kept)
  return {
    decode: (text: string): Effect.Effect<Kept<C["Response"]> | undefined> =>
      Effect.orElseSucceed(decode(text), () => undefined),
    encode: (kept: Kept<C["Response"]>): Effect.Effect<string | undefined> =>
      Effect.orElseSucceed(encode(kept), () => undefined)
  }
}

export type Codec<C extends Capability> = ReturnType<typeof codecOf<C>>

/** Where a response goes, and for how long. */
export interface Place {
  readonly store: ResponseStore
  readonly key: string
  readonly timeToLive: Duration.Duration
  readonly storeTimeout: Duration.Duration
  readonly maxEntryBytes: number
}

/**
 * Keeps a response, without what was true of its own call only. One that comes out of another cache is as old as it is
 * there.
 */
export const keep = <C extends Capability>(
  response: C["Response"],
  codec: Codec<C>,
  { key, maxEntryBytes, store, storeTimeout, timeToLive }: Place
): Effect.Effect<void> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const at = response.cached?.at ?? DateTime.makeUnsafe(now)
    const left = timeLeft(at, timeToLive, now)
    if (left <= 0) return Effect.void
    const text = Effect.map(codec.encode({ at, response: reusable(response) }), (text) =>
      text !== undefined && text.length <= maxEntryBytes ? text : undefined
    )
    return store.write(key, text, Duration.millis(left), storeTimeout)
  })

/** How many milliseconds a response may still be reused. */
export const timeLeft = (at: DateTime.Utc, timeToLive: Duration.Duration, now: number): number =>
  DateTime.toEpochMillis(at) + Duration.toMillis(timeToLive) - now

/** Passes a stream on as it comes, and shows its response once it was whole, when its reader is done with it. */
export const observed = <C extends Capability, E, R, R1>(
  stream: Stream.Stream<C["Event"], E, R>,
  { makeFold }: Streaming<C>,
  see: (response: C["Response"]) => Effect.Effect<void, never, R1>
): Stream.Stream<C["Event"], E, R | R1> =>
  Stream.suspend(() => {
    const fold = makeFold()
    let hasFailed = false
    const events = Stream.transformPull(stream, (pull) => {
      const seen = Effect.map(pull, (events) => {
        for (const event of events) fold.add(event)
        return events
      })
      const note = (cause: Cause.Cause<E | Cause.Done>) =>
        Effect.sync(() => {
          if (!Pull.isDoneCause(cause)) hasFailed = true
        })
      return Effect.succeed(Effect.tapCause(seen, note))
    })
    return Stream.onExit(events, () => {
      const response = hasFailed ? undefined : fold.response()
      return response === undefined ? Effect.void : see(response)
    })
  })
