/**
 * The least that a client can do: undici's dispatcher asked directly, every frame cut at its blank line and parsed as
 * JSON, its text added up. No retry, error, event or usage.
 */
import { Agent } from "undici"
import { model, prompt } from "../payload.ts"
import type { MakeAdapter } from "./Adapter.ts"

export const make: MakeAdapter = async (baseUrl) => {
  const agent = new Agent()
  const { origin, pathname } = new URL(`${baseUrl}/chat/completions`)
  const post = (stream: boolean, read: (part: Buffer) => void) =>
    new Promise<void>((resolve, reject) => {
      const body = JSON.stringify({
        model,
        messages: [{ role: "user", content: prompt }],
        ...(stream ? { stream, stream_options: { include_usage: true } } : {})
      })
      const headers = { "content-type": "application/json", authorization: "Bearer none" }
      agent.dispatch(
        { origin, path: pathname, method: "POST", headers, body },
        {
          onRequestStart: () => {},
          onResponseStart: () => {},
          onResponseData: (_, part) => read(part),
          onResponseEnd: () => resolve(),
          onResponseError: (_, error) => reject(error)
        }
      )
    })
  return {
    name: "dispatcher",
    unary: async () => {
      const parts: Array<Buffer> = []
      await post(false, (part) => parts.push(part))
      const answer = JSON.parse(Buffer.concat(parts).toString()) as { choices: [{ message: { content: string } }] }
      return answer.choices[0].message.content
    },
    stream: async () => {
      const decoder = new TextDecoder()
      let rest = ""
      let text = ""
      await post(true, (part) => {
        rest += decoder.decode(part, { stream: true })
        for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
          const data = rest.slice("data: ".length, end)
          rest = rest.slice(end + 2)
          if (data === "[DONE]") continue
          const chunk = JSON.parse(data) as { choices: Array<{ delta: { content?: string } }> }
          text += chunk.choices[0]?.delta.content ?? ""
        }
      })
      return text
    },
    close: () => agent.close()
  }
}
