import * as Result from "effect/Result"
import type { Json } from "../../domain/Json.ts"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import type { TranscriptionRequest } from "../../domain/TranscriptionRequest.ts"
import type { TranscriptionResponse } from "../../domain/TranscriptionResponse.ts"
import { make as makeUsage } from "../../domain/Usage.ts"
import * as CallDraft from "../wire/CallDraft.ts"
import type { CallParameters } from "../wire/CallEncoder.ts"
import type { CallProtocol } from "../CallProtocol.ts"
import { decodeElevenLabsError } from "../wire/ElevenLabsError.ts"
import * as MediaFile from "../wire/MediaFile.ts"
import { array, compact, isObject, text } from "../wire/WireObject.ts"
import * as Segments from "./Segments.ts"

const protocol = "elevenlabs-transcription"

const parameters: CallParameters<TranscriptionRequest> = {
  audio: "sent",
  mediaType: "sent",
  fileName: "sent",
  language: "sent",
  prompt: "unsupported",
  temperature: "sent",
  timestamps: "sent",
  diarize: "sent",
  translate: "unsupported",
  user: "unsupported",
  serviceTier: "unsupported"
}

/**
 * Recordings written down by ElevenLabs. Words always have times; noises (`(laughter)`) are among them. Of several channels
 * the texts are joined by lines.
 *
 * Source: https://elevenlabs.io/docs/api-reference/speech-to-text/convert
 */
export const ElevenLabsTranscription: CallProtocol<TranscriptionRequest, TranscriptionResponse> = {
  id: protocol,
  encodeRequest: (request, options) => {
    return CallDraft.encode(request, { ...options, protocol, parameters }, (issues) => {
      const { diarize, language, temperature, timestamps = [] } = request
      if (timestamps.includes("segment")) issues.unsupported("timestamps", "ElevenLabs tells the times of words only")
      const { address, file } = MediaFile.recording(request, issues)
      return {
        path: "/v1/speech-to-text",
        form: compact({
          model_id: options.model,
          file,
          cloud_storage_url: address,
          language_code: language,
          diarize,
          timestamps_granularity: timestamps.includes("word") ? "word" : undefined,
          temperature
        })
      }
    })
  },
  decodeResponse: (body, { model, provider }) => {
    const channels = isObject(body) && Array.isArray(body.transcripts) ? body.transcripts.filter(isObject) : [body]
    const said = channels.filter(isObject).filter((channel) => typeof channel.text === "string")
    if (!isObject(body) || said.length === 0) {
      return Result.fail(new ResponseParseError({ provider, model, body, detail: "there is no `text`" }))
    }
    const spoken = said.flatMap(({ words }) => array(words)).filter((word) => isObject(word) && word.type !== "spacing")
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
      text: said.map((channel) => String(channel.text)).join("\n"),
      words,
      language: text(said[0]?.language_code),
      duration,
      usage: makeUsage(
        { input: 0, output: 0 },
        { units: duration === undefined ? undefined : { inputSeconds: duration * said.length } }
      ),
      warnings: [],
      attempts: [],
      raw: body as Json
    })
  },
  decodeError: decodeElevenLabsError
}
