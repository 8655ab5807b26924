import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as Money from "effect-llm/catalog/Money"
import * as Cost from "effect-llm/catalog/Cost"
import type { ChatResponse } from "effect-llm/domain/ChatResponse"
import * as Quantity from "../terminal/Quantity.ts"

/** Usage, cost and duration of a response, in one line. */
export const line = (model: string, { cost, finishReason, timings, usage }: ChatResponse): string => {
  const count = (tokens: number | undefined) => (tokens === undefined ? "?" : Quantity.format(tokens))
  const { cacheRead = 0 } = usage.inputTokens
  const cached = cacheRead === 0 ? "" : ` (${count(cacheRead)} cached)`
  const took = millisOf(timings?.total)
  return [
    model,
    `${count(usage.inputTokens.total)} tokens in${cached}, ${count(usage.outputTokens.total)} out`,
    cost === undefined
      ? undefined
      : cost._tag === "Priced"
        ? Money.format(cost.total)
        : `cost unknown: ${Cost.formatReason(cost.reason)}`,
    took === undefined ? undefined : `${(took / 1000).toFixed(1)} s`,
    finishReason === "stop" ? undefined : `ended by: ${finishReason}`
  ]
    .filter((part) => part !== undefined)
    .join(" · ")
}

const millisOf = (duration: Duration.Duration | undefined): number | undefined =>
  duration === undefined ? undefined : Duration.toMillis(duration)

const costOf = (cost: Cost.Cost | undefined): unknown => (cost === undefined ? undefined : encode(cost))

const encode = Schema.encodeSync(Schema.toCodecJson(Cost.Cost))

/** A response for programs. Amounts are decimal strings in US dollars, times are in milliseconds. */
export const toJson = (response: ChatResponse): unknown => {
  const { attempts, content, cost, finishReason, id, model, provider, requestId, timings, usage, warnings } = response
  const { raw: _, ...counts } = usage
  return {
    text: response.text,
    model,
    provider,
    id,
    requestId,
    finishReason,
    content,
    usage: counts,
    cost: costOf(cost),
    firstTokenMillis: millisOf(timings?.firstToken),
    totalMillis: millisOf(timings?.total),
    attempts: attempts.map(({ cost, duration, error, model }) => ({
      model,
      error: error?._tag,
      millis: millisOf(duration),
      cost: costOf(cost)
    })),
    warnings
  }
}
