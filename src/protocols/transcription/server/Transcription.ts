import type { Frame } from "../../../domain/Frame.ts"
import type { Json } from "../../../domain/Json.ts"
import type {
  TranscriptionRequest,
  TranscriptionResponse,
  TranscriptionSegment
} from "../../../domain/Transcription.ts"
import { Bytes, type CallServer, type EncodeCallOptions } from "../../Protocol.ts"
import { type CallParameters, wordsOf } from "../../wire/CallCodec.ts"
import { CallReader } from "../../wire/CallReader.ts"
import { array, compact, isObject, object, type WireObject } from "../../wire/WireObject.ts"
import * as Subtitles from "./Subtitles.ts"

const formats = ["json", "text", "srt", "vtt", "verbose_json", "diarized_json"] as const

type Format = (typeof formats)[number]

/** Formats that cannot be written without times. */
const timedFormats: ReadonlyArray<string | undefined> = ["srt", "vtt", "verbose_json"] satisfies ReadonlyArray<Format>

const scalars = { temperature: "number", stream: "boolean" } as const

export const server = (
  protocol: string,
  parameters: CallParameters<TranscriptionRequest>
): CallServer<TranscriptionRequest, TranscriptionResponse> => ({
  id: protocol,
  words: wordsOf(parameters),
  decodeRequest: (body, pathModel) => {
    const reader = new CallReader(protocol, body, scalars)
    const model = reader.model(pathModel)
    const [file] = reader.files("file")
    if (file === undefined) reader.invalid("file", "expected a file")
    const format = reader.word("response_format", formats)
    const stream = reader.flag("stream")
    const language = reader.take("language")
    const granularities = reader.list("timestamp_granularities")
    const timestamps = granularities.filter((kind) => kind === "segment" || kind === "word")
    if (timestamps.length < granularities.length) {
      reader.invalid("timestamp_granularities", "expected segment or word")
    }
    const isTimed = timedFormats.includes(format)
    if (granularities.length > 0 && !isTimed) {
      reader.invalid("timestamp_granularities", "it takes response_format verbose_json")
    }
    // The provider's own default for speakers.
    if (format === "diarized_json") reader.take("chunking_strategy")
    return reader.end<TranscriptionRequest>({
      model,
      stream,
      format,
      request: {
        audio: file?.bytes ?? new Uint8Array(),
        ...reader.parameters(parameters),
        ...compact({
          mediaType: file === undefined || file.mediaType === "application/octet-stream" ? undefined : file.mediaType,
          fileName: file?.fileName,
          language: typeof language === "string" && language !== "" ? language : undefined,
          timestamps: !isTimed ? undefined : timestamps.length === 0 ? (["segment"] as const) : timestamps,
          diarize: format === "diarized_json" ? true : undefined
        })
      }
    })
  },
  isInFormat: ({ raw, segments = [], words }, format) => {
    if (!isObject(raw)) return false
    const isTimed = segments.length > 0 || words !== undefined
    switch (format) {
      case "json":
        return !isTimed
      case "verbose_json":
        return isTimed && raw.duration !== undefined
      default:
        return format === "diarized_json" && segments.some(({ speaker }) => speaker !== undefined)
    }
  },
  encodeResponse: (response, options) => {
    const { segments = [], text } = response
    switch (options.format as Format | undefined) {
      case "text":
        return plain(`${text}\n`)
      case "srt":
        return plain(Subtitles.srt(stretchesOf(response)), "application/x-subrip; charset=utf-8")
      case "vtt":
        return plain(Subtitles.vtt(stretchesOf(response)), "text/vtt; charset=utf-8")
      case "verbose_json":
        return verbose(response, options)
      case "diarized_json":
        return compact({
          task: "transcribe",
          duration: response.duration ?? segments.at(-1)?.end ?? 0,
          text,
          segments: segments.map(({ end = 0, speaker = "A", start = 0, text }, index) => ({
            type: "transcript.text.segment",
            id: `seg_${index}`,
            start,
            end,
            text,
            speaker
          })),
          usage: usageOf(response)
        }) as Json
      default:
        return compact({ text, logprobs: logprobsOf(response), usage: usageOf(response) }) as Json
    }
  },
  encodeWholeStream: (response) => {
    const { segments = [], text } = response
    const joined = segments.map((segment) => segment.text).join("")
    const pieces = joined === text ? segments.map((segment) => segment.text) : [text]
    const deltas = pieces.filter((delta) => delta !== "").map((delta) => ({ type: "transcript.text.delta", delta }))
    const usage = usageOf(response)
    const done = compact({
      type: "transcript.text.done",
      text,
      logprobs: logprobsOf(response),
      usage: usage?.type === "tokens" ? usage : undefined
    })
    return [...deltas, done].map((event): Frame => ({ event: event.type, data: JSON.stringify(event) }))
  }
})

const plain = (text: string, mediaType = "text/plain; charset=utf-8"): Bytes =>
  new Bytes(new TextEncoder().encode(text), mediaType)

/** The segments of the text; one with all of it if the provider returns none. */
const stretchesOf = ({ duration = 0, segments, text }: TranscriptionResponse): ReadonlyArray<TranscriptionSegment> =>
  segments === undefined || segments.length === 0 ? [{ text, start: 0, end: duration }] : segments

/** Whisper's other fields of a segment are 0 if the provider does not report them. */
const verbose = (response: TranscriptionResponse, { request }: EncodeCallOptions<TranscriptionRequest>): Json => {
  const { duration, language, raw, segments, text, words } = response
  const own = array(object(raw)?.segments)
  return compact({
    task: request.translate === true ? "translate" : "transcribe",
    language: language ?? request.language ?? "unknown",
    duration: duration ?? segments?.at(-1)?.end ?? words?.at(-1)?.end ?? 0,
    text,
    segments: segments?.map(({ end = 0, start = 0, text }, id) =>
      Object.assign({}, untold, own[id], { id, start, end, text })
    ),
    words: words?.map(({ end = 0, start = 0, text }) => ({ word: text, start, end })),
    usage: request.translate === true ? undefined : secondsOf(response)
  }) as Json
}

const untold = { seek: 0, tokens: [], temperature: 0, avg_logprob: 0, compression_ratio: 0, no_speech_prob: 0 }

const logprobsOf = ({ raw }: TranscriptionResponse): unknown => object(raw)?.logprobs

/** Tokens where the provider counts them, else seconds. */
const usageOf = (response: TranscriptionResponse): WireObject | undefined => {
  const { inputTokens, outputTokens, units } = response.usage
  const { audio, total: input } = inputTokens
  if (units?.inputSeconds !== undefined || input === undefined || outputTokens.total === undefined) {
    return secondsOf(response)
  }
  return compact({
    type: "tokens",
    input_tokens: input,
    input_token_details:
      audio === undefined ? undefined : { text_tokens: Math.max(0, input - audio), audio_tokens: audio },
    output_tokens: outputTokens.total,
    total_tokens: input + outputTokens.total
  })
}

const secondsOf = ({ duration, usage }: TranscriptionResponse): WireObject | undefined => {
  const seconds = usage.units?.inputSeconds ?? duration
  return seconds === undefined ? undefined : { type: "duration", seconds }
}
