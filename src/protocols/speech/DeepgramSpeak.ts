import type { SpeechRequest } from "../../domain/Speech.ts"
import { type CallParameters, encoder, sent } from "../wire/CallCodec.ts"
import { finite, int, unsupported } from "../wire/request/RequestCodec.ts"
import type { SpeechProtocol } from "../Protocol.ts"
import { decodeError } from "../wire/response/ErrorBody.ts"
import { countedSpeech } from "./SpeechResponse.ts"

const protocol = "deepgram-speak"

const parameters: CallParameters<SpeechRequest> = {
  text: sent,
  voice: sent,
  instructions: unsupported,
  format: sent,
  sampleRate: int("sample_rate"),
  speed: finite("speed"),
  language: sent,
  seed: unsupported,
  user: unsupported,
  serviceTier: unsupported
}

/** https://developers.deepgram.com/docs/tts-media-output-settings */
const formats: { readonly [format: string]: { readonly encoding: string; readonly container?: string } } = {
  mp3: { encoding: "mp3" },
  aac: { encoding: "aac" },
  flac: { encoding: "flac" },
  wav: { encoding: "linear16", container: "wav" },
  linear16: { encoding: "linear16", container: "wav" },
  pcm: { encoding: "linear16", container: "none" },
  mulaw: { encoding: "mulaw", container: "wav" },
  alaw: { encoding: "alaw", container: "wav" },
  opus: { encoding: "opus", container: "ogg" }
}

/**
 * Speech of Deepgram. A model is a voice (`aura-2-thalia-en`); a family (`aura-2`) becomes one with a `voice` and a
 * `language`.
 *
 * Source: https://developers.deepgram.com/reference/text-to-speech/speak-request
 */
export const DeepgramSpeak: SpeechProtocol = {
  id: protocol,
  encodeRequest: encoder(protocol, parameters, (call) => {
    const { format, language, text, voice } = call.request
    const isFamily = /^aura(?:-\d+)?$/.test(call.model)
    const output = format === undefined ? undefined : formats[format]
    if (format !== undefined && output === undefined) call.unsupported("format", `Deepgram has no format ${format}`)
    if (!isFamily && voice !== undefined)
      call.unsupported("voice", "the model is itself a voice: use the model aura-2 to choose one")
    if (!isFamily && language !== undefined) call.unsupported("language", "the model already determines the language")
    if (isFamily && voice === undefined) call.invalid("voice", "aura is a family of voices: set a voice")
    // Settings are in the query, so the body is no place for the caller's own.
    const bytes = new TextEncoder().encode(JSON.stringify({ text }))
    const model = isFamily ? `${call.model}-${voice ?? ""}-${language ?? "en"}` : call.model
    return {
      path: "/speak",
      query: { model, ...output, ...call.fields },
      bytes: { bytes, mediaType: "application/json" }
    }
  }),
  ...countedSpeech("dg-request-id", "dg-char-count"),
  decodeError
}
