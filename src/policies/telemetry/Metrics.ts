import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Metric from "effect/Metric"
import { toNumber } from "../../catalog/Money.ts"
import type { Attempt } from "../../domain/ChatResponse.ts"
import type { Cost } from "../../domain/Cost.ts"
import { tagOf } from "../../domain/ProviderError.ts"
import * as ModelId from "../../domain/ModelId.ts"
import type { Usage } from "../../domain/Usage.ts"
import type { Decision } from "../Decision.ts"
import {
  attribute,
  names,
  other,
  ours,
  providerName,
  seconds,
  tokens,
  type TokenType,
  type Version
} from "./Conventions.ts"

/** The labels that a call is counted under. */
export interface Labels {
  readonly operation: string
  readonly provider: string
  readonly requestModel: string
  readonly responseModel: string | undefined
  readonly errorType: string | undefined
}

/** What a call contributes to the metrics. */
export interface Measures {
  readonly labels: Labels
  readonly seconds: number
  /** Of streams. */
  readonly firstChunkSeconds: number | undefined
  readonly usage: Usage | undefined
  readonly costs: ReadonlyArray<Cost>
  readonly attempts: ReadonlyArray<Attempt>
}

/** Holds the registry that metrics go to. */
type Ctx = Context.Context<never>

/** Values that come from outside, such as the names of models: no more than `most` of them make series of their own. */
class BoundedValues {
  readonly #known = new Set<string>()
  readonly #most: number
  constructor(most: number) {
    this.#most = most
  }
  of(value: string): string {
    if (this.#known.has(value)) return value
    if (this.#known.size >= this.#most) return other
    this.#known.add(value)
    return value
  }
}

type Attributes = { readonly [name: string]: string }

const present = (attributes: { readonly [name: string]: string | undefined }): Attributes => {
  const result: Record<string, string> = {}
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) result[name] = value
  return result
}

const histogram = (id: string, description: string, attributes: Attributes, boundaries: ReadonlyArray<number>) =>
  Metric.histogram(id, { description, attributes, boundaries })
const counter = (id: string, description: string, attributes: Attributes) =>
  Metric.counter(id, { description, attributes, incremental: true })

/** The metrics of calls with the same labels. */
class Series {
  readonly duration: Metric.Histogram<number>
  readonly firstChunk: Metric.Histogram<number>
  readonly cost: Metric.Counter<number>
  readonly inputTokens: Metric.Histogram<number> | undefined
  readonly outputTokens: Metric.Histogram<number> | undefined
  readonly #version: Version
  readonly #operation: string
  /** Without the error, as the conventions have it for everything but durations. */
  readonly #common: Attributes
  readonly #made = new Map<string, Metric.Histogram<number> | Metric.Counter<number>>()

  constructor(version: Version, { errorType, operation, provider, requestModel, responseModel }: Labels) {
    const { duration, firstChunk } = names[version]
    this.#version = version
    this.#operation = operation
    this.#common = present({
      [attribute.operation]: operation,
      [attribute.provider]: provider,
      [attribute.requestModel]: requestModel,
      [attribute.responseModel]: responseModel
    })
    const failed = errorType === undefined ? this.#common : { ...this.#common, [attribute.errorType]: errorType }
    const inSeconds = { ...this.#common, unit: "s" }
    this.duration = histogram(duration(operation), "GenAI operation duration.", { ...failed, unit: "s" }, seconds)
    this.firstChunk = histogram(firstChunk, "Time to receive the first chunk of a stream.", inSeconds, seconds)
    this.inputTokens = this.#tokens("input")
    this.outputTokens = this.#tokens("output")
    this.cost = counter(ours.costMetric, "What calls cost, in US dollars.", { ...this.#common, unit: "USD" })
  }

  #tokens(type: TokenType): Metric.Histogram<number> | undefined {
    const id = names[this.#version].tokens(this.#operation, type)
    if (id === undefined) return undefined
    const typed = id.endsWith(`${type}_tokens`) ? this.#common : { ...this.#common, [attribute.tokenType]: type }
    return histogram(id, "Number of input and output tokens used.", { ...typed, unit: "{token}" }, tokens)
  }

  tokenCounter(type: string): Metric.Metric<number, unknown> {
    return this.#once(type, () =>
      counter(ours.tokensMetric, "Tokens by type; the types do not overlap.", {
        ...this.#common,
        [attribute.tokenType]: type,
        unit: "{token}"
      })
    )
  }

  unpriced(reason: string): Metric.Metric<number, unknown> {
    return this.#once(`unpriced ${reason}`, () =>
      counter(ours.unpricedMetric, "Attempts whose cost is unknown.", {
        ...this.#common,
        [ours.unpriced]: reason,
        unit: "{attempt}"
      })
    )
  }

  #once(key: string, make: () => Metric.Histogram<number> | Metric.Counter<number>): Metric.Metric<number, unknown> {
    let metric = this.#made.get(key)
    if (metric === undefined) this.#made.set(key, (metric = make()))
    return metric
  }
}

const isSame = (a: Labels, b: Labels): boolean =>
  a.requestModel === b.requestModel &&
  a.responseModel === b.responseModel &&
  a.provider === b.provider &&
  a.operation === b.operation &&
  a.errorType === b.errorType

/** How many values of one attribute have series of their own. */
const mostValues = 200
/** Of how many models the metrics are found at once. */
const mostRemembered = 1000
const mostOpenCircuits = 10_000

const openCircuits = Metric.gauge(ours.openCircuitsMetric, {
  description: "Circuits that are open, as far as the calls of this process have seen.",
  attributes: { unit: "{circuit}" }
})

