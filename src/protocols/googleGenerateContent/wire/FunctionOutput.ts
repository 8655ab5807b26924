import { array, compact, isObject, object, parse, type WireObject } from "./Wire.ts"

/**
 * What a function gave back: `output` and `error` are the API's own keys; any other object is the result itself.
 * Source: https://ai.google.dev/api/caching#FunctionResponse
 */
export const decodeOutput = (
  response: unknown
): { readonly output: string | ReadonlyArray<string>; readonly isError: boolean } => {
  if (!isObject(response)) return { output: written(response), isError: false }
  const keys = Object.keys(response)
  if (keys.length === 0) return { output: [], isError: false }
  const [key] = keys
  if (keys.length > 1 || (key !== "output" && key !== "error")) return { output: written(response), isError: false }
  const value = response[key]
  const texts = array(value)
  const isList = texts.length > 0 || (key === "error" && Array.isArray(value))
  const isTexts = isList && texts.every((one) => typeof one === "string")
  return { output: isTexts ? (texts as ReadonlyArray<string>) : written(value), isError: key === "error" }
}

const written = (u: unknown): string => (typeof u === "string" ? u : u === undefined ? "" : JSON.stringify(u))

/** Results are objects: JSON of one goes as it is, anything else under `output`, or `error`. */
export const encodeOutput = (texts: ReadonlyArray<string>, isError: boolean): WireObject => {
  const output = texts.length === 1 ? texts[0] : texts.length === 0 ? undefined : texts
  if (isError) return { error: output ?? [] }
  const json = typeof output === "string" && output.startsWith("{") ? parse(output) : undefined
  // An empty object says that there is nothing.
  const isOwn = isObject(json) && output !== "{}" && !("output" in json) && !("error" in json)
  return isOwn && JSON.stringify(json) === output ? json : compact({ output })
}

/**
 * The encoded result with what a part's options say of it. Its fields are the function's own: `null` removes one, anything
 * else replaces it whole, with the nulls that are in it.
 */
export const patchOutput = (encoded: WireObject, options: WireObject): WireObject => {
  const change = object(object(options.functionResponse)?.response)
  if (change === undefined) return encoded
  return Object.fromEntries(Object.entries({ ...encoded, ...change }).filter(([, value]) => value !== null))
}

/**
 * What `patchOutput` must be given to make of the encoded result what was received; none where that is the same.
 */
export const outputPatch = (encoded: WireObject, received: unknown): WireObject | undefined => {
  if (!isObject(received) || JSON.stringify(encoded) === JSON.stringify(received)) return undefined
  return { ...Object.fromEntries(Object.keys(encoded).map((key) => [key, null])), ...received }
}
