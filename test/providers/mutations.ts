/** Values that nobody should send, as JSON text. */
const small: ReadonlyArray<string> = [
  "null",
  "true",
  "-0",
  "-1",
  "1e999",
  "-1e999",
  "9007199254740993",
  '""',
  String.raw`"a\r\nx-injected: b"`,
  String.raw`"\u0000é\ud800"`,
  '"2026-13-45"',
  "[]",
  "{}",
  '{"toString":null,"valueOf":null,"toJSON":null}',
  '{"__proto__":null,"constructor":null,"hasOwnProperty":1,"length":-1}'
]

/** The same, and long ones. */
export const hostile: ReadonlyArray<string> = [
  ...small,
  `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
  `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`,
  `[${"0,".repeat(10_000)}0]`,
  JSON.stringify("x".repeat(20_000))
]

type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

const marker = "the place of a hostile value"

const marked = function* (value: Json): Generator<Json> {
  yield marker
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) for (const inner of marked(item)) yield value.with(index, inner)
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value as { readonly [key: string]: Json })) {
      const { [key]: _, ...rest } = value as { readonly [key: string]: Json }
      yield rest
      for (const inner of marked(item)) yield { ...value, [key]: inner }
    }
  }
}

/**
 * A body in which one value at one place is left out or one of these, for every place. By default they are all that is
 * hostile, the long ones at every third place.
 */
export const mutationsOf = (body: unknown, values?: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...marked(body as Json)].flatMap((value, index) => {
    const text = JSON.stringify(value)
    const place = JSON.stringify(marker)
    return text.includes(place)
      ? (values ?? (index % 3 === 1 ? hostile : small)).map((other) => text.replace(place, () => other))
      : [text]
  })
