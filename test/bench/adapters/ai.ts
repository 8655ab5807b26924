/** The Vercel AI SDK: `ai` with `@ai-sdk/openai`'s chat model. */
import { createOpenAI } from "@ai-sdk/openai"
import { generateText, streamText } from "ai"
import { model, prompt } from "../payload.ts"
import type { MakeAdapter } from "./Adapter.ts"

export const make: MakeAdapter = async (baseURL) => {
  const chat = createOpenAI({ apiKey: "none", baseURL }).chat(model)
  return {
    name: "ai",
    unary: async () => (await generateText({ model: chat, prompt, maxRetries: 0 })).text,
    stream: async () => {
      let text = ""
      for await (const delta of streamText({ model: chat, prompt, maxRetries: 0 }).textStream) text += delta
      return text
    }
  }
}
