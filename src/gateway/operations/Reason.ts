import * as Predicate from "effect/Predicate"

const longest = 500

const textIn = (value: object, name: string): string | undefined => {
  const text: unknown = Reflect.get(value, name)
  return typeof text === "string" && text !== "" ? text : undefined
}

/** What is wrong with an external server or its response, in one line for the log. */
export const reasonOf = (error: unknown): string => {
  const parts: Array<string | undefined> = []
  for (let one = error; one instanceof Error; one = one.cause) {
    const { cause } = one
    const status: unknown = Predicate.hasProperty(cause, "status") ? cause.status : undefined
    parts.push(one.message, textIn(one, "error"), textIn(one, "error_description"))
    if (typeof status === "number") parts.push(`status ${status}`)
  }
  const sentences = new Set(
    parts.filter((part) => part !== undefined).map((part) => part.replace(/[\s\p{Cc}]+/gu, " ").trim())
  )
  return [...sentences].join(": ").slice(0, longest)
}
