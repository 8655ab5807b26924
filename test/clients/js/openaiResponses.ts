import OpenAI from "openai"
import { zodTextFormat } from "openai/helpers/zod"
import { type Cell, gateway, key, type Observation, run, tool } from "./program.ts"
import { review } from "./review.ts"

const openai = new OpenAI({ baseURL: `${gateway}/v1`, apiKey: key, maxRetries: 0 })

const input = ({ image, prompt }: Cell): Array<OpenAI.Responses.ResponseInputItem> => [
  {
    role: "user",
    content:
      image === undefined
        ? prompt
        : [
            { type: "input_text", text: prompt },
            { type: "input_image", image_url: `data:image/png;base64,${image}`, detail: "auto" }
          ]
  }
]

const request = (cell: Cell) => ({
  model: cell.model,
  input: input(cell),
  ...(cell.reasoning === true && { reasoning: { effort: "low" as const, summary: "auto" as const } })
})

const usageOf = (usage: OpenAI.Responses.ResponseUsage | undefined): Observation["usage"] =>
  usage && { input: usage.input_tokens, output: usage.output_tokens }

const reasoningOf = ({ output }: OpenAI.Responses.Response): string =>
  output.flatMap((item) => (item.type === "reasoning" ? item.summary.map(({ text }) => text) : [])).join("")

const tools = [{ type: "function" as const, strict: true, ...tool }]

const callsOf = ({ output }: OpenAI.Responses.Response) => output.filter((item) => item.type === "function_call")

/** What follows when the model has called tools. */
const following = (cell: Cell, first: OpenAI.Responses.Response) => ({
  ...request(cell),
  tools,
  input: [
    ...input(cell),
    ...(first.output as Array<OpenAI.Responses.ResponseInputItem>),
    ...callsOf(first).map(({ call_id }) => ({
      type: "function_call_output" as const,
      call_id,
      output: cell.toolResult
    }))
  ]
})

const called = (response: OpenAI.Responses.Response) =>
  callsOf(response).map((call) => ({ name: call.name, input: JSON.parse(call.arguments) as unknown }))

await run({
  whole: async (cell, { signal }) => {
    const response = await openai.responses.create(request(cell), { signal })
    return { text: response.output_text, reasoning: reasoningOf(response), usage: usageOf(response.usage) }
  },
  stream: async (cell, { piece, signal }) => {
    const stream = await openai.responses.create({ ...request(cell), stream: true }, { signal })
    let text = ""
    let reasoning = ""
    let usage: Observation["usage"]
    for await (const event of stream) {
      if (event.type === "response.output_text.delta") {
        text += event.delta
        piece()
      }
      if (event.type === "response.reasoning_summary_text.delta") reasoning += event.delta
      if (event.type === "response.completed") usage = usageOf(event.response.usage)
    }
    return { text, reasoning, usage }
  },
  helper: async (cell, { signal }) => {
    const response = await openai.responses.stream(request(cell), { signal }).finalResponse()
    if (response.status !== "completed") return { text: `a response that is ${response.status}` }
    return { text: response.output_text, usage: usageOf(response.usage) }
  },
  tools: async (cell) => {
    const first = await openai.responses.create({ ...request(cell), tools })
    const second = await openai.responses.create(following(cell, first))
    return { calls: called(first), text: second.output_text }
  },
  streamedTools: async (cell) => {
    const first = await openai.responses.stream({ ...request(cell), tools }).finalResponse()
    const second = await openai.responses.stream(following(cell, first)).finalResponse()
    return { calls: called(first), text: second.output_text }
  },
  structured: async (cell) => {
    const response = await openai.responses.parse({
      ...request(cell),
      text: { format: zodTextFormat(review, "review") }
    })
    return { value: response.output_parsed }
  }
})
