import * as CallDraft from "../wire/CallDraft.ts"
import type { SpeechRequest } from "../../domain/SpeechRequest.ts"
import type { CallParameters } from "../wire/CallEncoder.ts"
import type { SpeechProtocol } from "../CallProtocol.ts"
import { decodeDeepgramError } from "../wire/DeepgramError.ts"
import { compact } from "../wire/WireObject.ts"
import { countedSpeech } from "./CountedSpeech.ts"

const protocol = "deepgram-speak"

const parameters: CallParameters<SpeechRequest> = {
  text: "sent",
  voice: "sent",
  instructions: "unsupported",
  format: "sent",
  sampleRate: "sent",
  speed: "sent",
  language: "sent",
  seed: "unsupported",
  user: "unsupported",
  serviceTier: "unsupported"
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
  encodeRequest: (request, options) => {
    const family = /^aura(?:-\d+)?$/.test(options.model)
    return CallDraft.encode(request, { ...options, protocol, parameters }, (issues) => {
      const { format, language, sampleRate, speed, text, voice } = request
      const output = format === undefined ? undefined : formats[format]
      if (format !== undefined && output === undefined) issues.unsupported("format", `Deepgram has no format ${format}`)
      if (!family && voice !== undefined) issues.unsupported("voice", "the model is the voice: ask for aura-2 instead")
      if (!family && language !== undefined) issues.unsupported("language", "the model has a language of its own")
      if (family && voice === undefined) issues.invalid("voice", "aura is a family of voices: name one")
      // Settings are in the query, so the body is no place for the caller's own.
      const bytes = new TextEncoder().encode(JSON.stringify({ text }))
      return {
        path: "/speak",
        query: compact({
          model: family ? `${options.model}-${voice ?? ""}-${language ?? "en"}` : options.model,
          ...output,
          sample_rate: sampleRate,
          speed
        }),
        bytes: { bytes, mediaType: "application/json" }
      }
    })
  },
  ...countedSpeech("dg-request-id", "dg-char-count"),
  decodeError: decodeDeepgramError
}
