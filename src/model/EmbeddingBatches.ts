import * as BigDecimal from "effect/BigDecimal"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Embedding } from "../domain/Capability.ts"
import type { EmbeddingInput, EmbeddingRequest, EmbeddingResponse } from "../domain/Embedding.ts"
import { PartialEmbeddingError } from "../domain/ChatResponse.ts"
import { ProviderError } from "../domain/ProviderError.ts"
import * as Usage from "../domain/Usage.ts"
import type { Splitting } from "./Model.ts"

/**
 * How many inputs and tokens (estimated, on the high side) one call may hold, and how many calls are made at a time
 * (default 4).
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchOptions {
  readonly inputs?: number | undefined
  readonly tokens?: number | undefined
  readonly concurrency?: number | undefined
}

/** The tokens assumed for an image or a recording. */
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

/** Joins the responses to the parts of a request, in their order. */
export const join = (responses: ReadonlyArray<EmbeddingResponse>): EmbeddingResponse => {
  const last = responses.at(-1)
  return {
    model: last?.model,
    provider: last?.provider,
    requestId: last?.requestId,
    rateLimits: last?.rateLimits,
    embeddings: responses.flatMap(({ embeddings }) => embeddings),
    usage: usageOf(responses),
    warnings: [...new Map(responses.flatMap(({ warnings }) => warnings).map((one) => [one.message, one])).values()],
    attempts: responses.flatMap(({ attempts }) => attempts)
  }
}

const usageOf = (responses: ReadonlyArray<EmbeddingResponse>): Usage.Usage => {
  const [first, ...rest] = responses.map(({ usage }) => usage)
  if (first === undefined) return Usage.unknown
  const sum = rest.reduce(Usage.add, { ...first, raw: undefined })
  return { ...sum, reportedCost: reportedCost(responses) }
}

/** The sum of the costs that the provider reported; undefined unless it reported every one. */
const reportedCost = (responses: ReadonlyArray<EmbeddingResponse>): string | undefined => {
  const costs = responses.map(({ usage }) =>
    Option.flatMap(Option.fromNullishOr(usage.reportedCost), BigDecimal.fromString)
  )
  return Option.getOrUndefined(Option.map(Option.all(costs), (costs) => BigDecimal.format(BigDecimal.sumAll(costs))))
}

/** How a request for many embeddings is split into several calls. */
export const splitting = (options: BatchOptions): Splitting<Embedding, ProviderError | PartialEmbeddingError> => ({
  split: (request) => split(request, options),
  join,
  incomplete: (parts, responses, error) =>
    isProviderError(error)
      ? new PartialEmbeddingError({
          reason: error,
          embeddings: parts.flatMap(({ inputs }, part): ReadonlyArray<ReadonlyArray<number> | null> => {
            return responses[part]?.embeddings ?? inputs.map(() => null)
          }),
          usage: usageOf(responses.filter((response) => response !== undefined))
        })
      : (error as ProviderError),
  concurrency: options.concurrency ?? 4
})

/** A policy may have failed with an error of its own. */
const isProviderError = Schema.is(ProviderError)
