/** The floor: undici's `request`, bytes read and not looked at. */
import { Pool } from "undici"
import { model, prompt } from "../payload.ts"
import type { MakeAdapter } from "./Adapter.ts"

export const make: MakeAdapter = async (baseUrl) => {
  const { origin, pathname } = new URL(baseUrl)
  const pool = new Pool(origin)
  const post = async (stream: boolean) => {
    const { body } = await pool.request({
      method: "POST",
      path: `${pathname}/chat/completions`,
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
    unary: async () => (await (await post(false)).bytes()).length,
    stream: async () => {
      let bytes = 0
      for await (const part of await post(true)) bytes += (part as Buffer).length
      return bytes
    },
    close: () => pool.close()
  }
}
