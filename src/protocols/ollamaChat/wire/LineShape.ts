import { array, boolean, either, number, object, string } from "../../wire/Shape.ts"

/**
 * Where a line says what the model wrote.
 *
 * @since 0.1.0
 * @category shapes
 */
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
