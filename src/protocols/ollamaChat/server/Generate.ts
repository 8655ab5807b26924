import * as Result from "effect/Result"
import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import { InvalidRequestError } from "../../../domain/CallErrors.ts"
import type { Json } from "../../../domain/Json.ts"
import type { ChatProtocol, EncodeResponseOptions } from "../../ChatProtocol.ts"
import { array, compact, isObject, type WireObject } from "../../wire/WireObject.ts"
import { request } from "../Request.ts"
import { contentOf, encodeWhole, type MessagePiece, StreamWriter } from "./Response.ts"

/** Why a field of the completion has no place in a chat. */
const refused: { readonly [field: string]: string } = {
  context: "a conversation goes on with /api/chat, which takes its messages",
  raw: "the template of the model is the provider's",
  suffix: "text between a prompt and a suffix is not chat",
  template: "the template of the model is the provider's"
}

const isGiven = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== "" &&
  value !== false &&
  !(Array.isArray(value) && value.length === 0)

/** A prompt as the message of a user; without one, there are no messages. */
export const decodeRequest: ChatProtocol["decodeRequest"] = (body, path) => {
  if (!isObject(body)) return request.decodeRequest(body, path)
  const { context: _, images, prompt = "", raw: __, suffix: ___, system = "", template: ____, ...chat } = body
  for (const [field, detail] of Object.entries(refused))
    if (isGiven(body[field])) return Result.fail(new InvalidRequestError({ at: field, detail }))
  for (const [field, value] of Object.entries({ prompt, system }))
    if (value !== null && typeof value !== "string")
      return Result.fail(new InvalidRequestError({ at: field, detail: "expected a string" }))
  const hasPrompt = isGiven(prompt) || array(images).length > 0
  const messages = [
    ...(isGiven(system) ? [{ role: "system", content: system }] : []),
    { role: "user", content: prompt ?? "", ...(images !== undefined && { images }) }
  ]
  return request.decodeRequest({ ...chat, messages: hasPrompt ? messages : [] }, path)
}

const encodeContent = ({ content = "", images = [], thinking = "" }: MessagePiece): WireObject =>
  compact({
    response: content,
    thinking: thinking === "" ? undefined : thinking,
    image: images[0]
  })

export const encodeResponse = (response: ChatResponse, options: EncodeResponseOptions): Json =>
  encodeWhole(response, options, encodeContent(contentOf(response)))

/** Writes the stream of one completion: a line for each piece. */
export class GenerateStreamWriter extends StreamWriter {
  protected override content(piece: MessagePiece): WireObject {
    return encodeContent(piece)
  }
}
