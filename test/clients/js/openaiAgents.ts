import {
  Agent,
  OpenAIProvider,
  Runner,
  setTracingDisabled,
  tool as agentTool,
  type AgentInputItem
} from "@openai/agents"
import OpenAI from "openai"
import { type Cell, gateway, key, run, tool } from "./program.ts"
import { review } from "./review.ts"

setTracingDisabled(true)

const runner = new Runner({
  modelProvider: new OpenAIProvider({
    openAIClient: new OpenAI({ baseURL: `${gateway}/v1`, apiKey: key, maxRetries: 0 }) as never,
    useResponses: process.argv[2] === "responses"
  }),
  tracingDisabled: true
})

const agentOf = (cell: Cell, tools: Array<ReturnType<typeof toolOf>> = []) =>
  new Agent({
    name: "tester",
    model: cell.model,
    tools,
    ...(cell.reasoning === true && {
      modelSettings: { reasoning: { effort: "low" as const, summary: "auto" as const } }
    })
  })

const toolOf = (cell: Cell, calls: Array<{ name: string; input: unknown }>) =>
  agentTool({
    name: tool.name,
    description: tool.description,
    parameters: tool.parameters as never,
    execute: (input: unknown) => {
      calls.push({ name: tool.name, input })
      return cell.toolResult
    }
  })

const input = ({ image, prompt }: Cell): string | Array<AgentInputItem> =>
  image === undefined
    ? prompt
    : [
        {
          role: "user",
          content: [
            { type: "input_text", text: prompt },
            { type: "input_image", image: `data:image/png;base64,${image}` }
          ]
        }
      ]

const usageOf = ({ usage }: { usage: { inputTokens: number; outputTokens: number } }) => ({
  input: usage.inputTokens,
  output: usage.outputTokens
})

await run({
  whole: async (cell, { signal }) => {
    const result = await runner.run(agentOf(cell), input(cell), { signal })
    return { text: result.finalOutput, usage: usageOf(result.runContext) }
  },
  stream: async (cell, { piece, signal }) => {
    const result = await runner.run(agentOf(cell), input(cell), { signal, stream: true })
    let text = ""
    for await (const event of result) {
      if (event.type !== "raw_model_stream_event" || event.data.type !== "output_text_delta") continue
      text += event.data.delta
      piece()
    }
    await result.completed
    if (result.error !== null && result.error !== undefined) throw result.error
    return { text, usage: usageOf(result.runContext) }
  },
  tools: async (cell) => {
    const calls: Array<{ name: string; input: unknown }> = []
    const result = await runner.run(agentOf(cell, [toolOf(cell, calls)]), input(cell))
    return { calls, text: result.finalOutput }
  },
  streamedTools: async (cell) => {
    const calls: Array<{ name: string; input: unknown }> = []
    const result = await runner.run(agentOf(cell, [toolOf(cell, calls)]), input(cell), { stream: true })
    await result.completed
    return { calls, text: result.finalOutput as string | undefined }
  },
  structured: async (cell) => {
    const agent = new Agent({ name: "tester", model: cell.model, outputType: review })
    return { value: (await runner.run(agent, input(cell))).finalOutput }
  }
})
