import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { CallResponse } from "../../domain/CallResponse.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { SpeechRequest } from "../../domain/Speech.ts"
import { makeFold } from "../../domain/SpeechEvent.ts"
import { OpenAiEmbeddings } from "../../protocols/embeddings/CompatibleEmbeddings.ts"
import { OpenAiImages } from "../../protocols/images/OpenAiImages.ts"
import { OpenAiModerations } from "../../protocols/moderation/Moderations.ts"
import * as Multipart from "../../protocols/Multipart.ts"
import { AnthropicTokenCount, OpenAiTokenCount } from "../../protocols/tokenCount/TokenCounts.ts"
import { Bytes, type CallServer, type EncodeCallOptions } from "../../protocols/Protocol.ts"
import { CohereRerank } from "../../protocols/rerank/Rerank.ts"
import { OpenAiSpeech } from "../../protocols/speech/OpenAiSpeech.ts"
import { OpenAiTranscription } from "../../protocols/transcription/OpenAiTranscription.ts"
import type { Json } from "../../domain/Json.ts"
import type { Fault } from "../Scenario.ts"
import * as Compose from "./ComposeCall.ts"
import type { Exchange } from "./Exchange.ts"
import { gapOf, headersOf, pause, type ResponseTarget, writeWhole } from "./ResponseWriter.ts"

/** An endpoint for a capability other than chat. */
export interface SimulatedEndpoint {
  readonly protocol: string
  readonly decode: CallServer<CallRequest, CallResponse>["decodeRequest"]
  /** The text of a request, whose tokens scenarios count. */
  readonly textOf: (request: CallRequest) => string
  readonly write: (
    options: EncodeCallOptions<CallRequest>,
    fault: Fault | undefined,
    target: ResponseTarget
  ) => Effect.Effect<void>
  /** The JSON of a whole response, if it is JSON. */
  readonly compose?: ((options: EncodeCallOptions<CallRequest>) => unknown) | undefined
}

const endpoint = <Request extends CallRequest, Response extends CallResponse>(
  server: CallServer<Request, Response>,
  textOf: (request: Request) => string,
  compose: (model: string, request: Request) => Response,
  refine?: (request: Request) => Request
): SimulatedEndpoint => ({
  protocol: server.id,
  decode: (body, model) =>
    Result.map(server.decodeRequest(body, model), (call) =>
      refine === undefined ? call : { ...call, request: refine(call.request) }
    ),
  textOf: (request) => textOf(request as Request),
  compose: (given) => {
    const options = given as EncodeCallOptions<Request>
    return server.encodeResponse(compose(options.model, options.request), options)
  },
  write: (given, fault, target) => {
    const options = given as EncodeCallOptions<Request>
    const response = compose(options.model, options.request)
    const isStreamed = options.stream === true && server.encodeWholeStream !== undefined
    const frames = isStreamed ? server.encodeWholeStream(response, options) : undefined
    const encoded = frames === undefined ? server.encodeResponse(response, options) : sse(frames)
    const tokens = response.usage.outputTokens.total ?? 0
    return encoded instanceof Bytes
      ? writeWhole(encoded.bytes, { mediaType: encoded.mediaType, tokens }, fault, target)
      : writeWhole(JSON.stringify(encoded), { tokens }, fault, target)
  }
})

const encoder = new TextEncoder()

const sse = (frames: ReadonlyArray<Frame>): Bytes =>
  new Bytes(encoder.encode(frames.map(textOfFrame).join("")), "text/event-stream; charset=utf-8")

const textOfFrame = ({ data, event }: Frame): string => `event: ${event}\ndata: ${data}\n\n`

const speech: SimulatedEndpoint = {
  protocol: OpenAiSpeech.id,
  decode: OpenAiSpeech.decodeRequest,
  textOf: (request) => (request as SpeechRequest).text,
  write: (options, fault, target) => writeSpeech(options as EncodeCallOptions<SpeechRequest>, fault, target)
}

/** Streams speech, as bytes or in events. */
const writeSpeech = Effect.fnUntraced(function* (
  options: EncodeCallOptions<SpeechRequest>,
  fault: Fault | undefined,
  target: ResponseTarget
): Effect.fn.Return<void> {
  const { exchange, pace } = target
  const writer = OpenAiSpeech.makeEncoder?.(options)
  if (writer === undefined) return
  const events = Compose.speech(options.model, options.request)
  const fold = makeFold()
  for (const event of events) fold.add(event)
  const mediaType = options.format === "sse" ? "text/event-stream" : (fold.response()?.mediaType ?? "audio/wav")
  yield* pause(pace.latency)
  yield* exchange.head(200, { "content-type": mediaType, ...headersOf(target) })
  let pieces = 0
  for (const event of events) {
    if (fault !== undefined && "after" in fault && pieces >= fault.after && event.type !== "response-start") {
      if (fault.type === "stall") return yield* Effect.never
      return yield* fault.type === "cut" && !fault.reset ? exchange.end : exchange.reset
    }
    if (event.type === "audio") yield* pieces++ === 0 ? pause(pace.firstToken) : pause(gapOf(pace))
    for (const piece of writer.encode(event)) {
      yield* exchange.write(piece instanceof Uint8Array ? piece : textOfFrame(piece), 1)
    }
  }
  yield* exchange.end
})

const transcription = (translate: boolean): SimulatedEndpoint =>
  endpoint(
    OpenAiTranscription,
    () => "",
    Compose.transcription,
    translate ? (request) => ({ ...request, translate }) : undefined
  )

const rerank = endpoint(CohereRerank, ({ documents, query }) => `${query} ${JSON.stringify(documents)}`, Compose.rerank)

const textOfChat = ({ messages }: ChatRequest): string => JSON.stringify(messages)

/** Endpoints other than chat, by path: OpenAI's, Cohere's rerank, and Anthropic's token counts. */
export const endpoints: { readonly [path: string]: SimulatedEndpoint } = {
  "/v1/embeddings": endpoint(OpenAiEmbeddings, ({ inputs }) => JSON.stringify(inputs), Compose.embeddings),
  "/v1/moderations": endpoint(OpenAiModerations, ({ inputs }) => JSON.stringify(inputs), Compose.moderations),
  "/v1/images/generations": endpoint(OpenAiImages, ({ prompt }) => prompt, Compose.images),
  "/v1/images/edits": endpoint(OpenAiImages, ({ prompt }) => prompt, Compose.images),
  "/v1/audio/speech": speech,
  "/v1/audio/transcriptions": transcription(false),
  "/v1/audio/translations": transcription(true),
  "/v1/messages/count_tokens": endpoint(AnthropicTokenCount, textOfChat, Compose.tokenCount),
  "/v1/responses/input_tokens": endpoint(OpenAiTokenCount, textOfChat, Compose.tokenCount),
  "/v1/rerank": rerank,
  "/v2/rerank": rerank,
  "/rerank": rerank
}

/** The body of a request: a form, or JSON. */
export const bodyOf = (exchange: Exchange, bytes: Uint8Array, json: Json): unknown => {
  const contentType = exchange.header("content-type")
  return Multipart.isForm(contentType) ? Result.getOrElse(Multipart.decode(bytes, contentType), () => json) : json
}
