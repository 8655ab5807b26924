import type { TranscriptionSegment } from "../../../domain/Transcription.ts"

/** SubRip: numbered cues. */
export const srt = (segments: ReadonlyArray<TranscriptionSegment>): string =>
  segments.map((segment, index) => `${index + 1}\n${cue(segment, ",")}\n`).join("\n")

/** WebVTT. */
export const vtt = (segments: ReadonlyArray<TranscriptionSegment>): string =>
  `WEBVTT\n\n${segments.map((segment) => `${cue(segment, ".")}\n`).join("\n")}`

/** An empty line would end the cue. */
const cue = ({ end = 0, start = 0, text }: TranscriptionSegment, point: string): string =>
  `${time(start, point)} --> ${time(end, point)}\n${text.trim().replaceAll(/\n{2,}/g, "\n")}`

const time = (seconds: number, point: string): string => {
  const millis = Math.round(seconds * 1000)
  const part = (divisor: number, modulus: number, digits: number) =>
    String(Math.floor(millis / divisor) % modulus).padStart(digits, "0")
  return `${part(3_600_000, 100_000, 2)}:${part(60_000, 60, 2)}:${part(1000, 60, 2)}${point}${part(1, 1000, 3)}`
}
