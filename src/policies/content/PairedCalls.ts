import type { ToolCallPart, ToolResultPart } from "../../domain/ContentPart.ts"
import type { Message } from "../../domain/Message.ts"

/** A tool call, and where it is. `run` counts the assistant's turns: messages of the assistant in a row are one. */
interface Call {
  readonly part: ToolCallPart
  readonly run: number
  result?: ToolResultPart
}

/** The calls of each message, and the call that each result is of. Second results are of none. */
interface Pairs {
  readonly calls: ReadonlyMap<number, ReadonlyArray<Call>>
  readonly owners: ReadonlyMap<string, Call>
}

/**
 * Messages in which the results of tool calls come before the next turn. Results without a call are left out, unless the
 * provider stores earlier turns (`isContinued`); calls without a result get one. Messages that need no change are the same
 * objects, and so is the array if none does.
 */
export const paired = (messages: ReadonlyArray<Message>, isContinued: boolean): ReadonlyArray<Message> => {
  const { calls, owners } = pairsOf(messages)
  const result: Array<Message> = []
  let open: Array<Call> = []
  let isAnswering = false
  const answerOpen = () => {
    if (open.length > 0)
      result.push({ role: "tool", content: open.map((call) => call.result ?? notCompleted(call.part)) })
    open = []
  }
  for (const [m, message] of messages.entries()) {
    if (message.role === "tool") {
      isAnswering = true
      const kept = message.content.filter((_, p) => {
        const owner = owners.get(`${m}.${p}`)
        if (owner === undefined) return isContinued
        const at = open.indexOf(owner)
        if (at >= 0) open.splice(at, 1)
        return at >= 0
      })
      if (kept.length === message.content.length) result.push(message)
      else if (kept.length > 0) result.push({ ...message, content: kept })
      continue
    }
    if (message.role === "user" || (message.role === "assistant" && isAnswering)) answerOpen()
    if (message.role !== "system") isAnswering = false
    result.push(message)
    open.push(...(calls.get(m) ?? []))
  }
  answerOpen()
  const isSame = result.length === messages.length && result.every((message, index) => message === messages[index])
  return isSame ? messages : result
}

/** A result is of the first open call of its id, in the latest turn that has one: some models number their calls anew. */
const pairsOf = (messages: ReadonlyArray<Message>): Pairs => {
  const calls = new Map<number, ReadonlyArray<Call>>()
  const owners = new Map<string, Call>()
  const open = new Map<string, Array<Call>>()
  let run = 0
  let last: Message["role"] | undefined
  for (const [m, message] of messages.entries()) {
    if (message.role === "assistant") {
      if (last !== "assistant") run++
      const made = message.content.flatMap((part): ReadonlyArray<Call> =>
        part.type === "tool-call" && part.providerExecuted !== true ? [{ part, run }] : []
      )
      calls.set(m, made)
      for (const call of made) open.set(call.part.id, [...(open.get(call.part.id) ?? []), call])
    } else if (message.role === "tool") {
      for (const [p, part] of message.content.entries()) {
        const waiting = open.get(part.id) ?? []
        const latest = waiting.at(-1)?.run
        const owner = waiting.find(({ run }) => run === latest)
        if (owner === undefined) continue
        owner.result = part
        owners.set(`${m}.${p}`, owner)
        open.set(
          part.id,
          waiting.filter((call) => call !== owner)
        )
      }
    }
    if (message.role !== "system") last = message.role
  }
  return { calls, owners }
}

const notCompleted = ({ id, name }: ToolCallPart): ToolResultPart => ({
  type: "tool-result",
  id,
  name,
  output: "No result: this call was not completed.",
  isError: true
})
