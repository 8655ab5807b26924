import { array, either, number, object, requiredString, string, tagged } from "../../wire/Shape.ts"
import type { WireObject } from "./Wire.ts"

const part = object({ type: string, text: string, refusal: string, annotations: array(object()) })

const item = object({
  type: string,
  id: string,
  role: string,
  content: either(string, array(part)),
  summary: array(part),
  encrypted_content: string,
  call_id: string,
  name: string,
  arguments: either(string, object()),
  input: either(string, object()),
  code: string,
  result: string,
  revised_prompt: string
})

const indexes = { item_id: string, output_index: number, content_index: number, summary_index: number }

const delta = object({ ...indexes, delta: requiredString })

/** Where a whole response says what the model wrote. */
export const responseShape = object({ status: string, output: array(item) })

const response = object({ response: responseShape })

/** Where an event says what the model wrote. */
export const eventShape = tagged("type", {
  "response.output_item.added": object({ output_index: number, item }),
  "response.output_item.done": object({ output_index: number, item }),
  "response.content_part.added": object({ ...indexes, part }),
  "response.content_part.done": object({ ...indexes, part }),
  "response.output_text.delta": delta,
  "response.output_text.done": object({ ...indexes, text: string }),
  "response.output_text.annotation.added": object({ ...indexes, annotation: object() }),
  "response.refusal.delta": delta,
  "response.refusal.done": object({ ...indexes, refusal: string }),
  "response.reasoning_text.delta": delta,
  "response.reasoning_text.done": object({ ...indexes, text: string }),
  "response.reasoning_summary_part.added": object({ ...indexes, part }),
  "response.reasoning_summary_part.done": object({ ...indexes, part }),
  "response.reasoning_summary_text.delta": delta,
  "response.reasoning_summary_text.done": object({ ...indexes, text: string }),
  "response.function_call_arguments.delta": delta,
  "response.function_call_arguments.done": object({ ...indexes, arguments: string }),
  "response.custom_tool_call_input.delta": delta,
  "response.custom_tool_call_input.done": object({ ...indexes, input: string }),
  "response.mcp_call_arguments.delta": delta,
  "response.mcp_call_arguments.done": object({ ...indexes, arguments: string }),
  "response.code_interpreter_call_code.delta": delta,
  "response.code_interpreter_call_code.done": object({ ...indexes, code: string }),
  "response.completed": response,
  "response.incomplete": response,
  "response.done": response
})

/** Whether an event is a piece of what the model writes, as nearly all are, and fits. */
export const isPlain = ({ content_index, delta, item_id, output_index, summary_index, type }: WireObject): boolean =>
  typeof delta === "string" &&
  typeof item_id === "string" &&
  typeof output_index === "number" &&
  (content_index === undefined || typeof content_index === "number") &&
  (summary_index === undefined || typeof summary_index === "number") &&
  typeof type === "string" &&
  type.endsWith(".delta")
