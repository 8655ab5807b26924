import type { Json } from "../../../domain/Json.ts"
import { make, type Usage } from "../../../domain/Usage.ts"
import { compact, isObject, nonNegativeInt, object, type WireObject } from "./Wire.ts"

/**
 * Reads a usage object. Its counts are the units that are billed; `tokens` also count what Cohere puts into every
 * prompt, and stand in for units that are not told. `cached_tokens` are of those tokens, not of the units, so they stay
 * in `raw`.
 * Source: https://docs.cohere.com/docs/how-does-cohere-pricing-work
 */
export const decodeUsage = (usage: WireObject): Usage => {
  const billed = object(usage.billed_units) ?? {}
  const tokens = object(usage.tokens) ?? {}
  const output = nonNegativeInt(billed.output_tokens) ?? nonNegativeInt(tokens.output_tokens)
  const reasoning = nonNegativeInt(tokens.reasoning_tokens)
  const searches = nonNegativeInt(billed.search_units)
  return make(
    {
      input: nonNegativeInt(billed.input_tokens) ?? nonNegativeInt(tokens.input_tokens),
      output,
      reasoning: reasoning !== undefined && output !== undefined && reasoning <= output ? reasoning : undefined
    },
    compact({ toolRequests: searches === undefined ? undefined : { search_units: searches }, raw: usage as Json })
  )
}

/** Writes a usage object; one of this protocol goes on as it came. */
export const encodeUsage = ({ inputTokens, outputTokens, raw, toolRequests }: Usage): Json => {
  if (isObject(raw) && isObject(raw.billed_units)) return raw as Json
  const both = compact({ input_tokens: inputTokens.total, output_tokens: outputTokens.total })
  return {
    billed_units: { ...both, ...compact({ search_units: toolRequests?.search_units }) },
    tokens: { ...both, ...compact({ reasoning_tokens: outputTokens.reasoning }) }
  }
}
