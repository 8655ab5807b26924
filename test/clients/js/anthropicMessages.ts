import Anthropic from "@anthropic-ai/sdk"
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod"
import { type Cell, gateway, key, type Observation, run, tool } from "./program.ts"
import { review } from "./review.ts"

const anthropic = new Anthropic({ baseURL: gateway, apiKey: key, maxRetries: 0 })

const messages = ({ image, prompt }: Cell): Array<Anthropic.MessageParam> => [
  {
    role: "user",
    content:
      image === undefined
        ? prompt
        : [
            { type: "image", source: { type: "base64", media_type: "image/png", data: image } },
            { type: "text", text: prompt }
          ]
  }
]

const request = (cell: Cell) => ({
  model: cell.model,
  max_tokens: 4096,
  messages: messages(cell),
  ...(cell.reasoning === true && {
    thinking: { type: "adaptive" as const },
    output_config: { effort: "low" as const }
  })
})

const tools: Array<Anthropic.Tool> = [
  {
    name: tool.name,
    description: tool.description,
    input_schema: tool.parameters
  }
]

const observe = ({ content, usage }: Anthropic.Message): Observation => ({
  text: content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join(""),
  reasoning: content.flatMap((block) => (block.type === "thinking" ? [block.thinking] : [])).join(""),
  usage: { input: usage.input_tokens, output: usage.output_tokens }
})

const callsOf = ({ content }: Anthropic.Message) => content.filter((block) => block.type === "tool_use")

const following = (cell: Cell, first: Anthropic.Message) => ({
  ...request(cell),
  tools,
  messages: [
    ...messages(cell),
    { role: "assistant" as const, content: first.content as Array<Anthropic.ContentBlockParam> },
    {
      role: "user" as const,
      content: callsOf(first).map(({ id }) => ({
        type: "tool_result" as const,
        tool_use_id: id,
        content: cell.toolResult
      }))
    }
  ]
})

const called = (message: Anthropic.Message) => callsOf(message).map(({ input, name }) => ({ name, input }))

await run({
  whole: async (cell, { signal }) => observe(await anthropic.messages.create(request(cell), { signal })),
  stream: async (cell, { piece, signal }) => {
    const stream = await anthropic.messages.create({ ...request(cell), stream: true }, { signal })
    let text = ""
    let reasoning = ""
    let input: number | undefined
    let output: number | undefined
    for await (const event of stream) {
      if (event.type === "message_start") input = event.message.usage.input_tokens
      if (event.type === "message_delta") {
        input = event.usage.input_tokens ?? input
        output = event.usage.output_tokens
      }
      if (event.type !== "content_block_delta") continue
      if (event.delta.type === "thinking_delta") reasoning += event.delta.thinking
      if (event.delta.type === "text_delta") {
        text += event.delta.text
        piece()
      }
    }
    return { text, reasoning, usage: { input, output } }
  },
  helper: async (cell, { signal }) =>
    observe(await anthropic.messages.stream(request(cell), { signal }).finalMessage()),
  tools: async (cell) => {
    const first = await anthropic.messages.create({ ...request(cell), tools })
    const second = await anthropic.messages.create(following(cell, first))
    return { ...observe(second), usage: undefined, calls: called(first) }
  },
  streamedTools: async (cell) => {
    const first = await anthropic.messages.stream({ ...request(cell), tools }).finalMessage()
    const second = await anthropic.messages.stream(following(cell, first)).finalMessage()
    return { ...observe(second), usage: undefined, calls: called(first) }
  },
  structured: async (cell) => {
    const { parsed_output } = await anthropic.messages.parse({
      ...request(cell),
      output_config: { format: zodOutputFormat(review) }
    })
    return { value: parsed_output }
  }
})
