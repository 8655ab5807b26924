import { Effect } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

/** A vector in which each word of a text has its place. */
const embed = (text: string): ReadonlyArray<number> => {
  const vector = Array.from({ length: 64 }, () => 0)
  for (const word of text.toLowerCase().match(/[a-z]+/g) ?? []) {
    const place = Array.from(word.slice(0, 4)).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 64, 7)
    vector[place] = (vector[place] ?? 0) + 1
  }
  return vector
}

/** A server that answers as OpenAI's embeddings do; closed with the scope. Gives its address. */
export const serveEmbeddings = Effect.acquireRelease(
  Effect.callback<{ readonly url: string; readonly close: () => void }>((resume) => {
    const server = createServer((request, response) => {
      let body = ""
      request
        .on("data", (part) => (body += part))
        .on("end", () => {
          const { input, model } = JSON.parse(body) as { input: ReadonlyArray<string>; model: string }
          const tokens = input.join(" ").split(/\s+/).length
          const data = input.map((text, index) => ({ object: "embedding", index, embedding: embed(text) }))
          response.setHeader("content-type", "application/json")
          response.end(
            JSON.stringify({ object: "list", model, data, usage: { prompt_tokens: tokens, total_tokens: tokens } })
          )
        })
    })
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, close: () => server.close() }))
    })
  }),
  ({ close }) => Effect.sync(close)
).pipe(Effect.map(({ url }) => url))
