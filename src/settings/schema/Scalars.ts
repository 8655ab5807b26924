import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as EffectDuration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { formatDecimal } from "effect-llm/catalog/Money"

const unitMillis: { readonly [unit: string]: number } = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000
}

const units = "ms|millis(?:econds?)?|s|seconds?|m|minutes?|h|hours?|d|days?|w|weeks?"

/** A duration as people write it: `500ms`, `30s`, `5 minutes`. A number without a unit is rejected. */
export const Duration: Schema.Codec<EffectDuration.Duration, string> = Schema.String.check(
  Schema.isPattern(new RegExp(`^\\d+(?:\\.\\d+)? ?(?:${units})$`, "u"), {
    identifier: "Duration",
    expected: `a duration with its unit, such as "500ms", "30s", "5m" or "1h"`
  })
).pipe(
  Schema.decodeTo(
    Schema.Duration,
    SchemaTransformation.transform({
      decode: (text) => {
        const [, number, unit = ""] = /^(\d+(?:\.\d+)?) ?([a-z]+)$/.exec(text) ?? []
        return EffectDuration.millis(
          Number(number) * (unitMillis[/^mi?l|^ms/.test(unit) ? "ms" : unit.slice(0, 1)] ?? 0)
        )
      },
      encode: formatDuration
    })
  )
)

/** A duration that is some. */
export const Window = Duration.check(
  Schema.makeFilter((duration) => EffectDuration.toMillis(duration) > 0, {
    expected: `a duration above 0, such as "1m"`
  })
)

/** Formats a duration in the largest unit that divides it. */
export function formatDuration(duration: EffectDuration.Duration): string {
  const millis = EffectDuration.toMillis(duration)
  const [unit, size] = Object.entries(unitMillis)
    .filter(([, size]) => millis % size === 0)
    .reduce((best, entry) => (entry[1] > best[1] ? entry : best), ["ms", 1])
  return `${millis / size}${unit}`
}

/** An amount of US dollars, exactly as written: `25`, `"0.10"`, `"$25"`. */
export const Dollars: Schema.Codec<BigDecimal.BigDecimal, string | number> = Schema.Union([
  Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0, { expected: "an amount of dollars, 0 or more" })),
  Schema.String.check(
    Schema.isPattern(/^\$?\d+(?:\.\d+)?$/u, { expected: `an amount of dollars, such as 25 or "0.10"` })
  )
]).pipe(
  Schema.decodeTo(
    Schema.BigDecimal,
    SchemaTransformation.transform({
      decode: (amount: string | number) =>
        Option.getOrElse(BigDecimal.fromString(String(amount).replace("$", "")), () => BigDecimal.make(0n, 0)),
      encode: (amount): string | number => formatDecimal(amount)
    })
  )
)

/** A whole number above zero. */
export const Count = Schema.Int.check(Schema.isGreaterThan(0, { expected: "a whole number above 0" }))

/** Messages about a secret never show it. */
export const secretExpected = "a key, best written as ${NAME}"

/** A key or a password: never printed, and best written as `${NAME}`. */
export const Secret = Schema.RedactedFromValue(
  Schema.String.annotate({ expected: secretExpected }).check(Schema.isMinLength(1, { expected: secretExpected }))
)

/** Whether every database can store a text. */
const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes("\u0000")

/** Text that every database can store. */
export const Storable = Schema.String.check(
  Schema.makeFilter(isStorable, { expected: "a text without NUL (U+0000) and halves of characters" })
)

const longestName = 1000

/** Text that people can tell apart and databases can store. */
export const Name = Schema.NonEmptyString.annotate({ expected: "a name" }).check(
  Schema.makeFilter((text) => text.trim() === text && text.length <= longestName && isStorable(text), {
    expected: `a name of at most ${longestName} characters, without spaces around it`
  })
)

/** An HTTP address. */
export const Url = Schema.String.check(
  Schema.isPattern(/^https?:\/\/[^\s/]+/u, { expected: `an address that begins with "https://" or "http://"` })
)

/** Whether a text is a day of the calendar, which 2027-02-30 is not. */
const isDay = (text: string): boolean =>
  Option.exists(DateTime.make(text), (day) => DateTime.formatIsoDateUtc(day) === text)

/** A day, such as `2026-12-31`. */
export const Day = Schema.String.check(Schema.makeFilter(isDay, { expected: "a day, such as 2026-11-30" }))

const momentPattern = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/u

const isMoment = (text: string): boolean => isDay(text.slice(0, 10)) && Option.isSome(DateTime.make(text))

/** A day, such as `2026-12-31`, which means its start in UTC; or a time, such as `2026-12-31T18:00:00Z`. */
export const Moment = Schema.String.check(
  Schema.isPattern(momentPattern, {
    expected: `a day, such as "2027-01-31", or a time, such as "2027-01-31T18:00:00Z"`
  }),
  Schema.makeFilter((text) => !momentPattern.test(text) || isMoment(text), { expected: "a day that there is" })
)

const sizes: { readonly [unit: string]: number } = {
  B: 1,
  kB: 1000,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3
}

/** A number of bytes as people write it: `32MB`, `16 KiB`. A number without a unit is rejected. */
export const Size: Schema.Codec<number, string> = Schema.String.check(
  Schema.isPattern(/^[1-9]\d{0,8} ?(?:B|kB|MB|GB|KiB|MiB|GiB)$/u, {
    identifier: "Size",
    expected: `a size with its unit, such as "32MB" or "16KiB"`
  })
).pipe(
  Schema.decodeTo(
    Schema.Finite,
    SchemaTransformation.transform({
      decode: (text) => {
        const [, number, unit = ""] = /^(\d+) ?([A-Za-z]+)$/.exec(text) ?? []
        return Number(number) * (sizes[unit] ?? 0)
      },
      encode: (bytes) => `${bytes}B`
    })
  )
)

/** A regular expression, as text. */
export const Pattern = Schema.String.check(
  Schema.makeFilter((text) => text !== "" && Result.isSuccess(Result.try(() => new RegExp(text, "u"))), {
    expected: "a regular expression"
  })
)
