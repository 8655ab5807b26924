/**
 * Speaks OpenAI chat completions over as many streams as are opened, in a process of its own. Each has 30 chunks, one every
 * two seconds, the first after a random part of that.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { chunks } from "./payload.ts"

const frames = chunks.slice(0, 30).map((chunk) => Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`))
const last = Buffer.from(
  `data: ${JSON.stringify(chunks.at(-2))}\n\ndata: ${JSON.stringify(chunks.at(-1))}\n\ndata: [DONE]\n\n`
)

const server = createServer((request, response) => {
  request.resume().on("end", () => {
    response.socket?.setNoDelay(true)
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" })
    let sent = 0
    const send = () => {
      const frame = frames[sent++]
      if (frame === undefined) return void response.end(last)
      response.write(frame)
      setTimeout(send, 2000)
    }
    setTimeout(send, Math.random() * 2000)
  })
})
server.keepAliveTimeout = 60_000
server.listen({ port: 0, host: "127.0.0.1", backlog: 20_000 }, () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`)
})
process.on("disconnect", () => process.exit())
