/**
 * Runs once around all tests. Starts Redis and Postgres on ports of their own when a test first asks for them, where their
 * programs are installed, and ends them after the last test.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { TestProject } from "vitest/node"
import { programs, type Server, startPostgres, startRedis } from "./servers.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** Where the servers are to be had: `GET /redis` and `GET /postgres` answer with a URL. */
    readonly services: string
    readonly hasRedis: boolean
    readonly hasPostgres: boolean
  }
}

export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const started = new Map<string, Promise<Server>>()
  const starters: Record<string, () => Promise<Server>> = { "/redis": () => startRedis(), "/postgres": startPostgres }
  const control = createServer((request, response) => {
    const path = request.url ?? ""
    const start = starters[path]
    if (start === undefined) return void response.writeHead(404).end()
    const server = started.get(path) ?? start()
    started.set(path, server)
    server.then(
      ({ url }) => response.end(url),
      (error: unknown) => response.writeHead(500).end(String(error))
    )
  })
  await new Promise<void>((resolve) => control.listen(0, "127.0.0.1", resolve))
  project.provide("services", `http://127.0.0.1:${(control.address() as AddressInfo).port}`)
  project.provide("hasRedis", programs.redis !== undefined)
  project.provide("hasPostgres", programs.postgres !== undefined)
  return async () => {
    control.closeAllConnections()
    control.close()
    await Promise.allSettled([...started.values()].map(async (server) => (await server).stop()))
  }
}
