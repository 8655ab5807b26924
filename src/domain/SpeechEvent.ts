import type { CallResponse } from "./CallResponse.ts"
import type { CallEvent } from "./CallEvent.ts"
import type { SpeechResponse } from "./Speech.ts"

/**
 * An event of streamed speech: the head of the response, pieces of the audio, the end. The joined pieces are the audio.
 *
 * @since 0.1.0
 * @category models
 */
export type SpeechEvent =
  | (CallEvent & {
      readonly type: "response-start"
      readonly mediaType: string
      readonly requestId?: CallResponse["requestId"]
      readonly rateLimits?: CallResponse["rateLimits"]
      readonly warnings?: CallResponse["warnings"]
    })
  | (CallEvent & { readonly type: "audio"; readonly data: Uint8Array })
  | (CallEvent & { readonly type: "usage"; readonly usage: CallResponse["usage"] })
  | (CallEvent & { readonly type: "restarted"; readonly attempts: CallResponse["attempts"] })
  | (CallEvent & {
      readonly type: "finish"
      readonly usage: CallResponse["usage"]
      readonly timings?: CallResponse["timings"]
    })

/**
 * Folds the events of one stream into its response.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeFold = (): {
  readonly add: (event: SpeechEvent) => void
  readonly response: () => SpeechResponse | undefined
} => {
  let start: SpeechEventOf<"response-start"> | undefined
  let finish: SpeechEventOf<"finish"> | undefined
  let pieces: Array<Uint8Array> = []
  return {
    add: (event) => {
      if (event.type === "response-start") start = event
      else if (event.type === "audio") pieces.push(event.data)
      else if (event.type === "restarted") pieces = []
      else if (event.type === "finish") finish = event
    },
    response: () => {
      if (finish === undefined) return undefined
      const {
        mediaType = "application/octet-stream",
        model,
        provider,
        rateLimits,
        requestId,
        warnings = []
      } = start ?? {}
      const { attempts = [], cached, cost, timings, usage } = finish
      const head = { model, provider, requestId, rateLimits, warnings, mediaType }
      return { ...head, audio: joined(pieces), usage, cost, timings, attempts, ...(cached && { cached }) }
    }
  }
}

/**
 * The events of a whole response, for what expects a stream. Folding them gives the response back.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toEvents = (response: SpeechResponse): ReadonlyArray<SpeechEvent> => {
  const { attempts, audio, cost, mediaType, model, provider, rateLimits, requestId, timings, usage, warnings } =
    response
  const cached = response.cached && { cached: response.cached }
  return [
    { type: "response-start", mediaType, model, provider, requestId, rateLimits, warnings, ...cached },
    { type: "audio", data: audio },
    { type: "usage", usage },
    { type: "finish", usage, cost, timings, attempts, ...cached }
  ]
}

type SpeechEventOf<Type extends SpeechEvent["type"]> = Extract<SpeechEvent, { readonly type: Type }>

const joined = (pieces: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}
