import * as BigDecimal from "effect/BigDecimal"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { EmbeddingInput, EmbeddingRequest } from "../../domain/EmbeddingRequest.ts"
import type { EmbeddingResponse } from "../../domain/EmbeddingResponse.ts"
import { PartialEmbeddingError } from "../../domain/errors/PartialEmbeddingError.ts"
import { ProviderError } from "../../domain/ProviderError.ts"
import * as Usage from "../../domain/Usage.ts"
import type { BatchOptions, Embedding } from "../EmbeddingModel.ts"
import type { Splitting } from "./inParts.ts"

/** What an image or a recording counts, where nothing is known of it. */
const mediaTokens = 1000

/**
 * The tokens of a text, estimated so that hardly any text has more: two letters or digits of ASCII to a token, and one
 * and a half tokens to any other character.
 */
const textTokens = (text: string): number => {
  let ascii = 0
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) < 128) ascii++
  return Math.ceil(ascii / 2 + (text.length - ascii) * 1.5)
}

/** How many tokens an input has, rather too many than too few. */
export const estimate = (input: EmbeddingInput): number => {
  if (typeof input === "string") return textTokens(input)
  if ("tokens" in input) return input.tokens.length
  return input.content.reduce((sum, part) => sum + (part.type === "text" ? textTokens(part.text) : mediaTokens), 0)
}

/**
 * The requests in which the inputs fit into the limits, in their order. An input that is alone too large has a request of
 * its own.
 */
export const split = (
  request: EmbeddingRequest,
  { inputs: most = Infinity, tokens: limit = Infinity }: BatchOptions
): ReadonlyArray<EmbeddingRequest> => {
  const { inputs } = request
  const counted = limit === Infinity ? undefined : inputs.map(estimate)
  const parts: Array<EmbeddingRequest> = []
  let from = 0
  let tokens = 0
  for (let at = 0; at < inputs.length; at++) {
    const count = counted?.[at] ?? 0
    if (at > from && (at - from >= most || tokens + count > limit)) {
      parts.push({ ...request, inputs: inputs.slice(from, at) })
      from = at
      tokens = 0
    }
    tokens += count
  }
  return from === 0 ? [request] : [...parts, { ...request, inputs: inputs.slice(from) }]
}

/** One answer out of those to the parts of a request, in their order. */
export const join = (answers: ReadonlyArray<EmbeddingResponse>): EmbeddingResponse => {
  const last = answers.at(-1)
  return {
    model: last?.model,
    provider: last?.provider,
    requestId: last?.requestId,
    rateLimits: last?.rateLimits,
    embeddings: answers.flatMap(({ embeddings }) => embeddings),
    usage: usageOf(answers),
    warnings: [...new Map(answers.flatMap(({ warnings }) => warnings).map((one) => [one.message, one])).values()],
    attempts: answers.flatMap(({ attempts }) => attempts)
  }
}

const usageOf = (answers: ReadonlyArray<EmbeddingResponse>): Usage.Usage => {
  const [first, ...others] = answers.map(({ usage }) => usage)
  if (first === undefined) return Usage.unknown
  const sum = others.reduce(Usage.add, { ...first, raw: undefined })
  return { ...sum, reportedCost: reportedCost(answers) }
}

/** The sum of what the provider says that the calls cost; none, where it does not say so of every one. */
const reportedCost = (answers: ReadonlyArray<EmbeddingResponse>): string | undefined => {
  const costs = answers.map(({ usage }) =>
    Option.flatMap(Option.fromNullishOr(usage.reportedCost), BigDecimal.fromString)
  )
  return Option.getOrUndefined(Option.map(Option.all(costs), (costs) => BigDecimal.format(BigDecimal.sumAll(costs))))
}

/** How a request for many embeddings is sent in several calls. */
export const splitting = (options: BatchOptions): Splitting<Embedding, ProviderError | PartialEmbeddingError> => ({
  split: (request) => split(request, options),
  join,
  incomplete: (parts, answers, error) =>
    isOne(error)
      ? new PartialEmbeddingError({
          reason: error,
          embeddings: parts.flatMap(({ inputs }, part): ReadonlyArray<ReadonlyArray<number> | null> => {
            return answers[part]?.embeddings ?? inputs.map(() => null)
          }),
          usage: usageOf(answers.filter((answer) => answer !== undefined))
        })
      : (error as ProviderError),
  concurrency: options.concurrency ?? 4
})

/** Whether it is the error of one call; a policy may have failed with one of its own. */
const isOne = Schema.is(ProviderError)
