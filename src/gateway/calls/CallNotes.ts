import * as BigDecimal from "effect/BigDecimal"
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import type * as Cost from "effect-llm/catalog/Cost"
import type { CallEvent } from "effect-llm/domain/CallEvent"
import type { CallResponse } from "effect-llm/domain/CallResponse"
import type { Attempt } from "effect-llm/domain/ChatResponse"
import { formatReason } from "effect-llm/domain/Cost"
import type { RateLimits } from "effect-llm/domain/RateLimits"
import type { Warning } from "effect-llm/domain/Warning"
import type { Decision } from "effect-llm/policies/Decision"
import * as Model from "effect-llm/policies/Model"
import type { Left } from "effect-llm/policies/RateLimit"
import * as Wire from "effect-llm/domain/Wire"
import type { AnswerHeaders } from "../http/Answer.ts"
import { millisSince } from "../http/Received.ts"
import type { Exchange } from "../http/Routes.ts"
import * as PassedHeaders from "./PassedHeaders.ts"
import * as Remaining from "./Remaining.ts"
import { named, type WordOf } from "./Words.ts"

const reportedFields = ["provider", "model", "requestId", "rateLimits", "cached"] as const

type Reported = Pick<CallResponse, (typeof reportedFields)[number]>

/** What is noticed of one call while it is made, for the headers of its answer. */
export class CallNotes {
  #deployment: string | undefined
  #attempts = 0
  #isCached = false
  /** What is left of the caller's limits. */
  #left: ReadonlyArray<Left> = []
  readonly #exchange: Exchange
  readonly #wordOf: WordOf

  constructor(exchange: Exchange, wordOf: WordOf) {
    this.#exchange = exchange
    this.#wordOf = wordOf
  }

  /** The name of the deployment that was called last, in its group. */
  get deployment(): string | undefined {
    return this.#deployment
  }

  readonly observe = (decision: Decision): void => {
    if (decision.type === "routed") {
      this.#deployment = decision.deployment
      this.#attempts++
    } else if (decision.type === "retry") this.#attempts++
    else if (decision.type === "cache-hit") this.#isCached = true
  }

  readonly limited = (left: ReadonlyArray<Left>): void => {
    this.#left = left
  }

