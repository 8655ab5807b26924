import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
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
  const excess = excessOf(text.success, most)
  if (excess !== undefined) return Result.fail(invalid(excess))
  return Result.try({
    try: (): unknown => JSON.parse(text.success),
    catch: (cause) => invalid(`the body is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`)
  })
}

const quote = 0x22
const backslash = 0x5c

const comma = 0x2c

/** What there is too much of, in words: brackets outside strings that are nested deeper, or values. */
const excessOf = (text: string, most: number): string | undefined => {
  let depth = 0
  let values = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === quote) {
      index = endOfString(text, index + 1)
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > most) return `the body is nested deeper than ${most} levels`
      values++
    } else if (code === 0x7d || code === 0x5d) {
      depth--
    } else if (code === comma && ++values > mostValues) {
      return `the body has more than ${mostValues} values`
    }
  }
  return undefined
}

const endOfString = (text: string, from: number): number => {
  let end = text.indexOf('"', from)
  while (end !== -1) {
    let first = end
    while (text.charCodeAt(first - 1) === backslash && first > from) first--
    if ((end - first) % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
  return text.length
}
