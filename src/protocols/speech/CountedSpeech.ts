import type { SpeechRequest } from "../../domain/SpeechRequest.ts"
import * as Usage from "../../domain/Usage.ts"
import type { SpeechProtocol } from "../CallProtocol.ts"
import { nonNegativeInt } from "../wire/WireObject.ts"
import * as SpeechAnswer from "./SpeechAnswer.ts"
import { SpeechFrames } from "./SpeechFrames.ts"

interface Head {
  readonly headers: { readonly [name: string]: string | undefined }
  readonly mediaType?: string | undefined
  readonly request: SpeechRequest
}

/**
 * How answers are read that are the recording itself, whole or as it is made, and whose head tells what is billed: by
 * the headers of these names, the first that is there.
 */
export const countedSpeech = (
  id: string,
  ...counts: ReadonlyArray<string>
): Pick<SpeechProtocol, "reads" | "decodeResponse" | "streaming"> => {
  const read = ({ headers, mediaType, request }: Head) => {
    const told = counts.map((name) => headers[name]).find((count) => count !== undefined)
    const inputCharacters = nonNegativeInt(Number(told ?? Number.NaN)) ?? Array.from(request.text).length
    return {
      mediaType: mediaType ?? SpeechAnswer.mediaTypeOf(request.format ?? "mp3"),
      usage: Usage.make({ input: 0, output: 0 }, { units: { inputCharacters } })
    }
  }
  return {
    reads: "bytes",
    decodeResponse: (body, { model, provider, ...head }) =>
      SpeechAnswer.ofBytes(body, { model, provider, id: head.headers[id], ...read(head) }),
    streaming: { framing: () => "bytes", makeDecoder: (head) => new SpeechFrames(read(head), head.mostKept) }
  }
}
