import { InvalidRequestError } from "./CallErrors.ts"

/** What is wrong with an input, and where: the path from the value that was checked, innermost key last. */
export interface Issue {
  readonly path: ReadonlyArray<string | number>
  readonly detail: string
}

/** The issue as the error of a request. */
export const toError = ({ detail, path }: Issue): InvalidRequestError =>
  new InvalidRequestError({ at: path.length === 0 ? undefined : format(path), detail })

const format = (path: Issue["path"]): string => {
  let text = ""
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`
    else if (/^[A-Za-z_$][\w$]*$/.test(key)) text += text === "" ? key : `.${key}`
    else text += `[${JSON.stringify(key)}]`
  }
  return text
}

/** The issue of a field or an element, seen from the value that holds it. */
export const under = (key: string | number, { detail, path }: Issue): Issue => ({ path: [key, ...path], detail })

/** The issue of a value of the wrong kind. */
export const mismatch = (expected: string, value: unknown): Issue => ({
  path: [],
  detail: `expected ${expected}, got ${kindOf(value)}`
})

const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return "an array"
  if (typeof value === "object") return kindOfObject(value)
  if (typeof value === "number" || typeof value === "boolean") return String(value)
  return `a ${typeof value}`
}

const kindOfObject = (value: object): string => {
  if (value instanceof Uint8Array) return "a Uint8Array"
  const { 0: first, base64, data, type } = value as { readonly [key: string]: unknown }
  if (typeof base64 === "string") return `an object with \`base64\`${storedBytes}`
  if (typeof first === "number" || (type === "Buffer" && Array.isArray(data))) {
    return `bytes that were written by JSON.stringify${storedBytes}`
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || typeof prototype !== "object" || prototype === null) return "an object"
  const name = typeof prototype.constructor === "function" ? prototype.constructor.name : ""
  return /^[A-Z]\w*$/.test(name) ? `${article(name)} ${name}` : "an object"
}

const storedBytes = "; encode and decode what you store with its Schema and Schema.toCodecJson"

/** The article of a noun. */
export const article = (noun: string): string => (/^[AEIOaeio]/.test(noun) ? "an" : "a")

/** A value in a few words; a string as it is. */
export const quote = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value) : kindOf(value)