/** The metrics in one registry. */
class Meters {
  readonly #models = new BoundedValues(mostValues)
  readonly #responseModels = new BoundedValues(mostValues)
  readonly #errors = new BoundedValues(mostValues)
  readonly #others = new BoundedValues(mostValues)
  readonly #series = new Map<string, Series>()
  /** The last of each requested model. */
  readonly #last = new Map<string, { readonly labels: Labels; readonly version: Version; readonly series: Series }>()
  readonly #decisions = new Map<string, Metric.Metric<number, unknown>>()
  /** By the id of the model and the error. */
  readonly #attempts = new Map<string, Metric.Metric<number, unknown>>()
  readonly #waits = new Map<string, Metric.Histogram<number>>()
  readonly #open = new Set<string>()

  count(
    { attempts, costs, firstChunkSeconds, labels, seconds, usage }: Measures,
    version: Version,
    context: Ctx
  ): void {
    const series = this.#of(labels, version)
    series.duration.updateUnsafe(seconds, context)
    if (firstChunkSeconds !== undefined) series.firstChunk.updateUnsafe(firstChunkSeconds, context)
    if (usage !== undefined) countTokens(series, usage, context)
    for (const cost of costs) {
      if (cost._tag === "Unpriced") series.unpriced(cost.reason._tag).updateUnsafe(1, context)
      else series.cost.updateUnsafe(toNumber(cost.total), context)
    }
    for (const { error, model } of attempts) this.attempt(model, error && tagOf(error), context)
  }

  attempt(id: string, errorType: string | undefined, context: Ctx): void {
    const key = errorType === undefined ? id : `${id}\0${errorType}`
    let metric = this.#attempts.get(key)
    if (metric === undefined) {
      const { model, provider } = ModelId.parse(id) ?? { model: id, provider: undefined }
      const attributes = present({
        [attribute.provider]: provider && this.#others.of(providerName(provider)),
        [attribute.requestModel]: this.#models.of(model),
        [attribute.errorType]: errorType && this.#errors.of(errorType),
        unit: "{attempt}"
      })
      metric = counter(ours.attemptsMetric, "Attempts, the failed ones included.", attributes)
      if (this.#attempts.size < mostRemembered) this.#attempts.set(key, metric)
    }
    metric.updateUnsafe(1, context)
  }

  decide(decision: Decision, context: Ctx): void {
    const limit = "limit" in decision ? decision.limit : undefined
    const key = limit === undefined ? decision.type : `${decision.type} ${limit}`
    let metric = this.#decisions.get(key)
    if (metric === undefined) {
      const attributes = present({ [ours.decision]: decision.type, [ours.limit]: limit, unit: "{decision}" })
      this.#decisions.set(key, (metric = counter(ours.decisionsMetric, "Decisions of policies.", attributes)))
    }
    metric.updateUnsafe(1, context)
    if (decision.type === "limit-waited") this.#waited(decision.limit, decision.wait, context)
    if ("circuit" in decision) {
      const isOpen = decision.type === "circuit-opened" || decision.type === "circuit-refused"
      if (isOpen && this.#open.size < mostOpenCircuits) this.#open.add(decision.circuit)
      if (decision.type === "circuit-closed") this.#open.delete(decision.circuit)
      openCircuits.updateUnsafe(this.#open.size, context)
    }
  }

  #waited(limit: string, wait: Duration.Duration, context: Ctx): void {
    let metric = this.#waits.get(limit)
    if (metric === undefined) {
      const attributes = { [ours.limit]: limit, unit: "s" }
      this.#waits.set(limit, (metric = histogram(ours.waitMetric, "Waiting for a limit of ours.", attributes, seconds)))
    }
    metric.updateUnsafe(Duration.toSeconds(wait), context)
  }

  #of(given: Labels, version: Version): Series {
    // Most calls of a model are like the one before.
    const last = this.#last.get(given.requestModel)
    if (last !== undefined && last.version === version && isSame(last.labels, given)) return last.series
    const { errorType, operation, provider, requestModel, responseModel } = given
    const labels: Labels = {
      operation: this.#others.of(operation),
      provider: this.#others.of(provider),
      requestModel: this.#models.of(requestModel),
      responseModel: responseModel && this.#responseModels.of(responseModel),
      errorType: errorType && this.#errors.of(errorType)
    }
    const key = `${version}\0${Object.values(labels).join("\0")}`
    let series = this.#series.get(key)
    if (series === undefined) this.#series.set(key, (series = new Series(version, labels)))
    if (last !== undefined || this.#last.size < mostRemembered)
      this.#last.set(given.requestModel, { labels: given, version, series })
    return series
  }
}

const countTokens = (series: Series, { inputTokens, outputTokens }: Usage, context: Ctx): void => {
  if (inputTokens.total !== undefined) series.inputTokens?.updateUnsafe(inputTokens.total, context)
  if (outputTokens.total !== undefined) series.outputTokens?.updateUnsafe(outputTokens.total, context)
  const add = (type: string, value: number | undefined) => {
    if (value !== undefined && value > 0) series.tokenCounter(type).updateUnsafe(value, context)
  }
  add("uncached_input", inputTokens.uncached ?? (inputTokens.cacheRead === undefined ? inputTokens.total : undefined))
  add("cache_read", inputTokens.cacheRead)
  add("cache_write", inputTokens.cacheWrite)
  add("text_output", outputTokens.text ?? (outputTokens.reasoning === undefined ? outputTokens.total : undefined))
  add("reasoning", outputTokens.reasoning)
}

const meters = new WeakMap<object, Meters>()

/** The metrics of the registry that a context holds. */
export const metersOf = (context: Ctx): Meters => {
  const registry = Context.get(context, Metric.MetricRegistry)
  let found = meters.get(registry)
  if (found === undefined) meters.set(registry, (found = new Meters()))
  return found
}
