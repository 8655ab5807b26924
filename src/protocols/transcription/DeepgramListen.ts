import * as Result from "effect/Result"
import type { Json } from "../../domain/Json.ts"
import type { TranscriptionRequest, TranscriptionResponse } from "../../domain/Transcription.ts"
import { make as makeUsage } from "../../domain/Usage.ts"
import { type CallParameters, encoder, sent } from "../wire/CallCodec.ts"
import { string, unsupported } from "../wire/request/RequestCodec.ts"
import type { CallProtocol } from "../Protocol.ts"
import { decodeError, unreadable } from "../wire/response/ErrorBody.ts"
import * as MediaFile from "../wire/request/MediaFile.ts"
import * as Shape from "../wire/response/Shape.ts"
import { array, isObject, object, text } from "../wire/WireObject.ts"
import * as Segments from "./Segments.ts"

const protocol = "deepgram-listen"

const parameters: CallParameters<TranscriptionRequest> = {
  audio: sent,
  mediaType: sent,
  fileName: sent,
  language: string("language"),
  prompt: unsupported,
  temperature: unsupported,
  timestamps: sent,
  diarize: sent,
  translate: unsupported,
  user: unsupported,
  serviceTier: unsupported
}

/** Where results have the text. */
const resultsShape = Shape.object({
  channels: Shape.array(
    Shape.object({
      alternatives: Shape.array(Shape.object({ transcript: Shape.string, words: Shape.array(Shape.object()) }))
    })
  ),
  utterances: Shape.array(Shape.object({ transcript: Shape.string }))
})

/**
 * Recordings written down by Deepgram. The caller's own options go into the query (`keyterm`, `redact` ...); the text is
 * formatted unless `smart_format` is set otherwise. Words always have times; segments are utterances.
 *
 * Source: https://developers.deepgram.com/reference/speech-to-text/listen-pre-recorded
 */
export const DeepgramListen: CallProtocol<TranscriptionRequest, TranscriptionResponse> = {
  id: protocol,
  encodeRequest: encoder(protocol, parameters, (call) => {
    const { diarize, language, timestamps = [] } = call.request
    const { address, file } = MediaFile.recording(call.request, call)
    return {
      path: "/listen",
      query: {
        model: call.model,
        smart_format: true,
        ...call.fields,
        detect_language: language === undefined ? true : undefined,
        diarize: diarize === true ? true : undefined,
        utterances: timestamps.includes("segment") || diarize === true ? true : undefined
      },
      bytes:
        file === undefined
          ? { bytes: new TextEncoder().encode(JSON.stringify({ url: address })), mediaType: "application/json" }
          : { bytes: file.bytes, mediaType: file.mediaType }
    }
  }),
  decodeResponse: (body, { model, provider }) => {
    const results = object(object(body)?.results)
    if (!isObject(body) || results === undefined) {
      if (isObject(body) && ("err_code" in body || "category" in body)) return Result.fail(decodeError(body))
      return unreadable("there are no `results`", body, { provider, model })
    }
    const at = resultsShape(results)
    if (at !== undefined || array(results.channels).length === 0) {
      const detail = `results.${at ?? "channels"} does not have the expected type`
      return unreadable(detail, body, { provider, model })
    }
    const metadata = object(body.metadata) ?? {}
    const channels = array(results.channels).filter(isObject)
    const best = channels.map((channel) => object(array(channel.alternatives)[0])).filter(isObject)
    const duration = Segments.seconds(metadata.duration)
    const channelCount = Math.max(channels.length, 1)
    return Result.succeed({
      id: text(metadata.request_id),
      text: best.flatMap(({ transcript }) => text(transcript) ?? []).join("\n"),
      segments: Segments.decode(results.utterances, (utterance) => ({
        ...utterance,
        text: text(utterance.transcript)
      })),
      words: Segments.decode(
        best.flatMap(({ words }) => array(words)),
        (word) => ({ ...word, text: text(word.punctuated_word) ?? text(word.word) })
      ),
      language: text(channels[0]?.detected_language),
      duration,
      // Each channel is transcribed, and billed, separately.
      usage: makeUsage(
        { input: 0, output: 0 },
        { units: duration === undefined ? undefined : { inputSeconds: duration * channelCount } }
      ),
      warnings: [],
      attempts: [],
      raw: body as Json
    })
  },
  decodeError
}
