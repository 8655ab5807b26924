/** Starts Redis and Postgres as Debian packages them, on free ports of 127.0.0.1, with their data in a temporary folder. */
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { accessSync, chownSync, constants, globSync, mkdtempSync, rmSync, statSync } from "node:fs"
import { connect, createServer, type AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"

export interface Server {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Ends the process; with `SIGKILL` at once. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>
}

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

const find = (name: string, folders: ReadonlyArray<string> = []): string | undefined =>
  [...folders, ...(process.env["PATH"] ?? "").split(delimiter)].map((folder) => join(folder, name)).find(isExecutable)

/** Newest first; Debian keeps the programs of Postgres out of the PATH. */
const postgresFolders = globSync("/usr/lib/postgresql/*/bin").toSorted().toReversed()

/** What is installed; tests that need what is not skip. */
export const programs = { redis: find("redis-server"), postgres: find("initdb", postgresFolders) }

export const freePort = async (): Promise<number> => {
  const server = createServer()
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    const end = (isOpen: boolean) => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.once("connect", () => end(true)).once("error", () => end(false))
  })

const ready = async (child: ChildProcess, name: string, isReady: () => Promise<boolean>): Promise<void> => {
  for (let waited = 0; waited < 30_000; waited += 20) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`)
    if (await isReady()) return
    await sleep(20)
  }
  throw new Error(`${name} accepts no connection`)
}

const stopper =
  (child: ChildProcess, normal: NodeJS.Signals, folder: string) =>
  async (signal: NodeJS.Signals = normal): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal)
      await once(child, "exit")
    }
    rmSync(folder, { recursive: true, force: true })
  }

/** On a given port to start a server that was stopped again; it keeps nothing. */
export const startRedis = async (port?: number, more: ReadonlyArray<string> = []): Promise<Server> => {
  if (programs.redis === undefined) throw new Error("redis-server is not installed")
  const folder = mkdtempSync(join(tmpdir(), "redis-"))
  const at = port ?? (await freePort())
  const args = ["--port", `${at}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder, ...more]
  const child = spawn(programs.redis, args, { stdio: "ignore" })
  await ready(child, "redis-server", () => accepts(at))
  return { url: `redis://127.0.0.1:${at}`, port: at, pid: child.pid ?? 0, stop: stopper(child, "SIGTERM", folder) }
}

const run = promisify(execFile)

/** Postgres refuses to run as root, so root starts it as the user that its package has created. */
const postgresUser = async (): Promise<{ readonly uid: number; readonly gid: number } | undefined> => {
  if (process.getuid?.() !== 0) return undefined
  const idOf = async (option: string) => Number((await run("id", [option, "postgres"])).stdout)
  return { uid: await idOf("-u"), gid: await idOf("-g") }
}

export const startPostgres = async (): Promise<Server> => {
  const { postgres: initdb } = programs
  if (initdb === undefined) throw new Error("postgres is not installed")
  const folder = mkdtempSync(join(tmpdir(), "postgres-"))
  const user = await postgresUser()
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, "data")
  await run(initdb, ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "--no-instructions"], {
    ...user,
    cwd: folder
  })
  const port = await freePort()
  const settings = ["listen_addresses=127.0.0.1", "fsync=off", "full_page_writes=off", "max_connections=200"]
  const args = ["-D", data, "-k", folder, "-p", `${port}`, ...settings.flatMap((setting) => ["-c", setting])]
  const program = join(initdb, "..", "postgres")
  const child = spawn(program, args, { ...user, cwd: folder, stdio: "ignore" })
  // It accepts connections before it serves them.
  const probe = ["-h", "127.0.0.1", "-p", `${port}`]
  await ready(child, "postgres", () =>
    run(join(initdb, "..", "pg_isready"), probe).then(
      () => true,
      () => false
    )
  )
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  return { url, port, pid: child.pid ?? 0, stop: stopper(child, "SIGINT", folder) }
}
