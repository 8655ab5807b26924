import type { ChatEvent } from "./ChatEvent.ts"
import type { ChatResponse } from "./ChatResponse.ts"

/** The events of a whole response: folding them gives the response back. */
export const unfold = (response: ChatResponse): ReadonlyArray<ChatEvent> => {
  const events: Array<ChatEvent> = []
  const { id, model, provider, rateLimits, requestId, warnings } = response
  let { logprobs } = response
  events.push({ type: "response-start", provider, model, requestId, rateLimits, warnings })
  events.push({ type: "response-metadata", id, model })
  response.content.forEach((part, index) => {
    const id = String(index)
    switch (part.type) {
      case "text":
        events.push({ type: "text-start", id }, { type: "text-delta", id, delta: part.text })
        for (const citation of part.citations ?? []) events.push({ type: "citation", id, citation })
        if (logprobs !== undefined) events.push({ type: "logprobs", logprobs })
        logprobs = undefined
        events.push({ type: "text-end", id, providerOptions: part.providerOptions })
        return
      case "reasoning": {
        const { encrypted, id: itemId, protocol, providerOptions, raw, signature } = part
        events.push({ type: "reasoning-start", id })
        if (part.text !== "") events.push({ type: "reasoning-delta", id, delta: part.text })
        events.push({ type: "reasoning-end", id, itemId, signature, encrypted, protocol, raw, providerOptions })
        return
      }
      case "refusal":
        events.push(
          { type: "refusal-start", id },
          { type: "refusal-delta", id, delta: part.text },
          { type: "refusal-end", id, ...(part.isExplanation === true ? { isExplanation: true } : {}) }
        )
        return
      case "tool-call": {
        const { id, name, providerExecuted, providerOptions } = part
        events.push({ type: "tool-input-start", id, name, providerExecuted, providerOptions })
        events.push({ type: "tool-input-delta", id, delta: part.rawInput ?? JSON.stringify(part.input) ?? "" })
        events.push({ type: "tool-call", id, call: part })
        return
      }
      default:
        events.push({ type: "part", part })
    }
  })
  for (const source of response.sources ?? []) events.push({ type: "source", source })
  if (logprobs !== undefined) events.push({ type: "logprobs", logprobs })
  const { attempts, cost, finishReason, providerMetadata, rawFinishReason, stopSequence, timings, usage } = response
  events.push({ type: "usage", usage })
  events.push({
    type: "finish",
    finishReason,
    rawFinishReason,
    stopSequence,
    usage,
    cost,
    timings,
    attempts,
    ...(providerMetadata && { providerMetadata })
  })
  return events
}
