import type { ChatBody, Message, Part } from "../playground/Message.ts"

const partOf = (part: Part) => {
  switch (part.type) {
    case "text":
      return part
    case "image_url":
      return { type: "image", data: part.image_url.url }
    case "input_audio":
      return { type: "audio", data: `data:audio/${part.input_audio.format};base64,${part.input_audio.data}` }
    case "file":
      return { type: "file", data: part.file.file_data, fileName: part.file.filename }
  }
}

const messageOf = (message: Message) => {
  switch (message.role) {
    case "system":
      return message
    case "user":
      return {
        role: "user",
        content: typeof message.content === "string" ? message.content : message.content.map(partOf)
      }
    case "tool":
      return {
        role: "tool",
        content: [{ type: "tool-result", id: message.tool_call_id, output: message.content }]
      }
    case "assistant":
      return {
        role: "assistant",
        content: [
          ...(message.content === null ? [] : [{ type: "text", text: message.content }]),
          ...(message.tool_calls ?? []).map(({ function: { arguments: input, name }, id }) => ({
            type: "tool-call",
            id,
            name,
            rawInput: input
          }))
        ]
      }
  }
}

const renamed: { readonly [field: string]: string } = {
  temperature: "temperature",
  top_p: "topP",
  max_completion_tokens: "maxOutputTokens",
  seed: "seed",
  stop: "stop"
}

interface ToolField {
  readonly function: { readonly name: string; readonly description?: string; readonly parameters?: unknown }
}

interface FormatField {
  readonly type: string
  readonly json_schema?: { readonly name: string; readonly strict?: boolean; readonly schema: unknown }
}

const formatOf = ({ json_schema: schema, type }: FormatField) =>
  type === "json_schema" ? { type: "json-schema", ...schema } : { type: "json" }

const toolOf = ({ function: { description, name, parameters } }: ToolField) => ({
  name,
  ...(description !== undefined && { description }),
  inputSchema: parameters ?? { type: "object", properties: {} }
})

/** A request of the playground as one of the SDK's. */
export const effectRequest = ({ messages, model: _, ...fields }: ChatBody) => {
  const { reasoning_effort: effort, response_format: format, tools } = fields
  return {
    messages: messages.map(messageOf),
    ...Object.fromEntries(
      Object.entries(fields).flatMap(([name, value]) => (name in renamed ? [[renamed[name], value]] : []))
    ),
    ...(effort !== undefined && { reasoning: { effort } }),
    ...(tools !== undefined && { tools: (tools as ReadonlyArray<ToolField>).map(toolOf) }),
    ...(format !== undefined && { responseFormat: formatOf(format as FormatField) })
  }
}
