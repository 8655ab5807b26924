import { Effect } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

export const hasRedis = spawnSync("redis-server", ["--version"]).status === 0

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

const start = async () => {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), "redis-"))
  const options = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", folder]
  const server = spawn("redis-server", options, { stdio: ["ignore", "pipe", "inherit"] })
  for await (const line of server.stdout) if (String(line).includes("Ready to accept connections")) break
  server.stdout.resume()
  return { url: `redis://127.0.0.1:${port}`, server, folder }
}

/** A Redis of our own on a free port, which keeps nothing; stopped with the scope. Gives its address. */
export const redis = Effect.acquireRelease(Effect.promise(start), ({ folder, server }) =>
  Effect.promise(async () => {
    server.kill()
    if (server.exitCode === null) await once(server, "exit")
    rmSync(folder, { recursive: true, force: true })
  })
).pipe(Effect.map(({ url }) => url))
