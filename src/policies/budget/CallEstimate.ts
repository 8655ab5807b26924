import * as BigDecimal from "effect/BigDecimal"
import type * as DateTime from "effect/DateTime"
import * as Predicate from "effect/Predicate"
import * as Cost from "../../catalog/Cost.ts"
import type { Price } from "../../catalog/Price.ts"
import type { PriceTable } from "../../catalog/pricing/PriceTable.ts"
import { baseOf } from "../../catalog/Meter.ts"
import * as RateCard from "../../catalog/RateCard.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { Usage } from "../../domain/Usage.ts"
import * as Estimate from "../Estimate.ts"
import type { WithCostOptions } from "../WithCost.ts"
import { zero } from "./Amounts.ts"
import type { Amounts } from "./Limit.ts"

/** What a call is expected to use, and what that costs with the dearest of the models that may serve it. */
export class CallEstimate {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly #request: CallRequest
  readonly #prices: ReadonlyArray<Estimated>
  readonly #context: Cost.Context
  /** The same is asked for more than once: before a call, and for its first reservation. */
  #last: { readonly outputTokens: number; readonly reported: Usage | undefined; readonly cost: Cost.Cost } | undefined

  /** `model` is the id of a model, or of several, joined by commas. */
  constructor(
    model: string,
    request: CallRequest,
    table: PriceTable,
    at: DateTime.Utc,
    { fuzzy, region }: WithCostOptions
  ) {
    this.#request = request
    this.inputTokens = Estimate.inputTokens(request)
    this.outputTokens = Estimate.outputTokens(request)
    const { serviceTier } = request
    this.#context = { at, serviceTier, region }
    const estimated = (id: string): Estimated => {
      const quote = table.find(id)
      const price = quote?.match === "fuzzy" && fuzzy !== true ? undefined : quote?.price
      return { price, card: price && RateCard.make(price, { at, inputTokens: this.inputTokens, serviceTier }) }
    }
    this.#prices = model.includes(",") ? model.split(",").map(estimated) : [estimated(model)]
  }

  /** What the call is expected to cost. */
  get cost(): Cost.Cost {
    return this.costOf(this.outputTokens)
  }

  /** The same, as a budget takes it. */
  get amounts(): Amounts {
    const { cost } = this
    return { usd: cost._tag === "Priced" ? cost.total : zero, tokens: this.inputTokens + this.outputTokens }
  }

  /** What so many output tokens cost, with the input as it was reported, or else as it is expected. */
  costOf(outputTokens: number, reported?: Usage): Cost.Cost {
    const last = this.#last
    if (last !== undefined && last.outputTokens === outputTokens && last.reported === reported) return last.cost
    const cost = this.#dearest(outputTokens, reported)
    this.#last = { outputTokens, reported, cost }
    return cost
  }

  #dearest(outputTokens: number, reported: Usage | undefined): Cost.Cost {
    let dearest: Cost.Cost | undefined
    for (const { card, price } of this.#prices) {
      const usage = card === undefined ? unknown : this.#usage(card, outputTokens, reported)
      const cost = Cost.of(usage, price, this.#context)
      if (cost._tag === "Unpriced") return cost
      if (dearest?._tag !== "Priced" || BigDecimal.isGreaterThan(cost.total, dearest.total)) dearest = cost
    }
    if (dearest === undefined) return { _tag: "Unpriced", reason: { _tag: "NoPrice" }, row: undefined }
    return dearest._tag === "Priced" ? { ...dearest, flags: [...dearest.flags, { _tag: "Estimated" }] } : dearest
  }

  /** A usage with what the price has a rate for. */
  #usage(card: RateCard.RateCard, output: number, reported: Usage | undefined): Usage {
    const isInputKnown = reported?.inputTokens.total !== undefined
    const input = card.meters.has("input") ? this.inputTokens : 0
    return {
      inputTokens: isInputKnown ? reported.inputTokens : { total: input, uncached: input },
      outputTokens: { total: card.meters.has("output") ? output : 0 },
      toolRequests: reported?.toolRequests,
      serviceTier: reported?.serviceTier,
      region: reported?.region,
      units: reported?.units ?? this.#units(card)
    }
  }

  /** Units other than tokens: characters, seconds, images. */
  #units(card: RateCard.RateCard): { readonly [meter: string]: number } {
    if (!isBeyondTokens(card.meters)) return none
    const units: { [meter: string]: number } = {}
    const request: { readonly [field: string]: unknown } = { ...this.#request }
    if (card.meters.has("inputCharacters")) units.inputCharacters = characters(request)
    if (card.meters.has("inputSeconds") && "audio" in request) units.inputSeconds = this.inputTokens / tokensPerSecond
    if (card.meters.has("outputSeconds")) units.outputSeconds = characters(request) / charactersPerSecond
    const images = [...card.meters].filter((meter) => baseOf(meter) === "outputImages")
    if (images.length > 0) units[dearest(images, card, request)] = typeof request.n === "number" ? request.n : 1
    return units
  }
}

/** A price, and its rates for the call. */
interface Estimated {
  readonly price: Price | undefined
  readonly card: RateCard.RateCard | undefined
}

const none = {}

/** Whether a price has a rate for any unit other than tokens that is counted here. */
const isBeyondTokens = (meters: ReadonlySet<string>): boolean => {
  for (const meter of meters) if (counted.has(baseOf(meter))) return true
  return false
}

const counted: ReadonlySet<string> = new Set(["inputCharacters", "inputSeconds", "outputSeconds", "outputImages"])

const unknown: Usage = { inputTokens: {}, outputTokens: {} }

/** As `Estimate.inputTokens` counts audio. */
const tokensPerSecond = 32

/** Slow speech: fewer characters make more seconds. */
const charactersPerSecond = 10

/** The characters of the input; media have none. */
const characters = (value: unknown): number => {
  if (typeof value === "string") return Array.from(value).length
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + characters(item), 0)
  if (!Predicate.isObject(value) || value instanceof Uint8Array) return 0
  return [
    value.text,
    value.prompt,
    value.inputs,
    value.query,
    value.documents,
    value.messages,
    value.content
  ].reduce<number>((sum, part) => sum + characters(part), 0)
}

/** The rate that the request names by size and quality, or else the highest. */
const dearest = (
  meters: ReadonlyArray<string>,
  card: RateCard.RateCard,
  { quality, size }: { readonly [field: string]: unknown }
): string => {
  const named = [`outputImages:${String(quality)}-${String(size)}`, `outputImages:${String(size)}`]
  const known = named.find((meter) => meters.includes(meter))
  const rate = (meter: string) => card.rateOf(meter) ?? BigDecimal.make(0n, 0)
  return known ?? meters.reduce((a, b) => (BigDecimal.isLessThan(rate(a), rate(b)) ? b : a))
}
