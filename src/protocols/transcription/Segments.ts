import type { TranscriptionResponse } from "../../domain/Transcription.ts"
import { array, compact, isObject, type WireObject } from "../wire/WireObject.ts"

type Segment = NonNullable<TranscriptionResponse["segments"]>[number]

/** The unchecked fields of a segment. */
export type Fields = { readonly [K in Exclude<keyof Segment, "text">]?: unknown } & {
  readonly text?: string | undefined
}

/** Reads the segments; `undefined` if the response has no such list. */
export const decode = (list: unknown, read: (wire: WireObject) => Fields): ReadonlyArray<Segment> | undefined => {
  if (!Array.isArray(list)) return undefined
  return array(list)
    .filter(isObject)
    .map((wire) => {
      const { confidence, end, speaker, start, text = "" } = read(wire)
      return compact({
        text,
        start: seconds(start),
        end: seconds(end),
        speaker: typeof speaker === "string" || typeof speaker === "number" ? String(speaker) : undefined,
        confidence: typeof confidence === "number" ? confidence : undefined
      })
    })
}

/** A number of seconds, also where it is written as a text. */
export const seconds = (u: unknown): number | undefined => {
  const value = typeof u === "string" && u !== "" ? Number(u) : u
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined
}
