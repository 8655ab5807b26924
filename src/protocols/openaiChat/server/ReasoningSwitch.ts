import type { OpenAiChatQuirks } from "../Quirks.ts"
import { object, type WireObject } from "../wire/Wire.ts"

/**
 * The body with a server's own switch for reasoning (`thinking`, `enable_thinking`) said as `reasoning`, which every
 * request may have. A switch that says more than that stays.
 */
export const unswitched = (
  body: WireObject,
  parameter: OpenAiChatQuirks["reasoningParameter"] | undefined
): WireObject => {
  switch (parameter) {
    case "thinking":
    case "thinking+reasoning_effort": {
      const { thinking, ...rest } = body
      const { type, ...more } = object(thinking) ?? {}
      if (Object.keys(more).length > 0) return body
      if (type === "disabled") return { ...rest, reasoning_effort: "none" }
      return type === "enabled" ? withReasoning(rest, undefined) : body
    }
    case "enable_thinking": {
      const { enable_thinking: isOn, thinking_budget: budget, ...rest } = body
      if (isOn === false) return { ...rest, reasoning_effort: "none" }
      return isOn === true ? withReasoning(rest, budget) : body
    }
    default:
      return body
  }
}

const withReasoning = (body: WireObject, budget: unknown): WireObject => ({
  ...body,
  reasoning: { ...object(body.reasoning), ...(budget === undefined ? {} : { max_tokens: budget }) }
})
