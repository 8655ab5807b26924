import { estimated, exact, type TokenCount } from "effect-llm/tokens/TokenCount"
import { Tokenizer } from "effect-llm/tokens/Tokenizer"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Stdio from "effect/Stdio"
import * as Input from "../Input.ts"
import { printJson } from "../terminal/Print.ts"
import * as Progress from "../terminal/Progress.ts"
import * as Quantity from "../terminal/Quantity.ts"
import * as Table from "../terminal/Table.ts"

/** A line break that no token spans in any vocabulary: a single line feed before a letter. */
const seam = /(?<=\S)\n(?=\p{L})/gu

/** Splits a text into parts of at least `minLength` characters whose token counts add up to that of the text. */
export const splitText = (text: string, minLength = 1 << 18): ReadonlyArray<string> => {
  const parts: Array<string> = []
  let from = 0
  while (text.length - from > minLength) {
    seam.lastIndex = from + minLength
    const found = seam.exec(text)
    if (found === null) break
    parts.push(text.slice(from, found.index + 1))
    from = found.index + 1
  }
  return [...parts, text.slice(from)]
}

/** The options of `tokens count`. */
export interface CountTokens {
  readonly files: ReadonlyArray<string>
  readonly model: string
  readonly json: boolean
}

interface Counted {
  readonly name: string
  readonly characters: number
  readonly count: TokenCount
}

const add = (self: TokenCount, that: TokenCount): TokenCount => {
  const tokens = self.tokens + that.tokens
  const estimate = self.precision._tag === "Estimated" ? self.precision : that.precision
  return estimate._tag === "Exact" ? exact(tokens) : estimated(tokens, estimate.expectedError, estimate.reasons)
}

/** Counts part by part, to show progress. */
const count = Effect.fnUntraced(function* (
  text: string,
  model: string
): Effect.fn.Return<TokenCount, never, Tokenizer | Stdio.Stdio> {
  const tokenizer = yield* Tokenizer
  const parts = splitText(text)
  const progress = yield* Progress.make(parts.length)
  let total = exact(0)
  for (const part of parts) {
    total = add(total, yield* tokenizer.count(part, { model }))
    yield* progress.step
  }
  yield* progress.done
  return total
})

/** `tokens count`. */
export const countTokens = Effect.fnUntraced(function* ({ files, json, model }: CountTokens) {
  const counted = yield* Effect.forEach(files.length === 0 ? ["-"] : files, (file) =>
    Effect.gen(function* () {
      const text = yield* Input.text(file)
      return { name: file === "-" ? "stdin" : file, characters: text.length, count: yield* count(text, model) }
    })
  )
  const total = counted.reduce((sum, { count }) => add(sum, count), exact(0))
  if (json) return yield* printJson(toJson(counted, total, model))
  if (counted.length === 1) yield* Console.log(String(total.tokens))
  else {
    const characters = counted.reduce((sum, { characters }) => sum + characters, 0)
    yield* Table.print([...counted, { name: "total", characters, count: total }], columns)
  }
  if (total.precision._tag === "Estimated") {
    const { expectedError, reasons } = total.precision
    yield* Console.error(`estimated for ${model}, ±${Math.round(expectedError * 100)} %: ${reasons.join("; ")}`)
  }
}, Effect.provide(Tokenizer.layer))

const columns: ReadonlyArray<Table.Column<Counted>> = [
  { title: "file", value: ({ name }) => name },
  { title: "characters", value: ({ characters }) => Quantity.format(characters), align: "right", drop: 1 },
  { title: "tokens", value: ({ count }) => Quantity.format(count.tokens), align: "right" }
]

const countJson = ({ precision, tokens }: TokenCount) => ({
  tokens,
  exact: precision._tag === "Exact",
  expectedError: precision._tag === "Exact" ? 0 : precision.expectedError
})

const toJson = (counted: ReadonlyArray<Counted>, total: TokenCount, model: string): unknown => ({
  model,
  ...countJson(total),
  files: counted.map(({ characters, count, name }) => ({ name, characters, ...countJson(count) }))
})
