import OpenAI from "openai"
import { zodResponseFormat } from "openai/helpers/zod"
import { type Cell, gateway, key, type Observation, run, tool } from "./program.ts"
import { review } from "./review.ts"

const openai = new OpenAI({ baseURL: `${gateway}/v1`, apiKey: key, maxRetries: 0 })

const messages = ({ image, prompt }: Cell): Array<OpenAI.ChatCompletionMessageParam> => [
  {
    role: "user",
    content:
      image === undefined
        ? prompt
        : [
            { type: "text", text: prompt },
            { type: "image_url", image_url: { url: `data:image/png;base64,${image}` } }
          ]
  }
]

const request = (cell: Cell) => ({
  model: cell.model,
  messages: messages(cell),
  ...(cell.reasoning === true && { reasoning_effort: "low" as const })
})

const usageOf = (usage: OpenAI.CompletionUsage | null | undefined): Observation["usage"] =>
  usage ? { input: usage.prompt_tokens, output: usage.completion_tokens } : undefined

const reasoningOf = (message: object): string | undefined =>
  (message as { reasoning_content?: string }).reasoning_content ?? undefined

const tools = [{ type: "function" as const, function: tool }]

await run({
  whole: async (cell, { signal }) => {
    const { choices, usage } = await openai.chat.completions.create(request(cell), { signal })
    const message = choices[0]!.message
    return { text: message.content, reasoning: reasoningOf(message), usage: usageOf(usage) }
  },
  stream: async (cell, { piece, signal }) => {
    const stream = await openai.chat.completions.create(
      { ...request(cell), stream: true, stream_options: { include_usage: true } },
      { signal }
    )
    let text = ""
    let reasoning = ""
    let usage: Observation["usage"]
    for await (const chunk of stream) {
      const delta = chunk.choices[0]?.delta
      text += delta?.content ?? ""
      reasoning += reasoningOf(delta ?? {}) ?? ""
      usage = usageOf(chunk.usage) ?? usage
      if (text !== "") piece()
    }
    return { text, reasoning, usage }
  },
  helper: async (cell, { signal }) => {
    const stream = openai.chat.completions.stream(
      { ...request(cell), stream_options: { include_usage: true } },
      { signal }
    )
    const { choices, usage } = await stream.finalChatCompletion()
    return { text: choices[0]!.message.content, usage: usageOf(usage) }
  },
  tools: async (cell) => {
    const first = await openai.chat.completions.create({ ...request(cell), tools })
    const message = first.choices[0]!.message
    const calls = (message.tool_calls ?? []).filter((call) => call.type === "function")
    const second = await openai.chat.completions.create({
      ...request(cell),
      tools,
      messages: [
        ...messages(cell),
        message,
        ...calls.map(({ id }) => ({ role: "tool" as const, tool_call_id: id, content: cell.toolResult }))
      ]
    })
    return {
      calls: calls.map((call) => ({ name: call.function.name, input: JSON.parse(call.function.arguments) })),
      text: second.choices[0]!.message.content
    }
  },
  streamedTools: async (cell) => {
    const calls: Array<{ name: string; input: unknown }> = []
    const runner = openai.chat.completions.runTools({
      ...request(cell),
      stream: true,
      tools: [
        {
          type: "function",
          function: {
            ...tool,
            parse: (text: string) => JSON.parse(text) as object,
            function: (input: object): string => {
              calls.push({ name: tool.name, input })
              return cell.toolResult
            }
          }
        }
      ]
    })
    return { text: await runner.finalContent(), calls }
  },
  structured: async (cell) => {
    const { choices } = await openai.chat.completions.parse({
      ...request(cell),
      response_format: zodResponseFormat(review, "review")
    })
    return { value: choices[0]!.message.parsed }
  }
})
