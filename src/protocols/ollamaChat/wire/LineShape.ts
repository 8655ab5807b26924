import { array, boolean, either, number, object, string } from "../../wire/Shape.ts"
import { isObject, type WireObject } from "./Wire.ts"

/** Where a line says what the model wrote. */
export const lineShape = object({
  message: object({
    content: string,
    thinking: string,
    images: array(string),
    tool_calls: array(
      object({ id: string, function: object({ name: string, index: number, arguments: either(object(), string) }) })
    )
  }),
  response: string,
  thinking: string,
  image: string,
  done: boolean,
  done_reason: string
})

/** Whether a line is a piece of text and nothing else, as nearly all are, and fits. */
export const isPlain = (line: WireObject): boolean => {
  const { done, message } = line
  if (done !== false || !isObject(message) || typeof message.content !== "string") return false
  for (const key in message) if (key !== "content" && key !== "role") return false
  return ["response", "thinking", "image", "done_reason"].every((key) => line[key] === undefined)
}
