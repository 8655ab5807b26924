import type { Json } from "../../domain/Json.ts"
import { make, unknown, type Usage } from "../../domain/Usage.ts"
import { usageTable } from "../wire/Usage.ts"
import { compact, isObject, nonNegativeInt, object, type WireObject } from "../wire/WireObject.ts"

/** The units that are billed. */
const billed = usageTable({ input: "billed_units.input_tokens", output: "billed_units.output_tokens" })

/** All tokens, with those that Cohere puts into every prompt. */
const tokens = usageTable({
  input: "tokens.input_tokens",
  output: "tokens.output_tokens",
  reasoning: "tokens.reasoning_tokens"
})

/**
 * Billed units come before tokens, which stand in for units that are missing. `cached_tokens` are a part of the tokens
 * but not of the units, so they stay in `raw`.
 * Source: https://docs.cohere.com/docs/how-does-cohere-pricing-work
 */
export const decodeUsage = (usage: WireObject | undefined): Usage => {
  if (usage === undefined) return unknown
  const { reasoning, ...counts } = { ...tokens.read(usage), ...billed.read(usage) }
  const searches = nonNegativeInt(object(usage.billed_units)?.search_units)
  return make(
    { ...counts, reasoning: reasoning !== undefined && reasoning <= (counts.output ?? -1) ? reasoning : undefined },
    compact({ toolRequests: searches === undefined ? undefined : { search_units: searches }, raw: usage as Json })
  )
}

/** A usage object of this protocol goes on as it came. */
export const encodeUsage = (usage: Usage): Json => {
  const { raw, toolRequests } = usage
  if (isObject(raw) && isObject(raw.billed_units)) return raw as Json
  const units = {
    ...object(billed.write(usage).billed_units),
    ...compact({ search_units: toolRequests?.search_units })
  }
  return { billed_units: units, tokens: { ...object(tokens.write(usage).tokens) } } as Json
}
