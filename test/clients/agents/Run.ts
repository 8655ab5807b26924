import { spawn } from "node:child_process"
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type { Agent, Place } from "./Agents.ts"
import { before, file, prompt } from "./Work.ts"

/** Where agents are installed (`npm run clients:agents`). */
const folder = process.env.AGENTS ?? import.meta.dirname

const programOf = ({ installed, runs }: Agent): string => join(folder, installed, runs)

export const isInstalled = (agent: Agent): boolean => existsSync(programOf(agent))

/** What an agent has done. */
export interface Done {
  readonly code: number | null
  readonly output: string
  /** The file that it was to change. */
  readonly text: string
  readonly place: Place
}

/** Folders for one run of an agent, with its settings and its work in them. */
export const placeFor = (agent: Agent, at: Pick<Place, "url" | "key" | "model">): Place => {
  const root = mkdtempSync(join(tmpdir(), "agent-"))
  const place = { ...at, prompt, work: join(root, "work"), home: join(root, "home") }
  mkdirSync(place.work)
  mkdirSync(place.home)
  writeFileSync(join(place.work, file), before)
  for (const [path, text] of Object.entries(agent.files?.(place) ?? {})) {
    mkdirSync(dirname(join(place.home, path)), { recursive: true })
    writeFileSync(join(place.home, path), text)
  }
  return place
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // It has ended.
  }
}

/** The processes of a home of our own: some agents leave a daemon behind, in a group of its own. */
export const processesAt = (home: string): ReadonlyArray<number> =>
  globSync("/proc/[0-9]*/environ").flatMap((file) => {
    try {
      return readFileSync(file, "utf8").split("\0").includes(`HOME=${home}`) ? [Number(file.split("/")[2])] : []
    } catch {
      // It has ended, or is somebody else's.
      return []
    }
  })

/** Lets an agent work without a terminal. */
export const run = (agent: Agent, place: Place, limitMillis: number): Promise<Done> =>
  new Promise((resolve) => {
    const child = spawn(programOf(agent), agent.args(place), {
      cwd: place.work,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      env: {
        PATH: process.env.PATH,
        HOME: place.home,
        LANG: "C.UTF-8",
        NO_COLOR: "1",
        CI: "1",
        ...agent.env(place)
      }
    })
    let output = ""
    const note = (text: Buffer) => (output = (output + text.toString()).slice(-20_000))
    child.stdout.on("data", note)
    child.stderr.on("data", note)
    // What an agent has started ends with it.
    const end = () => {
      if (child.pid !== undefined) kill(-child.pid)
      for (const pid of processesAt(place.home)) kill(pid)
    }
    const timer = setTimeout(end, limitMillis)
    child.on("error", (error) => (output += String(error)))
    child.on("close", (code) => {
      clearTimeout(timer)
      end()
      const text = readFileSync(join(place.work, file), "utf8")
      rmSync(dirname(place.work), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
      resolve({ code, output, text, place })
    })
  })
