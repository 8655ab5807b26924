import type { Message } from "../../domain/Message.ts"

/**
 * Which messages stay so that their sizes add up to at most `budget`: all system messages, and of the rest as many of
 * the newest turns as fit. A turn begins with a message of the user. When not even the newest turn fits, its first
 * message and its end stay, with as much before the end as fits. Tool calls and their results stay or go together.
 * `undefined` when the least of that is already too long. From the `middle`, turns go so that the oldest stay too, in turn
 * with the newest.
 */
export const trim = (
  messages: ReadonlyArray<Message>,
  sizes: ReadonlyArray<number>,
  budget: number,
  from: "oldest" | "middle" = "oldest"
): ReadonlyArray<Message> | undefined => {
  const kept = new Set<number>()
  let room = budget
  const keep = (indices: ReadonlyArray<number>): boolean => {
    const size = indices.reduce((sum, index) => sum + (sizes[index] as number), 0)
    if (size > room) return false
    room -= size
    for (const index of indices) kept.add(index)
    return true
  }
  /** Keeps one of the newest, one of the oldest and so on, until neither fits. */
  const keepEnds = (groups: ReadonlyArray<ReadonlyArray<number>>): void => {
    const rest = [...groups]
    let [newest, oldest] = [true, true]
    while (rest.length > 0 && (newest || oldest)) {
      const last = rest.at(-1)
      if (newest && last !== undefined && (newest = keep(last))) rest.pop()
      const first = rest[0]
      if (oldest && first !== undefined && (oldest = keep(first))) rest.shift()
    }
  }

  /** Keeps from the last group back until one does not fit. */
  const keepNewest = (groups: ReadonlyArray<ReadonlyArray<number>>): void => {
    for (const group of groups.toReversed()) if (!keep(group)) return
  }

  if (!keep([...messages.keys()].filter((index) => messages[index]?.role === "system"))) return undefined
  const turns = turnsOf(messages, groupsOf(messages))
  const newest = turns.at(-1) ?? []
  if (keep(newest.flat())) {
    const others = turns.slice(0, -1).map((turn) => turn.flat())
    if (from === "middle") keepEnds(others)
    else keepNewest(others)
  } else {
    const [first = [], ...rest] = newest
    if (!keep([...first, ...(rest.at(-1) ?? [])])) return undefined
    keepNewest(rest.slice(0, -1))
  }
  return messages.filter((_, index) => kept.has(index))
}

/** The messages that always stay. */
export const least = (messages: ReadonlyArray<Message>): ReadonlyArray<Message> => {
  const newest = turnsOf(messages, groupsOf(messages)).at(-1) ?? []
  const kept = new Set([...(newest[0] ?? []), ...(newest.at(-1) ?? [])])
  return messages.filter(({ role }, index) => role === "system" || kept.has(index))
}

/** The indices of messages that stay or go together: a message that calls tools, and all up to the last result. */
const groupsOf = (messages: ReadonlyArray<Message>): ReadonlyArray<ReadonlyArray<number>> => {
  const groups: Array<Array<number>> = []
  /** The group of each call, by the call's id. */
  const callers = new Map<string, number>()
  for (const [index, message] of messages.entries()) {
    if (message.role === "system") continue
    let group = groups.length
    if (message.role === "tool") for (const { id } of message.content) group = Math.min(group, callers.get(id) ?? group)
    const joined = groups.splice(group)
    groups.push([...joined.flat(), index])
    if (joined.length > 1) for (const [id, caller] of callers) callers.set(id, Math.min(caller, group))
    if (message.role !== "assistant") continue
    for (const part of message.content) if (part.type === "tool-call") callers.set(part.id, groups.length - 1)
  }
  return groups
}

/** The groups of each turn. */
const turnsOf = (
  messages: ReadonlyArray<Message>,
  groups: ReadonlyArray<ReadonlyArray<number>>
): ReadonlyArray<ReadonlyArray<ReadonlyArray<number>>> => {
  const turns: Array<Array<ReadonlyArray<number>>> = []
  for (const group of groups) {
    if (turns.length === 0 || messages[group[0] ?? 0]?.role === "user") turns.push([group])
    else turns.at(-1)?.push(group)
  }
  return turns
}
