import { array, either, number, object, requiredString, string, tagged } from "../../wire/Shape.ts"
import { isObject, type WireObject } from "./Wire.ts"

const call = object({ id: string, type: string, function: object({ name: string, arguments: string }) })

const said = (message: Parameters<typeof object>[0]) =>
  object({ index: number, delta: object({ message: object(message) }) })

const block = object({ type: string, text: string, thinking: string })

const content = { content: block }

const calls = { tool_calls: either(call, array(call)) }

/** Where an event says what the model wrote. */
export const eventShape = tagged("type", {
  "content-start": said(content),
  "content-delta": said(content),
  "content-end": object({ index: number }),
  "tool-plan-delta": said({ tool_plan: requiredString }),
  "tool-call-start": said(calls),
  "tool-call-delta": said(calls),
  "tool-call-end": object({ index: number }),
  "citation-start": said({ citations: either(object(), array(object())) }),
  "message-end": object({ delta: object({ finish_reason: string }) })
})

/** Where a whole response says what the model wrote. */
export const responseShape = object({
  message: object({
    content: either(string, array(block)),
    tool_plan: string,
    tool_calls: array(
      object({ id: string, type: string, function: object({ name: string, arguments: either(string, object()) }) })
    ),
    citations: array(object())
  }),
  finish_reason: string
})

/** Whether an event is a piece of text and nothing else, as nearly all are, and fits. */
export const isPlain = ({ delta, index, type }: WireObject): boolean => {
  if (typeof index !== "number" || !isObject(delta) || !isObject(delta.message)) return false
  const { content } = delta.message
  if (!isObject(content) || typeof content.text !== "string") return false
  for (const key in content) if (key !== "text") return false
  return type === "content-delta"
}
