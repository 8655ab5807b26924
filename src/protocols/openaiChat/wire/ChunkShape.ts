import { array, either, number, object, type Shape, string } from "../../wire/Shape.ts"
import { isObject, type WireObject } from "./Wire.ts"

const thoughts = either(string, array(object({ text: string })))

const part = object({
  type: string,
  text: string,
  thinking: thoughts,
  summary: thoughts,
  image_url: either(string, object({ url: string }))
})

const call = object({
  index: number,
  id: string,
  type: string,
  name: string,
  function: object({ name: string, arguments: either(string, object()) }),
  custom: object({ name: string, input: string })
})

const message = (content: Shape) => ({
  content,
  refusal: string,
  reasoning_content: string,
  reasoning: string,
  reasoning_text: string,
  reasoning_details: array(
    object({ type: string, text: string, summary: string, data: string, signature: string, id: string, index: number })
  ),
  tool_calls: array(call),
  function_call: object({ name: string, arguments: either(string, object()) }),
  audio: object({ id: string, data: string, transcript: string }),
  images: array(object({ image_url: object({ url: string }) })),
  annotations: array(object())
})

const choices = (content: Shape) => {
  const said = object(message(content))
  return array(object({ index: number, delta: said, message: said, finish_reason: string }))
}

const content = either(string, array(either(string, part)))

/** Where a chunk says what the model wrote. */
export const chunkShape = object({ choices: choices(content) })

/** Where a whole response says it. In JSON mode, Cloudflare sends the value itself as the content. */
export const responseShape = object({ choices: choices(either(content, object())) })

/** Whether a chunk has one choice, which is a piece of text and nothing else: nearly all are so, and fit. */
export const isPlain = ({ choices }: WireObject): boolean => {
  const choice: unknown = Array.isArray(choices) && choices.length === 1 ? choices[0] : undefined
  return (
    isObject(choice) &&
    isObject(choice.delta) &&
    typeof choice.index === "number" &&
    (choice.finish_reason === null || choice.finish_reason === undefined) &&
    choice.message === undefined &&
    isPlainDelta(choice.delta)
  )
}

/** Whether a delta is a piece of text and nothing else. */
export const isPlainDelta = (delta: WireObject): delta is { readonly content: string } => {
  for (const key in delta) if (key !== "content") return false
  return typeof delta.content === "string"
}
