/**
 * What it takes to start a gateway, and what it holds when it is idle, beside a bare server of Node's that is started in turn
 * with it. CPU time is compared, which a busy machine changes least; it is known on Linux only.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import { createServer } from "node:net"
import { dirname } from "node:path"

interface Started {
  readonly millis: number
  readonly cpuMillis: number
  /** Resident memory a second later. */
  readonly megabytes: number
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  if (address === null || typeof address === "string") throw new Error("there is no free port")
  return address.port
}

const pause = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis))

const figuresOf = (pid: number | undefined) => {
  const read = (name: string) => readFileSync(`/proc/${pid}/${name}`, "utf8")
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(read("status")) ?? []
  const [, ticks = ""] = read("stat").split(") ")
  const [user, system] = ticks.split(" ").slice(11, 13).map(Number)
  return { megabytes: Number(kilobytes) / 1000, cpuMillis: (Number(user) + Number(system)) * 10 }
}

const start = async (argsOf: (port: number) => ReadonlyArray<string>, cwd: string): Promise<Started> => {
  const port = await freePort()
  const began = performance.now()
  const child = spawn(process.execPath, argsOf(port), { cwd, stdio: ["ignore", "ignore", "pipe"] })
  const errors: Array<string> = []
  child.stderr.on("data", (text) => errors.push(String(text)))
  const ended = once(child, "exit")
  try {
    while (child.exitCode === null) {
      const response = await fetch(`http://127.0.0.1:${port}/health/live`).catch(() => undefined)
      if (response?.ok === true) {
        const millis = performance.now() - began
        const { cpuMillis } = figuresOf(child.pid)
        await response.arrayBuffer()
        await pause(1000)
        return { millis, cpuMillis, megabytes: figuresOf(child.pid).megabytes }
      }
      await pause(2)
    }
    throw new Error(errors.join(""))
  } finally {
    child.kill("SIGKILL")
    await ended
  }
}

const bareServer = (port: number) => [
  "--eval",
  `require("node:http").createServer((_, response) => response.end("ok")).listen(${port}, "127.0.0.1")`
]

export interface StartCheck {
  readonly summary: string
  readonly problems: ReadonlyArray<string>
}

/** Serves these settings and starts a bare server, in turn; the quickest start of each is told. */
export const startCheck = async (
  cli: string,
  settings: string,
  most: { readonly times: number; readonly megabytes: number }
): Promise<StartCheck> => {
  if (!existsSync("/proc/self/stat")) return { summary: "is not measured on this system", problems: [] }
  const bare: Array<Started> = []
  const served: Array<Started> = []
  for (let round = 0; round < 6; round++) {
    bare.push(await start(bareServer, dirname(settings)))
    served.push(await start((port) => [cli, "serve", settings, "--port", String(port)], dirname(settings)))
  }
  const least = (all: ReadonlyArray<Started>, figure: keyof Started) => Math.min(...all.map((each) => each[figure]))
  // It is counted in steps of 10 ms, of which a bare server takes few.
  const total = (all: ReadonlyArray<Started>) => all.reduce((sum, { cpuMillis }) => sum + cpuMillis, 0)
  const times = total(served) / total(bare)
  const held = least(served, "megabytes") - least(bare, "megabytes")
  const [millis, bareMillis] = [least(served, "millis"), least(bare, "millis")].map((millis) => millis.toFixed(0))
  return {
    summary: `responds after ${millis} ms (a bare server: ${bareMillis}), with ${times.toFixed(1)} x its CPU time, and holds ${held.toFixed(0)} MB more`,
    problems: [
      ...(times <= most.times ? [] : [`more than ${most.times} x`]),
      ...(held <= most.megabytes ? [] : [`more than ${most.megabytes} MB`])
    ]
  }
}
