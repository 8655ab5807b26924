import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ChatResponse } from "../../domain/ChatResponse.ts"
import { timeLeft } from "./CachedCall.ts"

/** A response, and the embedding of the prompt that it was made for. */
const Entry = Schema.Struct({ vector: Schema.Array(Schema.Finite), at: Schema.DateTimeUtc, response: ChatResponse })
type Entry = typeof Entry.Type

const Entries = Schema.fromJsonString(Schema.toCodecJson(Schema.Array(Entry)))
const decodeEntries = Schema.decodeEffect(Entries)
const encodeEntries = Schema.encodeEffect(Entries)

/** The entries of a text, none where it is corrupt. */
export const decode = (text: string | undefined): Effect.Effect<ReadonlyArray<Entry>> =>
  text === undefined ? Effect.succeed([]) : Effect.orElseSucceed(decodeEntries(text), () => [])

export const encode = (entries: ReadonlyArray<Entry>): Effect.Effect<string | undefined> =>
  Effect.orElseSucceed(encodeEntries(entries), () => undefined)

/** With a vector of length one, rounded: the seventh digit of a similarity says nothing. */
export const entry = (
  vector: ReadonlyArray<number>,
  response: ChatResponse,
  at: DateTime.Utc | undefined,
  now: number
): Entry => ({
  vector: normalized(vector).map((n) => Number(n.toPrecision(7))),
  at: at ?? DateTime.makeUnsafe(now),
  response
})

export const alive = (
  entries: ReadonlyArray<Entry>,
  timeToLive: Duration.Duration,
  now: number
): ReadonlyArray<Entry> => entries.filter(({ at }) => timeLeft(at, timeToLive, now) > 0)

/** The entry whose prompt is the most similar, by the cosine. */
export const closest = (
  entries: ReadonlyArray<Entry>,
  vector: ReadonlyArray<number>
): { readonly entry: Entry; readonly similarity: number } | undefined => {
  const prompt = normalized(vector)
  let best: { readonly entry: Entry; readonly similarity: number } | undefined
  for (const entry of entries) {
    if (entry.vector.length !== prompt.length) continue
    const similarity = entry.vector.reduce((sum, n, index) => sum + n * (prompt[index] ?? 0), 0)
    if (best === undefined || similarity > best.similarity) best = { entry, similarity }
  }
  return best
}

const normalized = (vector: ReadonlyArray<number>): ReadonlyArray<number> => {
  const length = Math.hypot(...vector)
  return length === 0 ? vector : vector.map((n) => n / length)
}
