import type { AST, RegExpParser } from "@eslint-community/regexpp"
import * as Result from "effect/Result"
import { createRequire } from "node:module"
import type { RE2JS } from "re2js"

const require = createRequire(import.meta.url)

/** Loaded with the first pattern, since few settings have one. */
const parser = (): RegExpParser => {
  const { RegExpParser } = require("@eslint-community/regexpp") as typeof import("@eslint-community/regexpp")
  return new RegExpParser()
}
const re2 = (): typeof RE2JS => (require("re2js") as typeof import("re2js")).RE2JS

/** In how many ways an expression that backtracks may be tried from one place of a text. */
const mostWays = 1000

/** How many states RE2 may have to follow at each character: one takes some 20 ns. */
const mostStates = 500

const unbounded =
  "may take endless time on a long text: give its repetitions a small bound, such as {1,64} in place of +, or write it without look-around and back references, so that it can be found in one pass"

/**
 * A regular expression that takes time in proportion to the text, whatever the text: JavaScript's own where it has few ways to
 * backtrack, else RE2's, which never does. Fails, with what to write, for one that is neither.
 */
export const make = (source: string): Result.Result<RegExp, string> => {
  const own = Result.try({ try: () => new RegExp(source, "gu"), catch: () => "is not a regular expression" })
  if (Result.isFailure(own)) return own
  if (waysOf(parser().parsePattern(source, undefined, undefined, { unicode: true })) <= mostWays) return own
  return Result.try({ try: () => new LinearPattern(source), catch: () => unbounded }).pipe(
    Result.filterOrFail(
      ({ states }) => states <= mostStates,
      () => unbounded
    )
  )
}

/** One that loading settings has checked. */
export const checked = (source: string): RegExp =>
  Result.getOrThrowWith(make(source), (message) => new Error(`${source} ${message}`))

/** In how many ways a part of an expression may match from one place. */
const waysOf = (part: AST.Pattern | AST.Element | AST.Alternative): number => {
  switch (part.type) {
    case "Pattern":
    case "Group":
    case "CapturingGroup":
      return part.alternatives.reduce((sum, alternative) => sum + waysOf(alternative), 0)
    case "Assertion":
      return "alternatives" in part ? part.alternatives.reduce((sum, one) => sum + waysOf(one), 0) : 1
    case "Alternative":
      return part.elements.reduce((product, element) => product * waysOf(element), 1)
    case "Quantifier":
      return waysOf(part.element) ** part.max * (part.max - part.min + 1)
    default:
      return 1
  }
}

/** RE2's matches as those of a RegExp. */
class LinearPattern extends RegExp {
  readonly #compiled: RE2JS

  /** Also as `String.matchAll` makes one of another. */
  constructor(pattern: string | RegExp) {
    super(pattern, "gu")
    this.#compiled = re2().compile(re2().translateRegExp(this.source))
  }

  /** Those that are tried together at one place of a text. */
  get states(): number {
    return this.#compiled.programSize()
  }

  override exec(text: string): RegExpExecArray | null {
    const matcher = this.#compiled.matcher(text)
    if (this.lastIndex > text.length || !matcher.find(this.lastIndex)) {
      this.lastIndex = 0
      return null
    }
    this.lastIndex = matcher.end()
    return Object.assign([matcher.group() ?? ""] as [string], { index: matcher.start(), input: text })
  }
}