  /** The headers of a whole answer. */
  whole(response: CallResponse, clock: Clock.Clock): Record<string, string> {
    const headers = this.#headers(response, Wire.headOf(response)?.headers, clock.currentTimeMillisUnsafe())
    addWarnings(headers, response.warnings, this.#wordOf)
    headers["x-effect-llm-attempts"] = String(response.attempts.length)
    addCost(headers, Model.costs(response))
    headers["x-effect-llm-overhead-ms"] = String(
      Math.max(0, millisSince(this.#exchange.received, clock) - elapsed(response.attempts))
    )
    return headers
  }

  /** The headers of a stream, as far as they are known with its first content. */
  stream(before: ReadonlyArray<CallEvent>, nowMillis: number): Record<string, string> {
    let head: Wire.WireHeaders | undefined
    const reported: Partial<Record<keyof Reported, unknown>> = {}
    for (const event of before)
      if (event.type === "response-start" || event.type === "response-metadata") {
        head = Wire.headOf(event)?.headers ?? head
        const said = event as CallEvent & Partial<Record<keyof Reported, unknown>>
        for (const field of reportedFields) if (said[field] !== undefined) reported[field] = said[field]
      }
    const headers = this.#headers(reported as Reported, head, nowMillis)
    headers["x-effect-llm-attempts"] = String(Math.max(1, this.#attempts))
    for (const event of before)
      if (event.type === "response-start") addWarnings(headers, warningsOf(event), this.#wordOf)
    return headers
  }

  #headers(
    { cached, model, provider, rateLimits, requestId }: Reported,
    head: Wire.WireHeaders | undefined,
    nowMillis: number
  ): Record<string, string> {
    const { caller, dialect, received } = this.#exchange
    const headers: Record<string, string> = {}
    if (head !== undefined) PassedHeaders.addForClient(headers, head)
    headers[dialect.requestIdHeader] = received.id
    headers["x-effect-llm-cache"] = this.#isCached || cached !== undefined ? "hit" : "miss"
    if (provider !== undefined) headers["x-effect-llm-provider"] = headerText(provider)
    if (model !== undefined) headers["x-effect-llm-model"] = headerText(model)
    if (this.#deployment !== undefined) headers["x-effect-llm-deployment"] = headerText(this.#deployment)
    if (requestId !== undefined) headers["x-effect-llm-provider-request-id"] = headerText(requestId)
    if (rateLimits !== undefined) addRemaining(headers, rateLimits)
    if (this.#left.length > 0) Remaining.addLimits(headers, this.#left, dialect, nowMillis)
    Remaining.addBudgets(headers, caller.remaining(nowMillis))
    return headers
  }
}

/** What calls cost together, failed attempts included, or why that is not known. */
export const costOf = (...calls: ReadonlyArray<Pick<CallEvent, "cost" | "attempts">>): AnswerHeaders => {
  const headers = {}
  addCost(headers, calls.flatMap(Model.costs))
  return headers
}

const addCost = (headers: Record<string, string>, costs: ReadonlyArray<Cost.Cost>): void => {
  let total: BigDecimal.BigDecimal | undefined
  for (const cost of costs) {
    if (cost._tag === "Unpriced") {
      headers["x-effect-llm-cost"] = "unpriced"
      headers["x-effect-llm-cost-reason"] = formatReason(cost.reason)
      return
    }
    total = total === undefined ? cost.total : BigDecimal.sum(total, cost.total)
  }
  if (total !== undefined) headers["x-effect-llm-cost"] = usd(total)
}

/** The longest text of a header that is ours. */
const longest = 2000

/** What of a request was left out or changed. */
const addWarnings = (headers: Record<string, string>, warnings: ReadonlyArray<Warning>, wordOf: WordOf): void => {
  if (warnings.length === 0) return
  const texts = warnings
    .filter(({ type }) => type !== "malformed-frame")
    .map(({ message, parameter }) => (parameter === undefined ? message : named(message, parameter, wordOf)))
  if (texts.length > 0) headers["x-effect-llm-warning"] = headerText(texts.join("; "), longest)
}

const warningsOf = (event: CallEvent & { readonly warnings?: ReadonlyArray<Warning> }): ReadonlyArray<Warning> =>
  event.warnings ?? []

/** What is left of the provider's limits. */
const addRemaining = (headers: Record<string, string>, limits: RateLimits): void => {
  for (const what in limits) {
    const { limit, remaining, resetAfter } = limits[what] ?? {}
    const names = Remaining.namesOf(what)
    if (limit !== undefined) headers[names.limit] = String(limit)
    if (remaining !== undefined) headers[names.remaining] = String(remaining)
    if (resetAfter !== undefined) headers[names.reset] = `${Duration.toSeconds(resetAfter)}s`
  }
}

/** US dollars, exactly, without an exponent. */
const usd = (total: BigDecimal.BigDecimal): string => {
  const { scale, value } = total.scale < 0 ? BigDecimal.scale(total, 0) : total
  const digits = String(value).padStart(scale + 1, "0")
  return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** How long providers took, and how long they were waited for. */
const elapsed = (attempts: ReadonlyArray<Attempt>): number => {
  let sum = 0
  for (const { duration, wait } of attempts) sum += Duration.toMillis(duration) + (wait ? Duration.toMillis(wait) : 0)
  return sum
}

/** Clients refuse a response whose headers take more than 16 kB together. */
const longestName = 500

/** What a header may hold: names of models and deployments are what settings, callers and providers make them. */
export const headerText = (text: string, longest = longestName): string => {
  const short = text.length > longest ? text.slice(0, longest) : text
  return unprintable.test(short) ? short.replaceAll(/[^\x20-\x7e]/g, "?") : short
}

const unprintable = /[^\x20-\x7e]/
