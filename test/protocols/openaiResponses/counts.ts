import type { Wire } from "../halves.ts"

/** Usage after it went over the wire, which leaves out no part of a total. */
export const withAllParts = ({ inputTokens, outputTokens, ...rest }: Wire): Wire => {
  const isKnown = inputTokens.total !== undefined || outputTokens.total !== undefined
  return {
    ...rest,
    inputTokens: { ...(isKnown && { cacheRead: 0, cacheWrite: 0 }), ...inputTokens },
    outputTokens: { ...(isKnown && { reasoning: 0 }), ...outputTokens }
  }
}
