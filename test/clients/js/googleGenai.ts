import { type Content, type GenerateContentConfig, type GenerateContentResponse, GoogleGenAI } from "@google/genai"
import { z } from "zod"
import { type Cell, gateway, key, type Observation, run, tool } from "./program.ts"
import { review } from "./review.ts"

const google = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: gateway } })

const contents = ({ image, prompt }: Cell): Array<Content> => [
  {
    role: "user",
    parts: [{ text: prompt }, ...(image === undefined ? [] : [{ inlineData: { mimeType: "image/png", data: image } }])]
  }
]

const request = (cell: Cell, config: GenerateContentConfig = {}) => ({
  model: cell.model,
  contents: contents(cell),
  config: { ...config, ...(cell.reasoning === true && { thinkingConfig: { includeThoughts: true } }) }
})

const partsOf = (response: GenerateContentResponse) => response.candidates?.[0]?.content?.parts ?? []

const textOf = (response: GenerateContentResponse, thought: boolean) =>
  partsOf(response)
    .filter((part) => (part.thought === true) === thought)
    .map(({ text = "" }) => text)
    .join("")

const usageOf = ({ usageMetadata: usage }: GenerateContentResponse): Observation["usage"] =>
  usage && {
    input: usage.promptTokenCount,
    output: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0)
  }

const tools = [
  {
    functionDeclarations: [{ name: tool.name, description: tool.description, parametersJsonSchema: tool.parameters }]
  }
]

/** The two turns of a conversation with a tool, through the client's own chat. */
const conversation = async (
  cell: Cell,
  send: (message: string | Array<object>) => Promise<Array<GenerateContentResponse>>
) => {
  const first = await send(cell.prompt)
  const calls = first.flatMap((response) => response.functionCalls ?? [])
  const second = await send(
    calls.map(({ id, name }) => ({ functionResponse: { id, name, response: { output: cell.toolResult } } }))
  )
  return {
    calls: calls.map(({ args, name = "" }) => ({ name, input: args })),
    text: second.map((response) => textOf(response, false)).join("")
  }
}

await run({
  whole: async (cell, { signal }) => {
    const response = await google.models.generateContent(request(cell, { abortSignal: signal }))
    return { text: textOf(response, false), reasoning: textOf(response, true), usage: usageOf(response) }
  },
  stream: async (cell, { piece, signal }) => {
    let text = ""
    let reasoning = ""
    let usage: Observation["usage"]
    for await (const response of await google.models.generateContentStream(request(cell, { abortSignal: signal }))) {
      text += textOf(response, false)
      reasoning += textOf(response, true)
      usage = usageOf(response) ?? usage
      if (text !== "") piece()
    }
    return { text, reasoning, usage }
  },
  helper: async (cell, { signal }) => {
    const chat = google.chats.create({ model: cell.model })
    let text = ""
    let usage: Observation["usage"]
    for await (const response of await chat.sendMessageStream({
      message: cell.prompt,
      config: { abortSignal: signal }
    })) {
      text += textOf(response, false)
      usage = usageOf(response) ?? usage
    }
    return { text, usage }
  },
  tools: async (cell) => {
    const chat = google.chats.create({ model: cell.model, config: { tools } })
    return conversation(cell, async (message) => [await chat.sendMessage({ message })])
  },
  streamedTools: async (cell) => {
    const chat = google.chats.create({ model: cell.model, config: { tools } })
    return conversation(cell, async (message) => {
      const responses: Array<GenerateContentResponse> = []
      for await (const response of await chat.sendMessageStream({ message })) responses.push(response)
      return responses
    })
  },
  structured: async (cell) => {
    const response = await google.models.generateContent(
      request(cell, { responseMimeType: "application/json", responseJsonSchema: z.toJSONSchema(review) })
    )
    return { value: review.parse(JSON.parse(response.text ?? "")) }
  }
})
