import type { ChatEvent } from "../../domain/ChatEvent.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import type { ContentPart, ProviderOptions } from "../../domain/ContentPart.ts"
import type { Message } from "../../domain/Message.ts"

/**
 * From one protocol's id to another's, for a protocol that is made of another: what belongs to `from` then belongs to
 * `to`, and what belonged to `to` is of another protocol and left out.
 */
export interface Renaming {
  readonly from: string
  readonly to: string
}

type Optioned = { readonly providerOptions?: ProviderOptions | undefined }

const options = <A extends Optioned>(one: A, { from, to }: Renaming): A => {
  const found = one.providerOptions
  if (found === undefined || (!Object.hasOwn(found, from) && !Object.hasOwn(found, to))) return one
  const { [from]: own, [to]: _foreign, ...others } = found
  return { ...one, providerOptions: own === undefined ? others : { ...others, [to]: own } }
}

export const renamePart = <Part extends ContentPart>(part: Part, renaming: Renaming): Part => {
  if (part.type === "provider") return part.protocol === renaming.from ? { ...part, protocol: renaming.to } : part
  if (part.type === "refusal") return part
  const renamed = options(part as Part & Optioned, renaming)
  if (renamed.type !== "tool-result" || typeof renamed.output === "string") return renamed
  return { ...renamed, output: renamed.output.map((inner) => renamePart(inner, renaming)) }
}

export const renameRequest = (request: ChatRequest, renaming: Renaming): ChatRequest => ({
  ...options(request, renaming),
  messages: request.messages.map((message) => {
    const content = (message.content as ReadonlyArray<ContentPart>).map((part) => renamePart(part, renaming))
    return { ...options(message, renaming), content } as Message
  }),
  ...(request.tools === undefined ? {} : { tools: request.tools.map((tool) => options(tool, renaming)) })
})

export const renameMetadata = <A extends { readonly providerMetadata?: ProviderOptions | undefined }>(
  one: A,
  renaming: Renaming
): A => {
  if (one.providerMetadata === undefined) return one
  const { providerOptions } = options({ providerOptions: one.providerMetadata }, renaming)
  return { ...one, providerMetadata: providerOptions }
}

export const renameEvent = (event: ChatEvent, renaming: Renaming): ChatEvent => {
  switch (event.type) {
    case "part":
      return { ...event, part: renamePart(event.part, renaming) }
    case "tool-call":
      return { ...event, call: renamePart(event.call, renaming) }
    case "tool-input-start":
    case "text-end":
    case "reasoning-end":
      return options(event, renaming)
    case "finish":
      return renameMetadata(event, renaming)
    default:
      return event
  }
}
