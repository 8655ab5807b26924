/** The texts of requests, responses and their parts, whatever the capability: what people and models write and read. */
import * as Predicate from "effect/Predicate"

/** Fields that hold text, in requests and responses of every capability. */
const textFields: ReadonlySet<string> = new Set([
  "citedText",
  "content",
  "context",
  "document",
  "documents",
  "inputs",
  "instructions",
  "messages",
  "negativePrompt",
  "output",
  "prompt",
  "query",
  "revisedPrompt",
  "text",
  "title",
  "transcript"
])

/** Fields whose values have fields that hold text. */
const nestedFields: ReadonlySet<string> = new Set([
  ...textFields,
  "citations",
  "data",
  "images",
  "results",
  "segments",
  "sources",
  "words"
])

/** Fields of JSON whose every string is text. */
const jsonFields: ReadonlySet<string> = new Set(["document", "documents", "input"])

/** Fields in which providers' own parts hold text besides. */
const ownTextFields: ReadonlySet<string> = new Set([
  "arguments",
  "chunks",
  "code",
  "command",
  "input",
  "logs",
  "queries",
  "snippet",
  "stderr",
  "stdout"
])

/**
 * A request, a response or a part with each text replaced by what `f` makes of it; the same object where none changes. Of a
 * tool call, that is each string and number of its input. Reasoning that a provider signed is replaced too, and is unsigned
 * from then on, unless `reasoning` says to keep it.
 */
export const mapTexts = <A>(
  value: A,
  f: (text: string) => string,
  { reasoning = "replace" }: { readonly reasoning?: "replace" | "keep-signed" | "keep" } = {}
): A => {
  const isKept = (part: { readonly [key: string]: unknown }): boolean =>
    reasoning === "keep" || (reasoning === "keep-signed" && isSigned(part))

  const mapJson = (json: unknown): unknown => {
    if (typeof json === "string") return f(json)
    if (typeof json === "number") {
      const text = String(json)
      const mapped = f(text)
      return mapped === text ? json : mapped
    }
    if (Array.isArray(json)) return mapArray(json, mapJson)
    return Predicate.isObject(json) && isPlain(json) ? mapFields(json, (_, child) => mapJson(child)) : json
  }

  const mapCall = (part: { readonly [key: string]: unknown }) => {
    if (part.input === undefined) {
      const rawInput = typeof part.rawInput === "string" ? f(part.rawInput) : undefined
      return rawInput === part.rawInput ? part : { ...part, rawInput }
    }
    const input = mapJson(part.input)
    if (input === part.input) return part
    const { rawInput: _, ...rest } = part
    return { ...rest, input }
  }

  /** What only one provider knows, in its own fields: those that hold text have names that say so, however deep they are. */
  const mapProviders = (field: string, child: unknown): unknown => {
    if (typeof child === "string") return textFields.has(field) || ownTextFields.has(field) ? f(child) : child
    if (Array.isArray(child)) return mapArray(child, (item) => mapProviders(field, item))
    return Predicate.isObject(child) && isPlain(child) ? mapFields(child, mapProviders) : child
  }

  const mapObject = (object: { readonly [key: string]: unknown }): unknown => {
    switch (object.type) {
      case "provider":
        return mapFields(object, (field, child) => (field === "value" ? mapProviders("value", child) : child))
      case "tool-call":
        return mapCall(object)
      case "reasoning": {
        if (typeof object.text !== "string" || isKept(object)) return object
        const text = f(object.text)
        return text === object.text ? object : { type: "reasoning", text }
      }
      default: {
        const mapped = mapFields(object, mapField)
        // The places of citations are those of the original text.
        return mapped.text === object.text || !Array.isArray(mapped.citations)
          ? mapped
          : { ...mapped, citations: mapped.citations.map(withoutPlace) }
      }
    }
  }

  const mapField = (field: string, child: unknown): unknown => {
    if (typeof child === "string") return textFields.has(field) ? f(child) : child
    if (field === "providerOptions") return mapProviders(field, child)
    if (!nestedFields.has(field)) return child
    if (jsonFields.has(field)) return mapJson(child)
    if (Array.isArray(child)) return mapArray(child, (item) => mapField(field, item))
    return Predicate.isObject(child) && !(child instanceof Uint8Array) ? mapObject(child) : child
  }

  return (Predicate.isObject(value) ? mapObject(value) : value) as A
}

const withoutPlace = (citation: object): object => Object.assign({}, citation, { start: undefined, end: undefined })

/** All texts that `mapTexts` would replace, in order. */
export const textsOf = (value: unknown): ReadonlyArray<string> => {
  const texts: Array<string> = []
  mapTexts(value, (text) => {
    if (text !== "") texts.push(text)
    return text
  })
  return texts
}

/** Whether reasoning has what proves it to its provider, which holds for this text alone. */
const isSigned = ({ encrypted, raw, signature }: { readonly [key: string]: unknown }): boolean =>
  signature !== undefined || encrypted !== undefined || raw !== undefined

const isPlain = (object: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(object)
  return prototype === Object.prototype || prototype === null
}

const mapArray = (array: ReadonlyArray<unknown>, f: (item: unknown) => unknown): ReadonlyArray<unknown> => {
  const mapped = array.map(f)
  return mapped.every((item, index) => item === array[index]) ? array : mapped
}

/** A copy of the same class where a field changes. */
const mapFields = (
  object: { readonly [key: string]: unknown },
  f: (field: string, value: unknown) => unknown
): { readonly [key: string]: unknown } => {
  const changed: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(object)) {
    const mapped = f(field, value)
    if (mapped !== value) changed[field] = mapped
  }
  return Object.keys(changed).length === 0
    ? object
    : Object.assign(Object.create(Object.getPrototypeOf(object)), object, changed)
}
