import { type ChatResponse, type Message, Ollama } from "ollama"
import { z } from "zod"
import { type Cell, type Context, gateway, key, type Observation, run, tool } from "./program.ts"
import { review } from "./review.ts"

const clientOf = (signal?: AbortSignal) =>
  new Ollama({
    host: gateway,
    headers: { authorization: `Bearer ${key}` },
    fetch: (url, init) =>
      fetch(url, {
        ...init,
        signal: AbortSignal.any([init?.signal, signal].filter((one) => one instanceof AbortSignal))
      })
  })

const messages = ({ image, prompt }: Cell): Array<Message> => [
  { role: "user", content: prompt, ...(image !== undefined && { images: [image] }) }
]

const request = (cell: Cell) => ({
  model: cell.model,
  messages: messages(cell),
  ...(cell.reasoning === true && { think: true })
})

const usageOf = (response: ChatResponse): Observation["usage"] => ({
  input: response.prompt_eval_count,
  output: response.eval_count
})

const tools = [{ type: "function", function: tool }]

const following = (cell: Cell, message: Message) => ({
  ...request(cell),
  tools,
  messages: [
    ...messages(cell),
    message,
    ...(message.tool_calls ?? []).map((call) => ({
      role: "tool",
      content: cell.toolResult,
      tool_name: call.function.name
    }))
  ]
})

const called = ({ tool_calls = [] }: Message) =>
  tool_calls.map((call) => ({ name: call.function.name, input: call.function.arguments }))

/** The message of a stream, and its last line. */
const folded = async (stream: AsyncIterable<ChatResponse>, piece?: Context["piece"]) => {
  const message: Message = { role: "assistant", content: "", thinking: "", tool_calls: [] }
  let last: ChatResponse | undefined
  for await (const part of stream) {
    message.content += part.message.content ?? ""
    message.thinking += part.message.thinking ?? ""
    message.tool_calls?.push(...(part.message.tool_calls ?? []))
    last = part
    if (message.content !== "") piece?.()
  }
  return { message, usage: last && usageOf(last) }
}

await run({
  whole: async (cell, { signal }) => {
    const response = await clientOf(signal).chat(request(cell))
    return { text: response.message.content, reasoning: response.message.thinking, usage: usageOf(response) }
  },
  stream: async (cell, { piece, signal }) => {
    const { message, usage } = await folded(await clientOf(signal).chat({ ...request(cell), stream: true }), piece)
    return { text: message.content, reasoning: message.thinking, usage }
  },
  tools: async (cell) => {
    const { message } = await clientOf().chat({ ...request(cell), tools })
    const second = await clientOf().chat(following(cell, message))
    return { calls: called(message), text: second.message.content }
  },
  streamedTools: async (cell) => {
    const { message } = await folded(await clientOf().chat({ ...request(cell), tools, stream: true }))
    const second = await folded(await clientOf().chat({ ...following(cell, message), stream: true }))
    return { calls: called(message), text: second.message.content }
  },
  structured: async (cell) => {
    const { message } = await clientOf().chat({ ...request(cell), format: z.toJSONSchema(review) })
    return { value: review.parse(JSON.parse(message.content)) }
  }
})
