import * as Result from "effect/Result"
import type { Json } from "../../domain/Json.ts"
import type { TranscriptionRequest, TranscriptionResponse } from "../../domain/Transcription.ts"
import { make as makeUsage, unknown as unknownUsage, type Usage } from "../../domain/Usage.ts"
import { type CallParameters, encoder, sent, sentAs } from "../wire/CallCodec.ts"
import { finite, string, unsupported } from "../wire/request/RequestCodec.ts"
import type { CallProtocol, CallServer } from "../Protocol.ts"
import { decodeError, unreadable } from "../wire/response/ErrorBody.ts"
import * as MediaFile from "../wire/request/MediaFile.ts"
import { compact, filled, isObject, nonNegativeInt, object, text, type WireObject } from "../wire/WireObject.ts"
import * as Segments from "./Segments.ts"
import { server } from "./server/Transcription.ts"

/** How servers of this API differ. */
interface OpenAiTranscriptionDialect {
  readonly protocol: string
  /** The field for a URL instead of a file, if it accepts one. */
  readonly url?: string | undefined
  /** Whether a model returns timestamps. */
  readonly timestamps: (model: string) => boolean
  /** The fields that request speaker labels; none if the model has none. */
  readonly diarize: (model: string) => WireObject | undefined
  /** Whether the fields of the response depend on a `response_format`. */
  readonly formats: boolean
  /** What differs from OpenAI's: whether it takes words to expect (`prompt`), and translates into English. */
  readonly parameters?: Partial<CallParameters<TranscriptionRequest>> | undefined
}

type TranscriptionProtocol = CallProtocol<TranscriptionRequest, TranscriptionResponse>

const openAiParameters: CallParameters<TranscriptionRequest> = {
  audio: sentAs("file"),
  mediaType: sentAs("file"),
  fileName: sentAs("file"),
  language: sentAs("language"),
  prompt: string("prompt"),
  temperature: finite("temperature"),
  timestamps: sentAs("timestamp_granularities", "timestamp_granularities[]", "response_format"),
  diarize: sentAs("response_format"),
  translate: sent,
  user: unsupported,
  serviceTier: unsupported
}

const make = (dialect: OpenAiTranscriptionDialect): TranscriptionProtocol => ({
  id: dialect.protocol,
  encodeRequest: encoder(dialect.protocol, { ...openAiParameters, ...dialect.parameters }, (call) => {
    const { diarize = false, language, timestamps = [], translate = false } = call.request
    const speakers = diarize ? dialect.diarize(call.model) : undefined
    const times = timestamps.length > 0 && dialect.timestamps(call.model)
    if (diarize && speakers === undefined) call.unsupported("diarize", "this model does not distinguish speakers")
    if (timestamps.length > 0 && !times) call.unsupported("timestamps", "this model returns no timestamps")
    const { address, file } = MediaFile.recording(call.request, call)
    if (address !== undefined && dialect.url === undefined) {
      call.refuse("audio", "this API accepts bytes, not a URL")
    }
    if (translate && language !== undefined) call.unsupported("language", "translations detect it")
    return {
      path:
        translate && dialect.parameters?.translate !== unsupported ? "/audio/translations" : "/audio/transcriptions",
      form: {
        model: call.model,
        file,
        ...(address === undefined || dialect.url === undefined ? {} : { [dialect.url]: address }),
        language: translate ? undefined : language,
        ...call.fields,
        response_format: !dialect.formats ? undefined : times ? "verbose_json" : speakers ? undefined : "json",
        "timestamp_granularities[]": times ? timestamps : undefined,
        ...speakers
      }
    }
  }),
  decodeResponse: (body, { model, provider }) => {
    // What the caller's own `response_format` asks for: the text, or subtitles.
    if (typeof body === "string") {
      return Result.succeed({ text: body, usage: unknownUsage, warnings: [], attempts: [], raw: body })
    }
    if (isObject(body) && filled(body.error) !== undefined) return Result.fail(decodeError(body))
    if (!isObject(body) || typeof body.text !== "string") {
      return unreadable("there is no `text`", body, { provider, model })
    }
    const duration = Segments.seconds(body.duration)
    return Result.succeed({
      text: body.text,
      segments: Segments.decode(body.segments, segment),
      words: Segments.decode(body.words, (word) => ({
        ...segment(word),
        text: text(word.word) ?? text(word.text)
      })),
      language: text(body.language),
      duration,
      model: text(body.model),
      usage: usageOf(object(body.usage), duration),
      warnings: [],
      attempts: [],
      raw: body as Json
    })
  },
  decodeError
})

const segment = (wire: WireObject): Segments.Fields => ({
  text: text(wire.text),
  start: wire.start,
  end: wire.end,
  speaker: wire.speaker ?? wire.speaker_id,
  confidence: wire.score
})

/** Counted in tokens, or in seconds; Mistral counts both. */
const usageOf = (usage: WireObject | undefined, duration: number | undefined): Usage => {
  const details = object(usage?.input_token_details) ?? object(usage?.prompt_tokens_details) ?? {}
  const input = nonNegativeInt(usage?.input_tokens ?? usage?.prompt_tokens)
  const output = nonNegativeInt(usage?.output_tokens ?? usage?.completion_tokens)
  const seconds = Segments.seconds(usage?.seconds ?? usage?.prompt_audio_seconds) ?? duration
  const isMistral = usage?.prompt_audio_seconds !== undefined
  const audio = nonNegativeInt(details.audio_tokens)
  return makeUsage(
    {
      // Mistral puts the tokens of audio on top of the others.
      input: isMistral && input !== undefined ? input + (audio ?? 0) : input,
      inputAudio: audio,
      cacheRead: nonNegativeInt(details.cached_tokens),
      output
    },
    compact({
      units: seconds === undefined || (input !== undefined && !isMistral) ? undefined : { inputSeconds: seconds },
      raw: usage as Json | undefined
    })
  )
}

/** OpenAI's models without timestamps. Models of other servers are taken for Whisper under another name. */
const untimed = /(?:^|\/)gpt-|transcribe/

/**
 * OpenAI transcription. Whisper returns timestamps, models with `diarize` in their name return speakers.
 *
 * Source: https://developers.openai.com/api/reference/resources/audio/subresources/transcriptions/methods/create
 */
export const OpenAiTranscription: TranscriptionProtocol & CallServer<TranscriptionRequest, TranscriptionResponse> = {
  ...make({
    protocol: "openai-transcription",
    timestamps: (model) => !untimed.test(model),
    diarize: (model) =>
      model.includes("diarize") ? { response_format: "diarized_json", chunking_strategy: "auto" } : undefined,
    formats: true
  }),
  ...server("openai-transcription", openAiParameters)
}

/**
 * Recordings written down by Groq, which also reads them from an address.
 *
 * Source: https://console.groq.com/docs/api-reference#audio-transcription
 */
export const GroqTranscription: TranscriptionProtocol = make({
  protocol: "groq-transcription",
  url: "url",
  timestamps: () => true,
  diarize: () => undefined,
  formats: true
})

/**
 * Recordings written down by Mistral, which also reads them from an address.
 *
 * Source: https://docs.mistral.ai/studio/audio/speech-to-text/transcribe-files
 */
export const MistralTranscription: TranscriptionProtocol = make({
  protocol: "mistral-transcription",
  url: "file_url",
  timestamps: () => true,
  diarize: () => ({ diarize: true }),
  formats: false,
  parameters: { prompt: unsupported, translate: unsupported }
})
