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

/** How many steps an expression that backtracks may take from one place of a text. */
const mostSteps = 500

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
  if (effortOf(parser().parsePattern(source, undefined, undefined, { unicode: true })).steps <= mostSteps) return own
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

interface Effort {
  /** In how many ways a part of an expression may match from one place. */
  readonly ways: number
  /** How many characters are compared to try all of them. */
  readonly steps: number
}

const effortOf = (part: AST.Pattern | AST.Element | AST.Alternative): Effort => {
  switch (part.type) {
    case "Pattern":
    case "Group":
    case "CapturingGroup":
      return ofAny(part.alternatives)
    case "Assertion":
      return "alternatives" in part ? ofAny(part.alternatives) : { ways: 1, steps: 0 }
    case "Alternative":
      return part.elements.map(effortOf).reduce(followedBy, { ways: 1, steps: 0 })
    case "Quantifier":
      return repeated(effortOf(part.element), part.min, part.max)
    default:
      return { ways: 1, steps: 1 }
  }
}

const ofAny = (alternatives: ReadonlyArray<AST.Alternative>): Effort =>
  alternatives.map(effortOf).reduce((all, one) => ({ ways: all.ways + one.ways, steps: all.steps + one.steps }))

/** Each way of the first is a place to try the second from. */
const followedBy = (first: Effort, second: Effort): Effort => ({
  ways: first.ways * second.ways,
  steps: first.steps + first.ways * second.steps
})

const repeated = ({ steps, ways }: Effort, min: number, max: number): Effort =>
  max === Infinity
    ? { ways: Infinity, steps: Infinity }
    : {
        ways: ways ** max * (max - min + 1),
        steps: ways === 1 ? steps * max : (steps * (ways ** max - 1)) / (ways - 1)
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
