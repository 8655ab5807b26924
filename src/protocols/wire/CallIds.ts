import type { ContentPart } from "../../domain/ContentPart.ts"
import type { Message } from "../../domain/Message.ts"
import { shortHash } from "./ShortHash.ts"

/** Makes an id that a provider takes of any id; one that it already takes comes back as it is. */
export type FitId = (id: string) => string

/**
 * Ids of at most `maxLength` characters, with `_` in the place of each that `refused` matches. What is cut ends in a hash
 * of the whole.
 */
export const fitId =
  (options: { readonly refused: RegExp; readonly maxLength: number }): FitId =>
  (id) => {
    const plain = id.replace(options.refused, "_")
    if (plain === "") return `call_${shortHash(id)}`
    return plain.length <= options.maxLength ? plain : `${plain.slice(0, options.maxLength - 9)}_${shortHash(id)}`
  }

/**
 * Messages in which each tool call has an id of its own that the provider takes, and each result that of its call. Ids
 * that some servers make begin anew in every response; a result then belongs to the first open call of its id. Messages
 * that need no change are the same objects.
 */
export const withCallIds = (messages: ReadonlyArray<Message>, fit: FitId): ReadonlyArray<Message> => {
  const taken = new Set<string>()
  const open = new Map<string, Array<string>>()
  const answered = new Map<string, string>()
  const newId = (id: string): string => {
    let fitted = fit(id)
    for (let copy = 2; taken.has(fitted); copy++) fitted = fit(`${id}_${copy}`)
    taken.add(fitted)
    return fitted
  }
  const rename = (part: ContentPart): ContentPart => {
    if (part.type === "tool-call" && part.providerExecuted !== true) {
      const id = newId(part.id)
      const waiting = open.get(part.id)
      if (waiting === undefined) open.set(part.id, [id])
      else waiting.push(id)
      return id === part.id ? part : { ...part, id }
    }
    if (part.type !== "tool-result") return part
    const id = open.get(part.id)?.shift() ?? answered.get(part.id) ?? fit(part.id)
    answered.set(part.id, id)
    return id === part.id ? part : { ...part, id }
  }
  return mapSame(messages, (message) => {
    const content = mapSame(message.content as ReadonlyArray<ContentPart>, rename)
    return content === message.content ? message : ({ ...message, content } as Message)
  })
}

/** The array with each item mapped; the same array where no item changed. */
export const mapSame = <A>(array: ReadonlyArray<A>, f: (item: A, index: number) => A): ReadonlyArray<A> => {
  let copy: Array<A> | undefined
  for (const [index, item] of array.entries()) {
    const mapped = f(item, index)
    if (mapped === item) continue
    copy ??= array.slice()
    copy[index] = mapped
  }
  return copy ?? array
}
