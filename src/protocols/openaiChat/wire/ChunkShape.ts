import { array, either, number, object, string } from "../../wire/Shape.ts"

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

/** In JSON mode, Cloudflare sends the value itself, but then it does not stream. */
const delta = object({
  content: either(string, array(part)),
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

/**
 * Where a chunk says what the model wrote.
 *
 * @since 0.1.0
 * @category shapes
 */
export const chunkShape = object({
  choices: array(object({ index: number, delta, message: delta, finish_reason: string }))
})
