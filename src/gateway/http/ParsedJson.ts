import * as Result from "effect/Result"

/** The value of a text that a server sent, perhaps with a byte order mark; `undefined` if it is not JSON. */
export const parsedJson = (text: string): unknown =>
  Result.getOrUndefined(Result.try((): unknown => JSON.parse(text.replace(/^\ufeff/, ""))))
