import { array, number, object, requiredString, string, tagged } from "../../wire/Shape.ts"
import { isObject, type WireObject } from "./Wire.ts"

const block = object({
  type: requiredString,
  text: string,
  thinking: string,
  signature: string,
  data: string,
  id: string,
  name: string,
  input: object(),
  citations: array(object())
})

const delta = tagged("type", {
  text_delta: object({ text: requiredString }),
  input_json_delta: object({ partial_json: requiredString }),
  thinking_delta: object({ thinking: requiredString }),
  signature_delta: object({ signature: requiredString }),
  citations_delta: object({ citation: object() })
})

/** Where a whole response says what the model wrote. */
export const responseShape = object({
  content: array(block),
  stop_reason: string,
  stop_details: object({ explanation: string })
})

/** Where an event says what the model wrote. */
export const eventShape = tagged("type", {
  message_start: object({ message: responseShape }),
  content_block_start: object({ index: number, content_block: block }),
  content_block_delta: object({ index: number, delta }),
  content_block_stop: object({ index: number }),
  message_delta: object({
    delta: object({ stop_reason: string, stop_details: object({ explanation: string }) })
  })
})

/** Whether an event is a piece of text, as nearly all are, and fits. */
export const isPlain = ({ delta, index, type }: WireObject): boolean =>
  type === "content_block_delta" &&
  typeof index === "number" &&
  isObject(delta) &&
  typeof delta.text === "string" &&
  delta.type === "text_delta"
