import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type { ChatEvent, ChatEventOf } from "../../../domain/ChatEvent.ts"
import { toEvents } from "../../../domain/ChatFold.ts"
import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { Frame } from "../../../domain/Frame.ts"
import type { Json } from "../../../domain/Json.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import type { Timings } from "../../../domain/Timings.ts"
import type { ChatProtocol, EncodeResponseOptions } from "../../ChatProtocol.ts"
import { statusOf } from "../../wire/response/ErrorBody.ts"
import { encodeLogprobs } from "../../wire/response/Logprobs.ts"
import { base64Of } from "../../wire/request/MediaInput.ts"
import { ResponseWriter, type WrittenEvent } from "../../wire/response/ResponseWriter.ts"
import { compact, type WireObject } from "../../wire/WireObject.ts"
import { encodeCall } from "../Messages.ts"
import { encodeDoneReason, encodeUsage } from "../Response.ts"

/** The fields that an event adds to the message: a stream has a line for each, a whole response merges them. */
export interface MessagePiece {
  readonly content?: string
  readonly thinking?: string
  readonly images?: ReadonlyArray<string>
  readonly tool_calls?: ReadonlyArray<WireObject>
}

/**
 * Refusals and transcripts of audio are text. Parts of other protocols, citations, the id of the response, and calls that a
 * provider ran itself have no field. `callCount` is that of the calls before.
 */
const encodePiece = (event: ChatEvent, callCount: number): MessagePiece | undefined => {
  switch (event.type) {
    case "text-delta":
    case "refusal-delta":
      return event.delta === "" ? undefined : { content: event.delta }
    case "reasoning-delta":
      return event.delta === "" ? undefined : { thinking: event.delta }
    case "tool-call":
      return event.call.providerExecuted === true ? undefined : { tool_calls: [encodeCall(event.call, callCount)] }
    case "part": {
      const { part } = event
      if (part.type === "audio" && part.transcript !== undefined) return { content: part.transcript }
      const image = part.type === "image" ? base64Of(part.data, part.mediaType)?.base64 : undefined
      return image === undefined ? undefined : { images: [image] }
    }
    default:
      return undefined
  }
}

/** The fields with which every line begins. */
const encodeHead = (model: string, created: number): WireObject => ({
  model,
  created_at: DateTime.formatIso(DateTime.makeUnsafe(created * 1000))
})

/** The durations of a response as they were measured, in nanoseconds. Strict clients want all of them: 0 stands for unknown. */
const encodeTimings = (timings: Timings | undefined): WireObject => {
  const total = nanoseconds(timings?.total)
  const prompt = Math.min(total, nanoseconds(timings?.firstToken))
  return { total_duration: total, load_duration: 0, prompt_eval_duration: prompt, eval_duration: total - prompt }
}

const nanoseconds = (duration: Duration.Duration | undefined): number =>
  duration === undefined ? 0 : Math.round(Duration.toMillis(duration) * 1_000_000)

/** The fields with which the last line ends. */
const encodeEnd = (
  end: Pick<ChatEventOf<"finish">, "finishReason" | "rawFinishReason" | "timings" | "usage">
): WireObject => ({
  done: true,
  done_reason: encodeDoneReason(end.finishReason, end.rawFinishReason),
  ...encodeTimings(end.timings),
  ...encodeUsage(end.usage)
})

/** The content of a whole response. */
export const contentOf = (response: ChatResponse): Required<MessagePiece> => {
  let content = ""
  let thinking = ""
  const images: Array<string> = []
  const calls: Array<WireObject> = []
  for (const event of toEvents(response)) {
    const piece = encodePiece(event, calls.length)
    if (piece === undefined) continue
    content += piece.content ?? ""
    thinking += piece.thinking ?? ""
    images.push(...(piece.images ?? []))
    calls.push(...(piece.tool_calls ?? []))
  }
  return { content, thinking, images, tool_calls: calls }
}

/** A whole response, with the fields of its content. */
export const encodeWhole = (response: ChatResponse, options: EncodeResponseOptions, content: WireObject): Json => {
  const { logprobs } = response
  return compact({
    ...encodeHead(response.model ?? options.model, options.created),
    ...content,
    logprobs: logprobs === undefined ? undefined : encodeLogprobs(logprobs),
    ...encodeEnd(response)
  }) as Json
}

export const encodeResponse = (response: ChatResponse, options: EncodeResponseOptions): Json => {
  const { content, images, thinking, tool_calls } = contentOf(response)
  return encodeWhole(response, options, {
    message: compact({
      role: "assistant",
      content,
      thinking: thinking === "" ? undefined : thinking,
      images: images.length === 0 ? undefined : images,
      tool_calls: tool_calls.length === 0 ? undefined : tool_calls
    })
  })
}

/** Source: https://docs.ollama.com/api/errors */
export const encodeError: ChatProtocol["encodeError"] = (error, { status = statusOf(error) } = {}) => ({
  status,
  body: { error: error.message }
})

/** Writes the stream of one response: a line for each piece, calls whole. */
export class StreamWriter extends ResponseWriter {
  #callCount = 0
  protected isShown = false

  protected errorFrame(error: ProviderError): Frame {
    return { data: JSON.stringify(encodeError(error).body) }
  }

  protected add(event: WrittenEvent): void {
    switch (event.type) {
      case "logprobs":
        return this.#line({}, { logprobs: encodeLogprobs(event.logprobs), done: false })
      case "finish":
        return this.#line({}, encodeEnd(event))
    }
    const piece = encodePiece(event, this.#callCount)
    if (piece === undefined) return
    this.isShown = true
    this.#callCount += piece.tool_calls?.length ?? 0
    this.#line(piece, { done: false })
  }

  #line(piece: MessagePiece, fields: WireObject): void {
    const head = encodeHead(this.model, this.options.created)
    this.send({ data: JSON.stringify({ ...head, ...this.content(piece), ...fields }) })
  }

  /** The fields of a line for its content. */
  protected content(piece: MessagePiece): WireObject {
    return { message: { role: "assistant", content: "", ...piece } }
  }
}
