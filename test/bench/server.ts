/**
 * A server that speaks OpenAI chat completions, in a process of its own: started with `fork`, it sends its address.
 * A stream is 100 chunks and `[DONE]`, each written by itself with a turn of the event loop between two of them.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { setImmediate } from "node:timers/promises"
import { chunks, completion } from "./payload.ts"

const unary = Buffer.from(JSON.stringify(completion))
const frames = [...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), "data: [DONE]\n\n"].map((frame) =>
  Buffer.from(frame)
)
const headers = {
  "openai-processing-ms": "412",
  "openai-version": "2020-10-01",
  "x-request-id": "req_0123456789abcdef0123456789abcdef",
  "x-ratelimit-limit-requests": "10000",
  "x-ratelimit-limit-tokens": "2000000",
  "x-ratelimit-remaining-requests": "9999",
  "x-ratelimit-remaining-tokens": "1999962",
  "x-ratelimit-reset-requests": "6ms",
  "x-ratelimit-reset-tokens": "1ms"
}

const server = createServer(async (request, response) => {
  const body: Array<Buffer> = []
  for await (const part of request) body.push(part as Buffer)
  if (request.method !== "POST" || request.url !== "/v1/chat/completions") {
    response.writeHead(404).end()
    return
  }
  const asked = JSON.parse(Buffer.concat(body).toString()) as { stream?: boolean }
  if (asked.stream !== true) {
    response.writeHead(200, { ...headers, "content-type": "application/json", "content-length": unary.length })
    response.end(unary)
    return
  }
  response.socket?.setNoDelay(true)
  response.writeHead(200, { ...headers, "content-type": "text/event-stream; charset=utf-8" })
  for (const frame of frames) {
    response.write(frame)
    await setImmediate()
  }
  response.end()
})
server.keepAliveTimeout = 60_000
server.listen(0, "127.0.0.1", () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`)
})
process.on("disconnect", () => process.exit())
