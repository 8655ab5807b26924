/**
 * Keeps the keys of JSON in the order in which they are written. JavaScript moves keys that look like array indexes, such as
 * `"9"`, to the front, in ascending order.
 *
 * ```ts
 * JSON.stringify(JSON.parse('{"b":1,"9":2,"1":3}')) // {"1":3,"9":2,"b":1}
 * JSON.stringify(WrittenKeys.parse('{"b":1,"9":2,"1":3}')) // as it was
 * ```
 *
 * A copy of such an object (`{ ...object }`) does not keep the order; `fromEntries` makes one that does.
 *
 * @since 0.1.0
 */

/** What JavaScript treats as an array index: up to 2^32 - 2, without leading zeros. */
const index = /^(?:0|[1-9]\d{0,9})$/

/**
 * Whether JavaScript puts a key before the others of its object.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isMoved = (key: string): boolean => {
  const first = key.charCodeAt(0)
  return first >= 0x30 && first <= 0x39 && index.test(key) && Number(key) < 2 ** 32 - 1
}

const ordered = new WeakSet<object>()

/**
 * Whether an object keeps an order of keys that JavaScript would change.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isOrdered = (value: object): boolean => ordered.has(value)

/**
 * An object with these entries in this order, whatever their keys look like. Of two entries with one key, the last counts.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromEntries = (
  entries: ReadonlyArray<readonly [key: string, value: unknown]>
): { readonly [key: string]: unknown } => {
  const plain: Record<string, unknown> = {}
  for (const [key, value] of entries) {
    if (key === "__proto__" || isMoved(key)) return inOrder(entries)
    plain[key] = value
  }
  return plain
}

const inOrder = (
  entries: ReadonlyArray<readonly [key: string, value: unknown]>
): { readonly [key: string]: unknown } => {
  const object: { readonly [key: string]: unknown } = Object.fromEntries(entries)
  if (!entries.some(([key]) => isMoved(key))) return object
  const keys = [...new Set(entries.map(([key]) => key))]
  const proxy = new Proxy(Object.freeze(object), { ownKeys: () => keys })
  ordered.add(proxy)
  return proxy
}

/**
 * Unicode's noncharacters, reserved for internal use. One of them prefixes the keys that JavaScript would move, until the
 * object is made.
 */
const marks = Array.from({ length: 32 }, (_, at) => String.fromCharCode(0xfdd0 + at))

/** A mark that does not occur in the JSON, not even escaped. */
const markFor = (json: string): string | undefined =>
  /\\ufd[de]/i.test(json) ? undefined : marks.find((mark) => !json.includes(mark))

/**
 * Parses JSON into objects that keep their keys in order. `revive` replaces each primitive value, and also gets the text of
 * numbers.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parse = (json: string, revive: (value: unknown, source: string | undefined) => unknown): unknown => {
  const mark = markFor(json)
  return JSON.parse(
    mark === undefined ? json : marked(json, mark),
    (_, value: unknown, ...[context]: ReadonlyArray<{ readonly source?: string }>) =>
      typeof value !== "object" || value === null
        ? revive(value, context?.source)
        : mark === undefined
          ? value
          : unmarked(value, mark)
  )
}

const unmarked = (object: object, mark: string): object => {
  const entries = Object.entries(object)
  return entries.some(([key]) => key.startsWith(mark))
    ? fromEntries(entries.map(([key, value]) => [key.startsWith(mark) ? key.slice(1) : key, value]))
    : object
}

/** The JSON with a mark before each key that JavaScript would move. */
const marked = (json: string, mark: string): string => {
  let text = ""
  let copied = 0
  for (let at = json.indexOf('"'); at !== -1;) {
    const end = endOfString(json, at + 1)
    if (end - at <= longest && isMoved(json.slice(at + 1, end)) && isBeforeColon(json, end + 1)) {
      text += json.slice(copied, at + 1) + mark
      copied = at + 1
    }
    at = json.indexOf('"', end + 1)
  }
  return text + json.slice(copied)
}

/** More than the longest index has. */
const longest = 12

const backslash = 0x5c

/**
 * Whether the next token of the JSON is a colon, as after a key.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isBeforeColon = (json: string, from: number): boolean => {
  let at = from
  while (json[at] === " " || json[at] === "\n" || json[at] === "\r" || json[at] === "\t") at++
  return json[at] === ":"
}

/**
 * The position of the quote that ends the JSON string whose text begins at `from`; the length of the JSON if there is none.
 *
 * @since 0.1.0
 * @category getters
 */
export const endOfString = (json: string, from: number): number => {
  let end = json.indexOf('"', from)
  while (end !== -1) {
    let first = end
    while (json.charCodeAt(first - 1) === backslash && first > from) first--
    if ((end - first) % 2 === 0) return end
    end = json.indexOf('"', end + 1)
  }
  return json.length
}
