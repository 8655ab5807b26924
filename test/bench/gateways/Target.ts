/** A gateway that is measured: how it is started for one upstream, and how its processes are found. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readdirSync, readFileSync } from "node:fs"
import { createInterface } from "node:readline"

export interface Target {
  readonly name: string
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  /** Milliseconds from the start of the process to its first response. */
  readonly startMillis: number
  readonly process: ChildProcess
}

export interface Command {
  readonly name: string
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly env?: { readonly [name: string]: string }
  /** Where it listens; without it, the first address that it prints. */
  readonly url?: string
  readonly headers?: { readonly [name: string]: string }
  /** A path that says when it can serve; without it, a call has to succeed. */
  readonly ready?: string
}

const request = { model: "gpt-4o-mini", messages: [{ role: "user", content: "Hello" }] }

/** Starts a gateway, and waits until it responds. */
export const start = async (command: Command, timeoutMillis = 180_000): Promise<Target> => {
  const began = performance.now()
  const child = spawn(command.command, command.args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...command.env },
    detached: true
  })
  const output: Array<string> = []
  child.stderr.on("data", (text) => output.push(String(text)))
  const headers = { "content-type": "application/json", ...command.headers }
  const url =
    command.url ??
    (await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        output.push(line)
        const found = /https?:\/\/[\w.:[\]]+/.exec(line)?.[0]
        if (found !== undefined) resolve(found)
      })
      child.once("exit", () => reject(new Error(`${command.name} ended: ${output.join("\n").slice(-2000)}`)))
    }))
  child.stdout.resume()
  const ask = () =>
    command.ready === undefined
      ? fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body: JSON.stringify(request) })
      : fetch(url + command.ready)
  while (performance.now() - began < timeoutMillis) {
    const response = await ask().catch(() => undefined)
    if (response?.ok === true) {
      await response.text()
      return { name: command.name, url, headers, startMillis: performance.now() - began, process: child }
    }
    if (child.exitCode !== null) break
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await stop(child)
  throw new Error(`${command.name} did not respond: ${output.join("\n").slice(-2000)}`)
}

/** Ends a gateway and all its processes. */
export const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.pid === undefined) return
  const exited = once(child, "exit")
  process.kill(-child.pid, "SIGKILL")
  await exited
}

interface Figures {
  readonly parent: number
  readonly cpuTicks: number
  readonly residentPages: number
}

const figuresOf = (pid: number): Figures | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    const at = (index: number) => Number(fields[index] ?? 0)
    return { parent: at(1), cpuTicks: at(11) + at(12), residentPages: at(21) }
  } catch {
    return undefined
  }
}

/** A process and all that it started. */
const treeOf = (root: number): ReadonlyArray<Figures> => {
  const all = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name): ReadonlyArray<readonly [number, Figures]> => {
        const figures = figuresOf(Number(name))
        return figures === undefined ? [] : [[Number(name), figures]]
      })
  )
  const isWithin = (pid: number): boolean => {
    const figures = all.get(pid)
    return pid === root || (figures !== undefined && figures.parent > 1 && isWithin(figures.parent))
  }
  return [...all].filter(([pid]) => isWithin(pid)).map(([, figures]) => figures)
}

/** CPU time of a gateway's processes so far, to 10 ms. */
export const cpuMicros = ({ process: { pid = 0 } }: Target): number =>
  treeOf(pid).reduce((sum, { cpuTicks }) => sum + cpuTicks * 10_000, 0)

/** Resident memory of a gateway's processes. */
export const residentBytes = ({ process: { pid = 0 } }: Target): number =>
  treeOf(pid).reduce((sum, { residentPages }) => sum + residentPages * 4096, 0)
