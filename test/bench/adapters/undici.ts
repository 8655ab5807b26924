/** The floor: undici's `request`. A unary answer is parsed as JSON; of a stream the bytes are read and not looked at. */
import { request } from "undici"
import { model, prompt } from "../payload.ts"
import type { MakeAdapter } from "./Adapter.ts"

export const make: MakeAdapter = async (baseUrl) => {
  const post = async (stream: boolean) => {
    const { body } = await request(`${baseUrl}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer none" },
      body: JSON.stringify({
        model,
        messages: [{ role: "user", content: prompt }],
        ...(stream ? { stream, stream_options: { include_usage: true } } : {})
      })
    })
    return body
  }
  return {
    name: "undici",
    unary: async () => {
      const answer = (await (await post(false)).json()) as { choices: [{ message: { content: string } }] }
      return answer.choices[0].message.content
    },
    stream: async () => {
      let bytes = 0
      for await (const part of await post(true)) bytes += (part as Buffer).length
      return bytes
    }
  }
}
