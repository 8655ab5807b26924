/**
 * Makes a history acceptable that another provider, another application or a response that broke off has left: every tool call
 * has one result right after it and an id of its own, no text is blank or holds half a character, and roles take turns.
 *
 * ```ts
 * import { OpenAi } from "effect-llm"
 * import * as Repair from "effect-llm/policies/Repair"
 *
 * const model = OpenAi.model("gpt-5.4-mini").pipe(Repair.make())
 * const messages = Repair.conversation([{ role: "assistant", content: [{ type: "text", text: "Hello " }] }])
 * ```
 *
 * It makes a conversation acceptable, not true: a call without a result gets one that says so.
 *
 * @since 0.1.0
 */
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { AssistantMessage, Message, UserMessage } from "../domain/Message.ts"
import { isContinued } from "../domain/Conversation.ts"
import type { Warning } from "../domain/Warning.ts"
import type { ChatModel } from "../model/ChatModel.ts"
import * as Model from "../model/Model.ts"
import { resultsAfterCalls, userFirst } from "../protocols/wire/request/FittedRequest.ts"
import { fitId, mapSame, withCallIds } from "../protocols/wire/request/ToolIdentifiers.ts"
import { wellFormed } from "../protocols/wire/request/WellFormed.ts"
import { paired } from "./content/PairedCalls.ts"
import { warnedResponse, warnedStream } from "./content/Warned.ts"

/**
 * `protocol` is the id of the protocol of the next model, such as `anthropic-messages`: reasoning and other parts that only
 * another protocol can read are left out. Without it they stay, and each protocol leaves out what it cannot read.
 *
 * @since 0.1.0
 * @category models
 */
export interface RepairOptions {
  readonly protocol?: string | undefined
}

/**
 * Repairs the conversation of every request; the response has a warning where there was something to repair.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make =
  (options: RepairOptions = {}) =>
  <E, R>(self: ChatModel<E, R>): ChatModel<E, R> => {
    const { stream } = self
    const repaired = (request: ChatRequest): readonly [ChatRequest, Warning | undefined] => {
      const messages = repair(request.messages, options, isContinued(request))
      return messages === request.messages ? [request, undefined] : [{ ...request, messages }, warning]
    }
    return Model.wrap<import("../domain/Capability.ts").Chat, E, R>(self, {
      generate: (request) => {
        const [sent, warning] = repaired(request)
        return warnedResponse(self.generate(sent), warning)
      },
      stream: (request) => {
        const [sent, warning] = repaired(request)
        return warnedStream(stream(sent), warning)
      }
    })
  }

const warning: Warning = {
  type: "other",
  parameter: "messages",
  message: "the conversation was not one that providers accept; it was repaired before it was sent"
}

/**
 * The conversation as providers accept it. A valid one is returned as it is, and a repaired one is valid:
 *
 * - Tool results without a call, and second results of a call, are left out. A call without a result gets one that says that it
 *   was not completed. Results come right after their calls.
 * - Ids of tool calls are unique, of letters, digits, `_` and `-`, and at most 64 characters long.
 * - Blank texts are left out, and so are empty messages and reasoning that says nothing. Lone surrogates become U+FFFD.
 * - Messages of the user, or of the assistant, that follow each other become one, unless they have names or options. The first
 *   is the user's: where it is not, one is inserted. Where the assistant's is the last, it does not end in white space.
 *
 * @since 0.1.0
 * @category combinators
 */
export const conversation = (messages: ReadonlyArray<Message>, options: RepairOptions = {}): ReadonlyArray<Message> =>
  repair(messages, options, false)

const repair = (
  messages: ReadonlyArray<Message>,
  { protocol }: RepairOptions,
  isContinued: boolean
): ReadonlyArray<Message> => {
  const said = saying(wellFormed(messages), protocol)
  const answered = withCallIds(paired(said, isContinued), callId)
  const alternating = inTurns(resultsAfterCalls(answered))
  return trimmedEnd(isContinued ? alternating : userFirst(alternating))
}

const callId = fitId({ refused: /[^a-zA-Z0-9_-]/g, maxLength: 64 })

/** The messages without what says nothing, or nothing to this protocol. */
const saying = (messages: ReadonlyArray<Message>, protocol: string | undefined): ReadonlyArray<Message> => {
  const isKept = (part: Message["content"][number]): boolean => {
    switch (part.type) {
      case "text":
        return part.text.trim() !== ""
      case "reasoning":
        return isReadable(part.protocol, protocol) && (part.text.trim() !== "" || isHidden(part))
      case "provider":
        return isReadable(part.protocol, protocol)
      default:
        return true
    }
  }
  const kept = mapSame(messages, (message) => {
    const parts: ReadonlyArray<Message["content"][number]> = message.content
    return parts.every(isKept) ? message : ({ ...message, content: parts.filter(isKept) } as Message)
  })
  return kept.every(({ content }) => content.length > 0) ? kept : kept.filter(({ content }) => content.length > 0)
}

const isReadable = (written: string | undefined, read: string | undefined): boolean =>
  written === undefined || read === undefined || written === read

/** Whether reasoning without text holds what its provider can read. */
const isHidden = (part: {
  readonly signature?: unknown
  readonly encrypted?: unknown
  readonly raw?: unknown
}): boolean => part.signature !== undefined || part.encrypted !== undefined || part.raw !== undefined

/** Messages of which no two of the user, or of the assistant, follow each other that could be one. */
const inTurns = (messages: ReadonlyArray<Message>): ReadonlyArray<Message> => {
  const result: Array<Message> = []
  for (const message of messages) {
    const last = result.at(-1)
    const joined = last === undefined ? undefined : join(last, message)
    if (joined === undefined) result.push(message)
    else result[result.length - 1] = joined
  }
  return result.length === messages.length ? messages : result
}

const join = (first: Message, second: Message): UserMessage | AssistantMessage | undefined => {
  if (!isPlain(first) || !isPlain(second)) return undefined
  if (first.role === "user" && second.role === "user") {
    return { ...first, content: [...first.content, ...second.content] }
  }
  return first.role === "assistant" && second.role === "assistant"
    ? { ...first, content: [...first.content, ...second.content] }
    : undefined
}

const isPlain = (message: Message): boolean =>
  message.providerOptions === undefined && (message.role === "tool" || message.name === undefined)

/** Providers refuse to continue a response that ends in white space. */
const trimmedEnd = (messages: ReadonlyArray<Message>): ReadonlyArray<Message> => {
  const last = messages.at(-1)
  const part = last?.content.at(-1)
  if (last?.role !== "assistant" || part?.type !== "text") return messages
  const text = part.text.trimEnd()
  if (text === part.text) return messages
  return [...messages.slice(0, -1), { ...last, content: [...last.content.slice(0, -1), { ...part, text }] }]
}
