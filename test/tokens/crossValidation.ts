/**
 * How well the rules count calls that they were not fitted to. For each recorded call, the fitted fields of its rule are
 * fitted anew to the others of the rule. What those do not tell is taken from the rule of the next of kin, which was fitted
 * to other calls, or from `generic`. Calls of the same length and model (one request sent twice) are left out together.
 */
import { Effect } from "effect"
import table from "../../data/tokens.json" with { type: "json" }
import { ChatCounter } from "../../src/tokens/chat/ChatCounter.ts"
import * as ModelRule from "../../src/tokens/ModelRule.ts"
import type { ChatRule } from "../../src/tokens/ModelRule.ts"
import { Encoding } from "../../src/tokens/Encoding.ts"

import * as TextTokenizer from "../../src/tokens/TextTokenizer.ts"
import type { TokenCount } from "../../src/tokens/TokenCount.ts"
import type { RecordedCall } from "./recordedCalls.ts"

export interface Judged extends RecordedCall {
  /** By the rules as they are. */
  readonly fitted: TokenCount
  /** By rules that were fitted without this call. */
  readonly heldOut: TokenCount
}

/** Within 5 % or 5 tokens. */
export const isNear = (count: TokenCount, tokens: number): boolean =>
  Math.abs(count.tokens - tokens) <= Math.max(5, tokens * 0.05)

/** Within the bound that the count states. */
export const isInside = ({ precision, tokens }: TokenCount, reported: number): boolean =>
  Math.abs(tokens - reported) <= (precision._tag === "Exact" ? 0 : tokens * precision.expectedError + 1e-6)

interface Sample {
  readonly call: RecordedCall
  readonly count: (chat: ChatRule) => TokenCount
}

type Values = ReadonlyArray<number>

/** The rule that comes nearest, of an earlier or later generation. */
const kin: Record<string, string> = {
  "openai-gpt-4o": "openai",
  openai: "openai-gpt-4o",
  "openai-gpt-5": "openai",
  "claude-3.5-0620": "claude-4",
  claude: "claude-4",
  "claude-3.7": "claude-4",
  "claude-4": "claude-3.7",
  "claude-4.5": "claude-4",
  "claude-4.7": "claude-4.5",
  gemini: "gemini-3",
  "gemini-3": "gemini",
  deepseek: "deepseek-v4",
  "deepseek-v4": "deepseek",
  qwen: "qwen-3.5",
  "qwen-3.5": "qwen",
  kimi: "kimi-k2.5",
  "kimi-k2.5": "kimi",
  "cohere-2024": "cohere",
  "cohere-08-2024": "cohere-2024",
  cohere: "cohere-2024",
  "cohere-a-plus": "cohere"
}

const row = (id: string): (typeof table.chats)[number] => table.chats.find((chat) => chat.id === id)!

/** A copy of the rule with values for its fields, by their paths (`tools.base`). */
const withValues = (chat: ChatRule, paths: ReadonlyArray<string>, values: Values): ChatRule => {
  const copy = structuredClone(chat) as unknown as Record<string, number | Record<string, number>>
  paths.forEach((path, index) => {
    const [outer = "", inner] = path.split(".")
    if (inner === undefined) copy[outer] = values[index]!
    else (copy[outer] as Record<string, number>)[inner] = values[index]!
  })
  return copy as unknown as ChatRule
}

const valuesOf = (chat: object, paths: ReadonlyArray<string>): Values =>
  paths.map(
    (path) => path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], chat) as number
  )

/** A count is a sum of the fields, each times a number that depends on the call: how often it calls tools, and so on. */
interface Linear {
  readonly tokens: number
  readonly constant: number
  readonly weights: Values
}

const far = 100_000

const linear = ({ call, count }: Sample, chat: ChatRule, paths: ReadonlyArray<string>): Linear => {
  const zeros = paths.map(() => 0)
  const at = (values: Values) => count(withValues(chat, paths, values)).tokens
  const constant = at(zeros)
  return { tokens: call.tokens, constant, weights: paths.map((_, i) => (at(zeros.with(i, far)) - constant) / far) }
}

/** Field by field and pair by pair, in steps that get smaller, until nothing gets better. */
const fit = (samples: ReadonlyArray<Linear>, chat: ChatRule, paths: ReadonlyArray<string>): ChatRule => {
  const start = valuesOf(row(kin[chat.id] ?? "generic"), paths)
  const loss = (values: Values) => {
    let sum = 0
    for (const { constant, tokens, weights } of samples) {
      const count = weights.reduce((count, weight, index) => count + weight * values[index]!, constant)
      sum += Math.abs(count - tokens) / Math.max(5, tokens * 0.05)
    }
    // What no call tells stays as it was.
    return values.reduce((sum, value, index) => sum + Math.abs(value - start[index]!) / 10_000, sum)
  }
  const zeros = paths.map(() => 0)
  const units = [zeros, ...paths.map((_, index) => zeros.with(index, 1))]
  const moves = units.flatMap((up) => units.map((down) => up.map((value, index) => value - down[index]!)))
  let best = start
  let least = loss(start)
  for (const step of [512, 128, 32, 8, 2, 1, 512, 128, 32, 8, 2, 1]) {
    for (let better = true; better;) {
      better = false
      for (const move of moves) {
        const values = best.map(
          (value, index) => value + move[index]! * step * (paths[index] === "schema.share" ? 0.01 : 1)
        )
        const found = values.some((value) => value < 0) ? Infinity : loss(values)
        if (found >= least - 1e-9) continue
        best = values
        least = found
        better = true
      }
    }
  }
  return withValues(chat, paths, best)
}

const sampleOf = Effect.fnUntraced(function* (call: RecordedCall) {
  const rule = ModelRule.of(call.model)
  const expected = TextTokenizer.expectedTokens(yield* Encoding.load(rule.encoding), rule)
  const known = new Map<string, number>()
  const tokens = (text: string) => {
    const found = known.get(text) ?? expected(text)
    known.set(text, found)
    return found
  }
  const measure = { tokens, error: rule.error, reason: rule.source }
  const count = (chat: ChatRule) => new ChatCounter({ ...rule, chat }, measure).request(call.request)
  return { rule, sample: { call, count } satisfies Sample }
})

export const crossValidate = Effect.fnUntraced(function* (
  calls: ReadonlyArray<RecordedCall>
): Effect.fn.Return<ReadonlyArray<Judged>> {
  const all = yield* Effect.forEach(calls, sampleOf)
  const lines = all.map(({ rule: { chat }, sample }) => linear(sample, chat, row(chat.id).fitted))
  return all.map(({ rule: { chat }, sample }) => {
    const { call } = sample
    const others = lines.filter((_, index) => {
      const { rule, sample } = all[index]!
      const isSame = sample.call.tokens === call.tokens && sample.call.model === call.model
      return rule.chat.id === chat.id && !sample.call.isOpen && !isSame
    })
    const refitted = fit(others, chat, row(chat.id).fitted)
    return Object.assign({}, call, { fitted: sample.count(chat), heldOut: sample.count(refitted) })
  })
})
