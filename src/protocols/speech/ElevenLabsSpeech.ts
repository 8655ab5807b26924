import type { SpeechRequest } from "../../domain/Speech.ts"
import { type CallParameters, encoder, sent } from "../wire/CallCodec.ts"
import { seed, string, unsupported } from "../wire/request/RequestCodec.ts"
import type { SpeechProtocol } from "../Protocol.ts"
import { decodeError } from "../wire/response/ErrorBody.ts"
import { countedSpeech } from "./SpeechResponse.ts"

const protocol = "elevenlabs-speech"

const parameters: CallParameters<SpeechRequest> = {
  text: string("text"),
  voice: sent,
  instructions: unsupported,
  format: sent,
  sampleRate: sent,
  speed: sent,
  language: string("language_code"),
  seed: seed("seed"),
  user: unsupported,
  serviceTier: unsupported
}

/** A voice that every account has. */
const defaultVoice = "21m00Tcm4TlvDq8ikWAM"

/** Its names of `mp3` and the like, without a sample rate. */
const formats: { readonly [format: string]: string } = {
  mp3: "mp3_44100_128",
  pcm: "pcm_24000",
  wav: "wav_44100",
  opus: "opus_48000_64",
  ulaw: "ulaw_8000",
  mulaw: "ulaw_8000",
  alaw: "alaw_8000"
}

/**
 * Speech of ElevenLabs. `voice` is the id of a voice; a `format` may be the API's own word (`mp3_22050_32`). Settings of
 * the voice go into `providerOptions.elevenlabs.voice_settings`.
 *
 * Source: https://elevenlabs.io/docs/api-reference/text-to-speech/convert
 */
export const ElevenLabsSpeech: SpeechProtocol = {
  id: protocol,
  encodeRequest: encoder(protocol, parameters, (call) => {
    const { format, sampleRate, speed, voice = defaultVoice } = call.request
    const known = format === undefined ? undefined : (formats[format] ?? format)
    if (known !== undefined && !known.includes("_")) call.unsupported("format", `ElevenLabs has no format ${known}`)
    if (sampleRate !== undefined && (format === undefined || format.includes("_") || format === "mp3")) {
      call.unsupported("sampleRate", "set it in the format, such as mp3_22050_32")
    }
    return {
      path: `/v1/text-to-speech/${encodeURIComponent(voice)}${call.stream ? "/stream" : ""}`,
      query: { output_format: sampleRate === undefined ? known : known?.replace(/_\d+/, `_${sampleRate}`) },
      json: { ...call.fields, model_id: call.model, voice_settings: speed === undefined ? undefined : { speed } }
    }
  }),
  // Some models count half a character for each.
  ...countedSpeech("history-item-id", "character-cost", "x-character-count"),
  decodeError
}
