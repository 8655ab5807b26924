import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as WrittenKeys from "effect-llm/domain/WrittenKeys"
import * as WrittenNumbers from "effect-llm/domain/WrittenNumbers"
import { invalid, Refused } from "../calls/Failure.ts"
import type { Received } from "./Received.ts"

/** How deep JSON of a request may be nested. Programs that write it by hand stay below twenty. */
const mostDepth = 256

/**
 * How many values JSON of a request may have: each is read and checked while nothing else is served. A conversation of a thousand
 * messages has some ten thousand; the largest lists of tokens to embed have 300,000.
 */
const mostValues = 400_000

const decoder = new TextDecoder("utf-8", { fatal: true })

/** Reads the body of a request, decompressed. */
export const bytes = (received: Received): Effect.Effect<Uint8Array, Refused> => {
  const coding = received.headers["content-encoding"]
  if (coding === undefined) return received.body
  return Effect.gen(function* () {
    const { decompress } = yield* Effect.promise(() => import("./Compressed.ts"))
    return yield* decompress(yield* received.body, coding, received.mostBodyBytes)
  })
}

/** Reads the body of a request as JSON. */
export const json = (received: Received): Effect.Effect<unknown, Refused> =>
  Effect.flatMap(bytes(received), (body) => Effect.fromResult(parse(body, received.mostDepth)))

/** Reads the body of a request as a form where it is one, or else as JSON. */
export const formOrJson = (received: Received): Effect.Effect<unknown, Refused> => {
  const contentType = received.headers["content-type"]
  if (contentType === undefined || !/^multipart\//i.test(contentType)) return json(received)
  return Effect.gen(function* () {
    const multipart = yield* Effect.promise(() => import("effect-llm/protocols/Multipart"))
    const form = multipart.decode(yield* bytes(received), contentType)
    return yield* Effect.mapError(Effect.fromResult(form), (error) => new Refused({ error, status: error.status }))
  })
}

/** Parses JSON that is nobody's yet: it may be malformed, or nested to no end. */
export const parse = (bytes: Uint8Array, most = mostDepth): Result.Result<unknown, Refused> => {
  const text = Result.try(() => decoder.decode(bytes))
  if (Result.isFailure(text)) return Result.fail(invalid("the body is not UTF-8"))
  const { excess, isRewritten } = scan(text.success, most)
  if (excess !== undefined) return Result.fail(invalid(excess))
  return Result.try({
    try: (): unknown => {
      const body: unknown = JSON.parse(text.success)
      if (isRewritten) WrittenNumbers.remember(body, text.success)
      return body
    },
    catch: (cause) => invalid(`the body is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`)
  })
}

const quote = 0x22
const comma = 0x2c
const minus = 0x2d
const point = 0x2e
const zero = 0x30
const nine = 0x39

/** Integers of so many characters are written as they are read. */
const plainDigits = 15

interface Scanned {
  /** What there is too much of, in words: brackets outside strings that are nested deeper, or values. */
  readonly excess?: string
  /** Whether a number would be written in another way than it is, or a key in another place. */
  readonly isRewritten: boolean
}

const scan = (text: string, most: number): Scanned => {
  let depth = 0
  let values = 0
  let isAnyRewritten = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === quote) {
      const from = index + 1
      index = WrittenKeys.endOfString(text, from)
      isAnyRewritten ||= isDigit(text.charCodeAt(from)) && isMovedKey(text, from, index)
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > most) return { excess: `the body is nested deeper than ${most} levels`, isRewritten: false }
      values++
    } else if (code === 0x7d || code === 0x5d) {
      depth--
    } else if (code === comma) {
      if (++values > mostValues) return { excess: `the body has more than ${mostValues} values`, isRewritten: false }
    } else if (isDigit(code) || code === minus) {
      const from = index
      let isPlain = code !== minus
      for (let next = text.charCodeAt(index + 1); isInNumber(next); next = text.charCodeAt(++index + 1))
        isPlain &&= isDigit(next)
      if (!isAnyRewritten && (!isPlain || index - from >= plainDigits))
        isAnyRewritten = WrittenNumbers.isRewritten(text.slice(from, index + 1))
    }
  }
  return { isRewritten: isAnyRewritten }
}

const isMovedKey = (text: string, from: number, end: number): boolean =>
  WrittenKeys.isMoved(text.slice(from, end)) && WrittenKeys.isBeforeColon(text, end + 1)

const isDigit = (code: number): boolean => code >= zero && code <= nine

/** Digits, signs, the point and the exponent. */
const isInNumber = (code: number): boolean =>
  isDigit(code) || code === point || code === minus || code === 0x2b || code === 0x65 || code === 0x45
