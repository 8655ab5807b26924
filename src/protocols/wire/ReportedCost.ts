import { isObject, type WireObject } from "./WireObject.ts"

/** A decimal as digits and the number of them after the point. */
interface Decimal {
  readonly digits: bigint
  readonly places: number
}

const pattern = /^(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/

const decimal = (u: unknown): Decimal | undefined => {
  const match = typeof u === "number" || typeof u === "string" ? pattern.exec(String(u)) : null
  if (match === null) return undefined
  const [, whole = "", fraction = "", exponent = "0"] = match
  const places = fraction.length - Number(exponent)
  const digits = BigInt(whole + fraction)
  return places >= 0 ? { digits, places } : { digits: digits * 10n ** BigInt(-places), places: 0 }
}

const format = ({ digits, places }: Decimal): string => {
  const text = digits.toString().padStart(places + 1, "0")
  const whole = text.slice(0, text.length - places)
  const fraction = text.slice(text.length - places).replace(/(?<!0)0+$/, "")
  return fraction === "" ? whole : `${whole}.${fraction}`
}

const add = (a: Decimal, b: Decimal): Decimal => {
  const places = Math.max(a.places, b.places)
  const at = (d: Decimal) => d.digits * 10n ** BigInt(places - d.places)
  return { digits: at(a) + at(b), places }
}

/**
 * What a call cost in US dollars, as an exact decimal, where the server says so in its usage object:
 *
 * - OpenRouter: `cost`; with an own key (`is_byok`) that is only OpenRouter's fee, and the upstream provider bills
 *   `cost_details.upstream_inference_cost` besides.
 *   Source: https://openrouter.ai/docs/cookbook/administration/usage-accounting
 * - Perplexity: `cost.total_cost`.
 * - xAI: `cost_in_usd_ticks`, 10^10 ticks to the dollar; resellers report 0 ticks, which means that they do not know.
 *   Source: https://docs.x.ai/developers/cost-tracking
 */
export const reportedCost = (usage: WireObject): string | undefined => {
  const { cost, cost_details: details, cost_in_usd_ticks: ticks } = usage
  const charged = decimal(isObject(cost) ? cost.total_cost : cost)
  if (charged !== undefined) {
    const upstream = usage.is_byok === true && isObject(details) ? decimal(details.upstream_inference_cost) : undefined
    return format(upstream === undefined ? charged : add(charged, upstream))
  }
  const inTicks = decimal(ticks)
  return inTicks === undefined || inTicks.digits === 0n
    ? undefined
    : format({ digits: inTicks.digits, places: inTicks.places + 10 })
}
