/**
 * Finds secrets and personal data in text, for `Redact` and `Guard`.
 *
 * ```ts
 * import * as Detector from "effect-llm/policies/Detector"
 *
 * const ticket = Detector.make("TICKET", /\bACME-\d{1,9}\b/)
 * const spans = Detector.find([ticket, Detector.email], "ACME-7 is from ann@example.com")
 * ```
 *
 * Patterns are run on whatever people and models write: one of your own that can take quadratic time lets them stop your
 * process. Give every repetition a bound.
 *
 * @since 0.1.0
 */

/**
 * Finds one kind of data. `name` is what placeholders and errors call it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Detector {
  readonly name: string
  readonly pattern: RegExp
  /** How many characters of a match are the data; 0 where it only looks like it. */
  readonly accept: (match: string) => number
}

/**
 * Where something was found: the characters from `start` up to `end`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Span {
  readonly detector: string
  readonly start: number
  readonly end: number
  readonly text: string
}

/**
 * Makes a detector from a pattern, and a function that says which of its matches count (all of them, when it is left out).
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (name: string, pattern: RegExp, isData: (match: string) => boolean = () => true): Detector =>
  measured(name, pattern, (match) => (isData(match) ? match.length : 0))

const measured = (name: string, pattern: RegExp, accept: Detector["accept"]): Detector => ({
  name,
  pattern: pattern.global ? pattern : new RegExp(pattern.source, `${pattern.flags}g`),
  accept
})

/**
 * What the detectors find in a text, in order. Of spans that overlap, the one that begins first is whole, and of another only
 * what reaches beyond it. `before` is text that comes before it, for patterns that look back.
 *
 * @since 0.1.0
 * @category combinators
 */
export const find = (detectors: ReadonlyArray<Detector>, text: string, before = ""): ReadonlyArray<Span> => {
  const all = detectors.flatMap((detector) => findOne(detector, before + text, before.length))
  if (all.length === 0 || detectors.length < 2) return all
  const spans: Array<Span> = []
  for (const span of all.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const start = Math.max(span.start, spans.at(-1)?.end ?? 0)
    if (start >= span.end) continue
    let last: Span | undefined = { ...span, start, text: span.text.slice(start - span.start) }
    for (; last !== undefined; last = findAt(detectors, text, last.end)) spans.push(last)
  }
  return spans
}

/** What begins right after something else that was found, which is as good as gone. */
const findAt = (detectors: ReadonlyArray<Detector>, text: string, start: number): Span | undefined => {
  const rest = text.slice(start)
  let longest: Span | undefined
  for (const { accept, name, pattern } of detectors) {
    const match = beginningOf(pattern, rest)
    const length = match === "" ? 0 : Math.min(accept(match), match.length)
    if (length > (longest?.text.length ?? 0))
      longest = { detector: name, start, end: start + length, text: match.slice(0, length) }
  }
  return longest
}

/** So far is searched for a match of a pattern with an engine of its own, which cannot be told to look at one place only. */
const searched = 1000

const stickies = new WeakMap<RegExp, RegExp>()

/** The match with which a text begins. */
const beginningOf = (pattern: RegExp, text: string): string => {
  const isNative = pattern.exec === RegExp.prototype.exec
  const known = isNative ? stickies.get(pattern) : pattern
  const sticky = known ?? new RegExp(pattern.source, `${pattern.flags.replace("y", "")}y`)
  if (known === undefined) stickies.set(pattern, sticky)
  sticky.lastIndex = 0
  const match = sticky.exec(isNative ? text : text.slice(0, searched))
  return match?.index === 0 ? match[0] : ""
}

const findOne = ({ accept, name, pattern }: Detector, whole: string, from: number): ReadonlyArray<Span> => {
  const spans: Array<Span> = []
  let rest = whole
  let offset = 0
  pattern.lastIndex = from
  for (let match = pattern.exec(rest); match !== null; match = pattern.exec(rest)) {
    const length = Math.min(accept(match[0]), match[0].length)
    // The data may begin within what only looked like it.
    pattern.lastIndex = match.index + 1
    if (length === 0) continue
    const start = offset + match.index
    spans.push({ detector: name, start: start - from, end: start - from + length, text: match[0].slice(0, length) })
    // What was found is as good as gone: a pattern that looks back sees a beginning.
    offset = start + length
    rest = whole.slice(offset)
    pattern.lastIndex = 0
  }
  return spans
}

/**
 * Email addresses.
 *
 * Source: https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1 (at most 64 characters before the `@`)
 *
 * @since 0.1.0
 * @category detectors
 */
