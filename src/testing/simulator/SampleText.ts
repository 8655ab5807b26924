import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/** Plausible values of properties with these names. */
const byName: ReadonlyArray<readonly [name: RegExp, values: readonly [string, ...Array<string>]]> = [
  [/city|town|location|place/i, ["Paris", "Lima", "Oslo", "Nairobi", "Kyoto"]],
  [/country/i, ["France", "Peru", "Norway", "Kenya", "Japan"]],
  [/language|locale/i, ["en", "fr", "es", "no", "ja"]],
  [/currency/i, ["EUR", "USD", "JPY", "NOK", "KES"]],
  [/e-?mail/i, ["ada@example.com", "alan@example.com", "grace@example.com"]],
  [/phone/i, ["+15550100", "+15550101", "+15550102"]],
  [/url|link|website/i, ["https://example.com/1", "https://example.com/2", "https://example.com/3"]],
  [/date/i, ["2026-01-01", "2026-01-02", "2026-01-03"]],
  [/first.?name/i, ["Ada", "Alan", "Grace"]],
  [/last.?name|surname/i, ["Lovelace", "Turing", "Hopper"]],
  [/full.?name|author|person|user|customer/i, ["Ada Lovelace", "Alan Turing", "Grace Hopper"]],
  [/colou?r/i, ["blue", "red", "green"]],
  [/title|heading|subject/i, ["An example", "Another example", "A third example"]],
  [/(^|_)id$|Id$/, ["1", "2", "3", "4", "5"]]
]

const byFormat: { readonly [format: string]: (variant: number) => string } = {
  "date-time": (variant) => `2026-01-01T12:${two(variant)}:00Z`,
  date: (variant) => `2026-01-${two((variant % 28) + 1)}`,
  time: (variant) => `12:${two(variant)}:00Z`,
  duration: (variant) => `PT${variant + 1}M`,
  email: (variant) => `user${variant + 1}@example.com`,
  hostname: (variant) => `host${variant + 1}.example.com`,
  ipv4: (variant) => `192.0.2.${(variant % 254) + 1}`,
  ipv6: (variant) => `2001:db8::${variant + 1}`,
  uri: (variant) => `https://example.com/${variant + 1}`,
  uuid: (variant) => `00000000-0000-4000-8000-${String(variant + 1).padStart(12, "0")}`
}

const two = (number: number): string => String(number % 60).padStart(2, "0")

/** A string that conforms to a JSON Schema, plausible for a property of this name. */
export const sampleText = (
  schema: { readonly [key: string]: unknown },
  name: string,
  variant: number,
  query: string
): string => {
  const { format, maxLength, minLength, pattern } = schema
  const least = typeof minLength === "number" ? minLength : 0
  const most = typeof maxLength === "number" ? maxLength : Infinity
  const expression = typeof pattern === "string" ? compiled(pattern) : undefined
  const fits = (text: string, least: number) => {
    const { length } = [...text]
    return length >= least && length <= most && (expression === undefined || expression.test(text))
  }
  // A schema that was made from code may mean UTF-16 units, of which it demands up to twice as many.
  const enough = Math.min(2 * least, most)
  const values = byName.find(([names]) => names.test(name))?.[1] ?? []
  const numbered = variant === 0 ? "example" : `example ${variant + 1}`
  const candidates = [
    typeof format === "string" && Object.hasOwn(byFormat, format) ? byFormat[format]?.(variant) : undefined,
    /quer|question|prompt|search|input/i.test(name) && query !== "" ? query : undefined,
    values[variant % values.length],
    numbered,
    numbered.padEnd(enough, "."),
    String(variant + 1).padStart(least, "0"),
    numbered.slice(0, Math.min(most, numbered.length))
  ]
  const texts = candidates.filter((text) => text !== undefined)
  return (
    texts.find((text) => fits(text, enough)) ??
    texts.find((text) => fits(text, least)) ??
    generated(expression, variant) ??
    numbered
  )
}

/** A pattern that JavaScript does not support is ignored. */
const compiled = (pattern: string): RegExp | undefined =>
  Result.getOrUndefined(Result.try(() => new RegExp(pattern, "u")))

const generated = (expression: RegExp | undefined, variant: number): string | undefined => {
  if (expression === undefined) return undefined
  const strings = Arbitrary.schema(Schema.String.check(Schema.isPattern(expression)))
  const sampled = Effect.runSyncExit(Arbitrary.sampleEffect(strings, { count: 1, seed: variant, size: 8 }))
  return Exit.isSuccess(sampled) ? sampled.value[0] : undefined
}
