import type { SpeechRequest } from "../../domain/SpeechRequest.ts"
import { make as makeUsage, type Usage } from "../../domain/Usage.ts"
import * as CallDraft from "../wire/CallDraft.ts"
import type { CallParameters } from "../wire/CallEncoder.ts"
import type { SpeechProtocol } from "../CallProtocol.ts"
import { decodeError } from "../wire/ErrorBody.ts"
import { compact, object } from "../wire/WireObject.ts"
import * as SpeechAnswer from "./SpeechAnswer.ts"
import { SpeechFrames } from "./SpeechFrames.ts"

const protocol = "openai-speech"

const parameters: CallParameters<SpeechRequest> = {
  text: "sent",
  voice: "sent",
  instructions: "sent",
  format: "sent",
  sampleRate: "unsupported",
  speed: "sent",
  language: "unsupported",
  seed: "unsupported",
  user: "unsupported",
  serviceTier: "unsupported"
}

/**
 * Speech of OpenAI and compatible servers. Without a `voice` OpenAI's models speak as `alloy`. Its first models stream
 * bytes, later ones events, which tell the usage.
 *
 * Source: https://developers.openai.com/api/reference/resources/audio/subresources/speech/methods/create
 */
export const OpenAiSpeech: SpeechProtocol = {
  id: protocol,
  reads: "bytes",
  encodeRequest: (request, options) => {
    return CallDraft.encode(request, { ...options, protocol, parameters }, () => ({
      path: "/audio/speech",
      json: compact({
        model: options.model,
        input: request.text,
        voice: request.voice ?? (isOld(options.model) || hasEvents(options.model) ? "alloy" : undefined),
        instructions: request.instructions,
        response_format: request.format,
        speed: request.speed,
        stream_format: options.stream === true && hasEvents(options.model) ? "sse" : undefined
      })
    }))
  },
  decodeResponse: (body, { mediaType, model, provider, request }) =>
    SpeechAnswer.ofBytes(body, {
      model,
      provider,
      mediaType: mediaType ?? SpeechAnswer.mediaTypeOf(request.format ?? "mp3"),
      usage: usageOf(model, request)
    }),
  streaming: {
    framing: ({ mediaType }) => (mediaType === "text/event-stream" ? "sse" : "bytes"),
    makeDecoder: ({ mediaType, model, mostKept, request }) =>
      new SpeechFrames(
        {
          mediaType: SpeechAnswer.isAudio(mediaType) ? mediaType : SpeechAnswer.mediaTypeOf(request.format ?? "mp3"),
          answered: mediaType,
          field: "audio",
          usage: usageOf(model, request),
          usageOf: (u) => makeUsage(countsOf(u), { raw: u as Usage["raw"] }),
          decodeError
        },
        mostKept
      )
  },
  decodeError
}

/** Models that are paid by the character, and know no events. */
const isOld = (model: string): boolean => model.startsWith("tts-1")

const hasEvents = (model: string): boolean => model.startsWith("gpt-")

/** What the other models count is only told in a stream. */
const usageOf = (model: string, request: SpeechRequest): Usage =>
  isOld(model)
    ? makeUsage({ input: 0, output: 0 }, { units: SpeechAnswer.charactersOf(request) })
    : makeUsage({}, { units: SpeechAnswer.charactersOf(request) })

const countsOf = (u: unknown) => {
  const usage = object(u) ?? {}
  return { input: usage.input_tokens, output: usage.output_tokens, outputAudio: usage.output_tokens }
}
