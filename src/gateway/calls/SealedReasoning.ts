/**
 * Reasoning that goes through a client of another protocol. What proves it (signatures, encrypted content, ids) has no place there,
 * so it travels sealed: as one text where that protocol has a signature of its own, which clients send back unread.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { ChatRequest } from "effect-llm/domain/ChatRequest"
import type { ReasoningPart, ToolCallPart } from "effect-llm/domain/ContentPart"
import type { AssistantPart, Message } from "effect-llm/domain/Message"

export const google = "google-generate-content"

const Sealed = Schema.Struct({
  "effect-llm": Schema.Literal(1),
  /** Reasoning, without its text where the client has that. */
  parts: Schema.Array(
    Schema.Struct({
      text: Schema.optional(Schema.String),
      id: Schema.optional(Schema.String),
      signature: Schema.optional(Schema.String),
      encrypted: Schema.optional(Schema.String),
      protocol: Schema.optional(Schema.String),
      raw: Schema.optional(Schema.Json)
    })
  ),
  /** The signature of the call that follows. */
  call: Schema.optional(Schema.String)
})

type Sealed = typeof Sealed.Type
export type SealedPart = Sealed["parts"][number]

const decodeSealed = Schema.decodeUnknownResult(Schema.fromJsonString(Sealed))

const base64 = (text: string): string => Buffer.from(text).toString("base64")

/** How every sealed text begins. It is in Base64, as Google's clients want it. */
const opening = base64('{"effect-llm":1')

export const seal = (parts: ReadonlyArray<SealedPart>, call?: string): string =>
  base64(JSON.stringify({ "effect-llm": 1, parts, call } satisfies Sealed))

/** The content of a sealed text; `undefined` if the gateway did not seal it. */
const open = (text: string | undefined): Sealed | undefined =>
  text?.startsWith(opening) === true
    ? Result.getOrUndefined(decodeSealed(Buffer.from(text, "base64").toString()))
    : undefined

/** What proves reasoning. */
export type Proof = Pick<ReasoningPart, "id" | "signature" | "encrypted" | "protocol" | "raw">

export const isProven = ({ encrypted, signature }: Proof): boolean => (signature ?? encrypted ?? "") !== ""

/** Reasoning, with its text where the client may not send that back. */
export const sealedPart = ({ encrypted, id, protocol, raw, signature }: Proof, text?: string): SealedPart => ({
  ...(text !== undefined && { text }),
  ...(id !== undefined && { id }),
  ...(signature !== undefined && { signature }),
  ...(encrypted !== undefined && { encrypted }),
  ...(protocol !== undefined && { protocol }),
  ...(raw !== undefined && { raw })
})

/** The signature that Google gives a call. */
export const signatureOf = ({ providerOptions }: Pick<ToolCallPart, "providerOptions">): string | undefined => {
  const signature = providerOptions?.[google]?.thoughtSignature
  return typeof signature === "string" ? signature : undefined
}

export const withSignature = (call: ToolCallPart, thoughtSignature: string | undefined): ToolCallPart => {
  const { thoughtSignature: _, ...rest } = call.providerOptions?.[google] ?? {}
  const options = thoughtSignature === undefined ? rest : { ...rest, thoughtSignature }
  return { ...call, providerOptions: { ...call.providerOptions, [google]: options } }
}

/** The request with the reasoning that was sealed as it was before. */
export const unsealed = (request: ChatRequest): ChatRequest => {
  const messages = request.messages.map(unsealedMessage)
  return messages.some((message, index) => message !== request.messages[index]) ? { ...request, messages } : request
}

const unsealedMessage = (message: Message): Message => {
  if (message.role !== "assistant" || !message.content.some((part) => sealedIn(part) !== undefined)) return message
  const content: Array<AssistantPart> = []
  let signature: string | undefined
  for (const part of message.content) {
    const sealed = sealedIn(part)
    if (part.type === "reasoning" && sealed !== undefined) {
      content.push(...reasoning(sealed, part.text))
      signature = sealed.call ?? signature
    } else if (part.type === "tool-call") {
      if (sealed !== undefined) {
        // The client may have sent the text of what is sealed with the call, too.
        while (isBare(content.at(-1))) content.pop()
        content.push(...reasoning(sealed, ""))
      }
      content.push(sealed === undefined && signature === undefined ? part : withSignature(part, signature))
      signature = undefined
    } else content.push(part)
  }
  return { ...message, content }
}

const sealedIn = (part: AssistantPart): Sealed | undefined =>
  part.type === "reasoning"
    ? (open(part.signature) ?? open(part.encrypted))
    : part.type === "tool-call"
      ? open(signatureOf(part))
      : undefined

const reasoning = ({ parts }: Sealed, text: string): ReadonlyArray<ReasoningPart> =>
  parts.map((part): ReasoningPart => ({ ...part, type: "reasoning", text: part.text ?? text }))

const isBare = (part: AssistantPart | undefined): boolean => part?.type === "reasoning" && !isProven(part)
