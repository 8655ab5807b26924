/** The official `openai` package. */
import OpenAI from "openai"
import { model, prompt } from "../payload.ts"
import type { MakeAdapter } from "./Adapter.ts"

export const make: MakeAdapter = async (baseURL) => {
  const client = new OpenAI({ apiKey: "none", baseURL, maxRetries: 0 })
  const messages = [{ role: "user" as const, content: prompt }]
  return {
    name: "openai",
    unary: async () => {
      const answer = await client.chat.completions.create({ model, messages })
      return answer.choices[0]?.message.content ?? ""
    },
    stream: async () => {
      const events = await client.chat.completions.create({
        model,
        messages,
        stream: true,
        stream_options: { include_usage: true }
      })
      let text = ""
      for await (const event of events) text += event.choices[0]?.delta.content ?? ""
      return text
    }
  }
}
