import { array, either, number, object, string } from "../../wire/Shape.ts"
import { isObject, type WireObject } from "./Wire.ts"

const part = {
  text: string,
  reasoningContent: object({ text: string, signature: string, redactedContent: string, data: string }),
  citation: object(),
  image: object({ format: string, source: object({ bytes: string }) })
}

/** Where an event says what the model wrote; its name is not in it. */
export const eventShape = object({
  contentBlockIndex: number,
  start: object({ ...part, toolUse: object({ toolUseId: string, name: string, type: string }) }),
  delta: object({ ...part, toolUse: object({ input: string }), toolResult: array(object({ text: string })) }),
  stopReason: string
})

const block = object({
  text: string,
  citationsContent: object({ content: array(object({ text: string })), citations: array(object()) }),
  reasoningContent: object({
    reasoningText: object({ text: string, signature: string }),
    redactedContent: string,
    data: string
  }),
  toolUse: object({ toolUseId: string, name: string, type: string, input: either(object(), string) }),
  image: object({ format: string, source: object({ bytes: string }) })
})

/** Where a whole response says what the model wrote. */
export const responseShape = object({
  output: object({ message: object({ content: array(block) }) }),
  stopReason: string
})

/** Whether an event is a piece of text and nothing else, as nearly all are, and fits. */
export const isPlain = ({ contentBlockIndex, delta, start, stopReason }: WireObject): boolean => {
  if (typeof contentBlockIndex !== "number" || !isObject(delta) || typeof delta.text !== "string") return false
  for (const key in delta) if (key !== "text") return false
  return start === undefined && stopReason === undefined
}
