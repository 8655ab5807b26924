/** A proxy of node:http and undici that looks at nothing: `node raw.ts <upstream>` prints its address. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Pool } from "undici"

const upstream = new URL(process.argv[2] ?? "")
const pool = new Pool(upstream.origin)

const server = createServer(async (incoming, outgoing) => {
  const parts: Array<Buffer> = []
  for await (const part of incoming) parts.push(part as Buffer)
  const { body, headers, statusCode } = await pool.request({
    method: "POST",
    path: incoming.url ?? "/",
    headers: { "content-type": "application/json", authorization: "Bearer sk-upstream" },
    body: Buffer.concat(parts)
  })
  delete headers.connection
  delete headers["transfer-encoding"]
  outgoing.writeHead(statusCode, headers)
  body.pipe(outgoing)
})
server.keepAliveTimeout = 60_000
server.listen(0, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
