import * as BigDecimal from "effect/BigDecimal"
import type * as Tracer from "effect/Tracer"
import type { Cost } from "../../domain/Cost.ts"
import type { Usage } from "../../domain/Usage.ts"
import { finishReason } from "./Content.ts"
import { attribute, type Names, ours } from "./Conventions.ts"
import type { Attributes } from "./Operation.ts"
import type { Summary } from "./Summary.ts"

/** Sets the attributes that have a value. */
export const set = (span: Tracer.Span, attributes: Attributes): void => {
  for (const name in attributes) if (attributes[name] !== undefined) span.attribute(name, attributes[name])
}

export const costAttributes = (spent: ReadonlyArray<Cost>): Attributes => {
  const priced = spent.filter((cost) => cost._tag === "Priced")
  const unpriced = spent.find((cost) => cost._tag === "Unpriced")
  return {
    [ours.cost]:
      priced.length === 0 ? undefined : BigDecimal.toNumberUnsafe(BigDecimal.sumAll(priced.map(({ total }) => total))),
    [ours.unpriced]: unpriced?.reason._tag
  }
}

/** Of a URL, nothing but the address and port: its path and query may hold names and keys. */
export const serverAttributes = (url: string | undefined): Attributes => {
  if (url === undefined || !URL.canParse(url)) return {}
  const { hostname, port, protocol } = new URL(url)
  return {
    [attribute.serverAddress]: hostname,
    [attribute.serverPort]: port === "" ? (protocol === "http:" ? 80 : 443) : Number(port)
  }
}

export const responseAttributes = (response: Summary | undefined): Attributes =>
  response === undefined
    ? {}
    : {
        [attribute.responseId]: response.id,
        [attribute.responseModel]: response.model,
        [attribute.finishReasons]: response.finishReason && [
          finishReason(response.finishReason, response.rawFinishReason)
        ],
        [ours.requestId]: response.requestId
      }

export const usageAttributes = (usage: Usage | undefined, { cacheWriteTokens }: Names): Attributes =>
  usage === undefined
    ? {}
    : {
        [attribute.inputTokens]: usage.inputTokens.total,
        [attribute.outputTokens]: usage.outputTokens.total,
        [attribute.cacheReadTokens]: usage.inputTokens.cacheRead,
        [cacheWriteTokens]: usage.inputTokens.cacheWrite,
        [attribute.reasoningTokens]: usage.outputTokens.reasoning
      }
