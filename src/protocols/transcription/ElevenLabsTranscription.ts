import * as Result from "effect/Result"
import type { Json } from "../../domain/Json.ts"
import type { TranscriptionRequest, TranscriptionResponse } from "../../domain/Transcription.ts"
import { make as makeUsage } from "../../domain/Usage.ts"
import { type CallParameters, encoder, sent } from "../wire/CallCodec.ts"
import { boolean, finite, string, unsupported } from "../wire/request/RequestCodec.ts"
import type { CallProtocol } from "../Protocol.ts"
import { decodeError, unreadable } from "../wire/response/ErrorBody.ts"
import * as MediaFile from "../wire/request/MediaFile.ts"
import { array, isObject, text } from "../wire/WireObject.ts"
import * as Segments from "./Segments.ts"

const protocol = "elevenlabs-transcription"

const parameters: CallParameters<TranscriptionRequest> = {
  audio: sent,
  mediaType: sent,
  fileName: sent,
  language: string("language_code"),
  prompt: unsupported,
  temperature: finite("temperature"),
  timestamps: sent,
  diarize: boolean("diarize"),
  translate: unsupported,
  user: unsupported,
  serviceTier: unsupported
}

/**
 * Recordings written down by ElevenLabs. Words always have times; noises (`(laughter)`) are among them. Of several channels
 * the texts are joined by lines.
 *
 * Source: https://elevenlabs.io/docs/api-reference/speech-to-text/convert
 */
export const ElevenLabsTranscription: CallProtocol<TranscriptionRequest, TranscriptionResponse> = {
  id: protocol,
  encodeRequest: encoder(protocol, parameters, (call) => {
    const { timestamps = [] } = call.request
    if (timestamps.includes("segment")) call.unsupported("timestamps", "ElevenLabs returns the times of words only")
    const { address, file } = MediaFile.recording(call.request, call)
    return {
      path: "/v1/speech-to-text",
      form: {
        model_id: call.model,
        file,
        cloud_storage_url: address,
        ...call.fields,
        timestamps_granularity: timestamps.includes("word") ? "word" : undefined
      }
    }
  }),
  decodeResponse: (body, { model, provider }) => {
    const channels = isObject(body) && Array.isArray(body.transcripts) ? body.transcripts.filter(isObject) : [body]
    const transcribed = channels.filter(isObject).filter((channel) => typeof channel.text === "string")
    if (!isObject(body) || transcribed.length === 0) {
      return unreadable("there is no `text`", body, { provider, model })
    }
    const spoken = transcribed
      .flatMap(({ words }) => array(words))
      .filter((word) => isObject(word) && word.type !== "spacing")
    const words = Segments.decode(spoken, (word) => ({
      text: text(word.text),
      start: word.start,
      end: word.end,
      speaker: word.speaker_id,
      confidence: typeof word.logprob === "number" ? Math.exp(word.logprob) : undefined
    }))
    const duration = Segments.seconds(body.audio_duration_secs) ?? words?.at(-1)?.end
    return Result.succeed({
      id: text(body.transcription_id),
      text: transcribed.map((channel) => String(channel.text)).join("\n"),
      words,
      language: text(transcribed[0]?.language_code),
      duration,
      usage: makeUsage(
        { input: 0, output: 0 },
        { units: duration === undefined ? undefined : { inputSeconds: duration * transcribed.length } }
      ),
      warnings: [],
      attempts: [],
      raw: body as Json
    })
  },
  decodeError
}
