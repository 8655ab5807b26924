/**
 * What calls consumed, in tokens and other units.
 *
 * ```ts
 * const both = Usage.add(first.usage, second.usage)
 * ```
 *
 * An absent count is unknown, which is not zero.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { OptionalJson } from "./Json.ts"

const Count = Schema.optional(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)))

/**
 * What a call consumed, in tokens. `total` includes everything, and the parts beside it do not overlap (input:
 * `uncached + cacheRead + cacheWrite`; output: `text + reasoning`). An absent count is unknown, which is not zero. The
 * counts that say "Of" are shares of another one, not further parts.
 *
 * @since 0.1.0
 * @category models
 */
export interface Usage extends Schema.Schema.Type<typeof usageSchema> {}

const usageSchema = Schema.Struct({
  inputTokens: Schema.Struct({
    total: Count,
    uncached: Count,
    cacheRead: Count,
    cacheWrite: Count,
    /** Of `cacheWrite`: with a ttl of five minutes, and of one hour. */
    cacheWrite5m: Count,
    cacheWrite1h: Count,
    /** Of `total`: tokens of audio and of images. */
    audio: Count,
    image: Count,
    /** Of `cacheRead`: tokens of audio. */
    cacheReadAudio: Count
  }),
  outputTokens: Schema.Struct({
    total: Count,
    text: Count,
    reasoning: Count,
    /** Of `text`: tokens of audio and of images. */
    audio: Count,
    image: Count
  }),
  /** Searches and other metered requests that the provider made for this call, by the provider's name for them. */
  toolRequests: Schema.optional(Schema.Record(Schema.String, Schema.Int)),
  /** Counts of other units, by meter of the catalog: `inputCharacters`, `inputSeconds`, `outputImages`, ... */
  units: Schema.optional(Schema.Record(Schema.String, Schema.Finite)),
  /** The cost that the provider reports, a decimal string in US dollars. */
  reportedCost: Schema.optional(Schema.String),
  /** The service tier that the provider reports. */
  serviceTier: Schema.optional(Schema.String),
  /** The region that the provider reports. */
  region: Schema.optional(Schema.String),
  /** The provider's own usage object. */
  raw: OptionalJson
})

/**
 * The schema of `Usage`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Usage: Schema.Codec<Usage> = usageSchema

/**
 * Counts as a provider reports them; anything but a non-negative integer counts as unknown. The flags say which tokens
 * are not inside the reported totals.
 *
 * @since 0.1.0
 * @category models
 */
export interface Counts {
  readonly input?: unknown
  readonly cacheRead?: unknown
  readonly cacheWrite?: unknown
  readonly cacheWrite5m?: unknown
  readonly cacheWrite1h?: unknown
  readonly inputAudio?: unknown
  readonly inputImage?: unknown
  readonly cacheReadAudio?: unknown
  readonly output?: unknown
  readonly reasoning?: unknown
  readonly outputAudio?: unknown
  readonly outputImage?: unknown
  /** Cache reads and writes come on top of `input` (Anthropic, Bedrock). */
  readonly cacheOutsideInput?: boolean | undefined
  /** Reasoning comes on top of `output` (Google, xAI chat). */
  readonly reasoningOutsideOutput?: boolean | undefined
}

const count = (u: unknown): number | undefined =>
  typeof u === "number" && Number.isSafeInteger(u) && u >= 0 ? u : undefined

const minus = (total: number | undefined, part = 0, other = 0): number | undefined =>
  total === undefined ? undefined : Math.max(0, total - part - other)

const plus = (first: number | undefined, second = 0, third = 0): number | undefined =>
  first === undefined ? undefined : first + second + third

/**
 * Makes a usage from counts, whichever of them a provider includes in others. Parts that are larger than their total stay so: the
 * usage contradicts itself, and has no price.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (counts: Counts, extra: Partial<Omit<Usage, "inputTokens" | "outputTokens">> = {}): Usage => {
  const input = count(counts.input)
  const output = count(counts.output)
  const reasoning = count(counts.reasoning)
  const cacheWrite5m = count(counts.cacheWrite5m)
  const cacheWrite1h = count(counts.cacheWrite1h)
  const cacheRead = count(counts.cacheRead)
  const cacheWrite =
    count(counts.cacheWrite) ?? plus(cacheWrite5m ?? cacheWrite1h, cacheWrite5m === undefined ? 0 : cacheWrite1h)
  const isCacheOutside = counts.cacheOutsideInput === true
  const isReasoningOutside = counts.reasoningOutsideOutput === true
  return {
    inputTokens: {
      total: isCacheOutside ? plus(input, cacheRead, cacheWrite) : input,
      uncached: isCacheOutside ? input : minus(input, cacheRead, cacheWrite),
      cacheRead,
      cacheWrite,
      cacheWrite5m,
      cacheWrite1h,
      audio: count(counts.inputAudio),
      image: count(counts.inputImage),
      cacheReadAudio: count(counts.cacheReadAudio)
    },
    outputTokens: {
      total: isReasoningOutside ? plus(output, reasoning) : output,
      text: isReasoningOutside ? output : minus(output, reasoning),
      reasoning,
      audio: count(counts.outputAudio),
      image: count(counts.outputImage)
    },
    ...extra
  }
}

/**
 * A usage without any known count.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unknown: Usage = { inputTokens: {}, outputTokens: {} }

/**
 * Whether any count or cost is known.
 *
 * @since 0.1.0
 * @category guards
 */
export const isKnown = ({ inputTokens, outputTokens, reportedCost, units }: Usage): boolean =>
  reportedCost !== undefined || units !== undefined || hasCount(inputTokens) || hasCount(outputTokens)

const hasCount = (counts: { readonly [name: string]: number | undefined }): boolean => {
  for (const name in counts) if (counts[name] !== undefined) return true
  return false
}

/**
 * Adds two usages. A count that only one of them has is kept, so the sum is then a lower bound.
 *
 * @since 0.1.0
 * @category combinators
 */
export const add = (self: Usage, that: Usage): Usage => ({
  inputTokens: addCounts(self.inputTokens, that.inputTokens),
  outputTokens: addCounts(self.outputTokens, that.outputTokens),
  ...(self.toolRequests === undefined && that.toolRequests === undefined
    ? {}
    : { toolRequests: addCounts(self.toolRequests ?? {}, that.toolRequests ?? {}) }),
  ...(self.units === undefined && that.units === undefined
    ? {}
    : { units: addCounts(self.units ?? {}, that.units ?? {}) })
})

const addCounts = <C extends { readonly [key: string]: number | undefined }>(self: C, that: C): C => {
  const sum: Record<string, number | undefined> = { ...self }
  for (const [key, value] of Object.entries(that)) {
    if (value !== undefined) sum[key] = (sum[key] ?? 0) + value
  }
  return sum as C
}
