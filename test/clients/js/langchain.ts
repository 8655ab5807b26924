import {
  type AIMessage,
  type AIMessageChunk,
  HumanMessage,
  ToolMessage,
  type UsageMetadata
} from "@langchain/core/messages"
import { ChatOpenAI } from "@langchain/openai"
import { type Cell, gateway, key, type Observation, run, tool } from "./program.ts"
import { review } from "./review.ts"

const useResponsesApi = process.argv[2] === "responses"

const modelOf = (cell: Cell) =>
  new ChatOpenAI({
    model: cell.model,
    apiKey: key,
    maxRetries: 0,
    useResponsesApi,
    configuration: { baseURL: `${gateway}/v1` },
    ...(cell.reasoning === true && { reasoning: { effort: "low" as const } })
  })

const messages = ({ image, prompt }: Cell) => [
  new HumanMessage({
    content:
      image === undefined
        ? prompt
        : [
            { type: "text", text: prompt },
            { type: "image_url", image_url: { url: `data:image/png;base64,${image}` } }
          ]
  })
]

const usageOf = (usage: UsageMetadata | undefined): Observation["usage"] =>
  usage && { input: usage.input_tokens, output: usage.output_tokens }

const tools = [{ type: "function" as const, function: tool }]

const following = (cell: Cell, message: AIMessage) => [
  ...messages(cell),
  message,
  ...(message.tool_calls ?? []).map(({ id }) => new ToolMessage({ tool_call_id: id ?? "", content: cell.toolResult }))
]

const called = ({ tool_calls = [] }: AIMessage) => tool_calls.map(({ args, name }) => ({ name, input: args }))

await run({
  whole: async (cell, { signal }) => {
    const message = await modelOf(cell).invoke(messages(cell), { signal })
    return { text: message.text, usage: usageOf(message.usage_metadata) }
  },
  stream: async (cell, { piece, signal }) => {
    let whole: AIMessageChunk | undefined
    for await (const chunk of await modelOf(cell).stream(messages(cell), { signal })) {
      whole = whole === undefined ? chunk : whole.concat(chunk)
      if (chunk.text !== "") piece()
    }
    return { text: whole?.text, usage: usageOf(whole?.usage_metadata) }
  },
  tools: async (cell) => {
    const model = modelOf(cell).bindTools(tools)
    const first = await model.invoke(messages(cell))
    const second = await model.invoke(following(cell, first))
    return { calls: called(first), text: second.text }
  },
  streamedTools: async (cell) => {
    const model = modelOf(cell).bindTools(tools)
    let first: AIMessageChunk | undefined
    for await (const chunk of await model.stream(messages(cell)))
      first = first === undefined ? chunk : first.concat(chunk)
    let text = ""
    for await (const chunk of await model.stream(following(cell, first!))) text += chunk.text
    return { calls: called(first!), text }
  },
  structured: async (cell) => ({
    value: await modelOf(cell).withStructuredOutput(review, { method: "jsonSchema" }).invoke(messages(cell))
  })
})
