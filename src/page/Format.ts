/** Formats figures, the same everywhere. */

const whole = new Intl.NumberFormat("en-US")
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 })

export const none = "–"

export const count = (value: number | undefined): string => (value === undefined ? none : whole.format(value))

export const shortCount = (value: number): string => (value < 10_000 ? whole.format(value) : compact.format(value))

/** Dollars, with more digits for small amounts: $12.34, $0.0021, $0.00000012. */
export const dollars = (value: string | number | undefined): string => {
  if (value === undefined) return none
  const amount = Number(value)
  if (amount === 0) return "$0"
  const size = Math.abs(amount)
  const digits = size >= 1 ? 2 : Math.min(10, 2 - Math.floor(Math.log10(size)))
  const text = size.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: digits })
  return `${amount < 0 ? "−" : ""}$${text}`
}

/** What calls cost in dollars: `$1.20`, `$1.20 +` if some have no price, `unpriced` if none has one. */
export const spent = ({ cost, unpriced }: { readonly cost: string | number; readonly unpriced: number }): string =>
  unpriced === 0 ? dollars(cost) : Number(cost) === 0 ? "unpriced" : `${dollars(cost)} +`

/** 640 ms, 1.24 s, 2 min 5 s. */
export const duration = (millis: number | undefined): string => {
  if (millis === undefined) return none
  if (millis < 1000) return `${Math.round(millis)} ms`
  if (millis < 60_000) return `${(millis / 1000).toFixed(millis < 10_000 ? 2 : 1)} s`
  return `${Math.floor(millis / 60_000)} min ${Math.round((millis % 60_000) / 1000)} s`
}

export const percent = (share: number): string =>
  share === 0 ? "0%" : share < 0.001 ? "<0.1%" : `${share < 0.1 ? (share * 100).toFixed(1) : Math.round(share * 100)}%`

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" })
const day = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric" })
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" })

/** The time, with its day unless that is today. */
export const timeOfDay = (at: string | number, now = Date.now()): string => {
  const time = clock.format(new Date(at))
  return day.format(new Date(at)) === day.format(new Date(now)) ? time : `${date(at)}, ${time}`
}
export const date = (at: string | number): string => day.format(new Date(at))
export const dateAndTime = (at: string | number): string => moment.format(new Date(at))

const steps: ReadonlyArray<readonly [Intl.RelativeTimeFormatUnit, number]> = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000]
]
const relative = new Intl.RelativeTimeFormat("en-US", { numeric: "auto" })

/** "3 hours ago", "in 5 days", "just now". */
export const fromNow = (at: string | number, now = Date.now()): string => {
  const distance = new Date(at).getTime() - now
  const step = steps.find(([, size]) => Math.abs(distance) >= size)
  return step === undefined ? "just now" : relative.format(Math.round(distance / step[1]), step[0])
}

export const fileSize = (bytes: number): string =>
  bytes < 1000
    ? `${bytes} B`
    : bytes < 1_000_000
      ? `${Math.round(bytes / 1000)} kB`
      : `${(bytes / 1_000_000).toFixed(1)} MB`