export const email: Detector = make(
  "EMAIL",
  /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}(?:xn--[a-z0-9-]{1,59}|\p{L}{2,63})/giu
)

/**
 * Numbers of payment cards: 13 to 19 digits, in groups or not, whose check digit is right.
 *
 * Source: ISO/IEC 7812-1; https://en.wikipedia.org/wiki/Payment_card_number and https://en.wikipedia.org/wiki/Luhn_algorithm
 *
 * @since 0.1.0
 * @category detectors
 */
export const creditCard: Detector = measured("CARD", /(?<!\d)[2-6](?:[ -]?\d){12,18}/g, (match) => {
  for (let end = match.length; end > 0; end--) {
    if (isDigit(match.charCodeAt(end)) || !isDigit(match.charCodeAt(end - 1))) continue
    const digits = match.slice(0, end).replaceAll(/[ -]/g, "")
    if (digits.length < 13) return 0
    if (passesLuhn(digits)) return end
  }
  return 0
})

const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57

const passesLuhn = (digits: string): boolean => {
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48
    const doubled = index % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/**
 * International bank account numbers, in groups or not, of the length that their country has and with the right checksum.
 *
 * Source: ISO 13616-1; https://www.swift.com/standards/data-standards/iban-international-bank-account-number
 *
 * @since 0.1.0
 * @category detectors
 */
export const iban: Detector = measured("IBAN", /(?<![\p{L}\p{N}])[a-z]{2}\d{2}(?: ?[a-z0-9]){11,30}/giu, (match) => {
  const length = ibanLengths.get(match.slice(0, 2).toUpperCase()) ?? Infinity
  let end = 0
  for (let characters = 0; characters < length && end < match.length; end++) if (match[end] !== " ") characters++
  const compact = match.slice(0, end).replaceAll(" ", "").toUpperCase()
  const isWhole = compact.length === length && !/^[a-z0-9]/i.test(match.slice(end))
  return isWhole && hasChecksum(compact) ? end : 0
})

const ibanLengths: ReadonlyMap<string, number> = new Map(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 " +
    "GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 " +
    "MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 " +
    "TN24 TR26 UA29 VA22 VG24 XK20"
  )
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))])
)

/** The digits, with A as 10 and so on and the first four characters last, are 1 modulo 97. */
const hasChecksum = (compact: string): boolean => {
  let remainder = 0
  for (const character of compact.slice(4) + compact.slice(0, 4)) {
    const value = parseInt(character, 36)
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
  }
  return remainder === 1
}

/**
 * Telephone numbers in international form, with a leading `+`, in groups or not.
 *
 * Source: https://www.itu.int/rec/T-REC-E.164 (at most 15 digits)
 *
 * @since 0.1.0
 * @category detectors
 */
export const phoneNumber: Detector = make("PHONE", /(?<!\+)\+[1-9](?:[ ().-]{0,2}\d){6,14}(?!\d)/g)

/**
 * Keys and tokens that are known by their beginning (OpenAI, Anthropic and others with `sk-`, Stripe, GitHub, GitLab, Slack, AWS,
 * Google, Hugging Face, npm, Groq, xAI), JSON Web Tokens, and private keys in PEM.
 *
 * Sources: https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github,
 * https://docs.gitlab.com/security/tokens/, https://api.slack.com/authentication/token-types, https://docs.stripe.com/keys,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html, https://www.rfc-editor.org/rfc/rfc7519 and
 * https://www.rfc-editor.org/rfc/rfc7468
 *
 * @since 0.1.0
 * @category detectors
 */
export const apiKey: Detector = make(
  "KEY",
  new RegExp(
    [
      /(?<![a-zA-Z0-9])(?:sk-|xai-|gsk_|hf_|npm_|glpat-|github_pat_|gh[pousr]_|xox[abeoprs]-|[rsp]k_(?:live|test)_)[\w-]{16,500}/,
      /(?<![a-zA-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])/,
      /(?<![a-zA-Z0-9])AIza[\w-]{35}/,
      /(?<![\w-])eyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{10,1000}/,
      /-----BEGIN (?:[A-Z]{1,20} ){0,3}PRIVATE KEY-----[^-]{1,10000}-----END (?:[A-Z]{1,20} ){0,3}PRIVATE KEY-----/
    ]
      .map(({ source }) => source)
      .join("|"),
    "g"
  )
)

/**
 * All detectors of this module.
 *
 * @since 0.1.0
 * @category detectors
 */
export const standard: ReadonlyArray<Detector> = [apiKey, email, iban, creditCard, phoneNumber]
