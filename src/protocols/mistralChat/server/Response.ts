import type { ChatResponse } from "../../../domain/ChatResponse.ts"
import type { Json } from "../../../domain/Json.ts"
import type { AnswerOptions } from "../../ChatProtocol.ts"
import { OpenAiChat } from "../../OpenAiChat.ts"
import { renameMetadata, renamePart } from "../../wire/RenamedProtocol.ts"
import { encodeContent } from "../Content.ts"
import { array, isObject, protocolId, type WireObject } from "../wire/Wire.ts"

const renaming = { from: protocolId, to: OpenAiChat.id }

/**
 * Writes a whole answer as OpenAI's, with its content in chunks where it is more than text. A refusal is text; pages
 * that are cited have no word.
 */
export const encodeResponse = (response: ChatResponse, options: AnswerOptions): Json => {
  const calls = response.content.filter((part) => part.type === "tool-call")
  const content = calls.map((part) => renamePart(part, renaming))
  const { providerMetadata } = renameMetadata({ providerMetadata: response.providerMetadata }, renaming)
  const body = OpenAiChat.encodeResponse(response.with({ content, providerMetadata, sources: undefined }), options)
  const choices = isObject(body) ? array(body.choices) : []
  const said = encodeContent(response.content)
  return {
    ...(body as { readonly [key: string]: Json }),
    choices: choices.filter(isObject).map((choice) => withContent(choice, said)) as unknown as Json
  }
}

const withContent = (choice: WireObject, content: unknown): WireObject => {
  const { refusal: _, ...message } = (choice.message ?? {}) as WireObject
  return { ...choice, message: { ...message, content } }
}
