/**
 * Preloaded by `import-check.ts` into a process that imports one module: notes what the package does while it loads.
 * Only calls with a frame of the package on the stack are noted; what its dependencies do by themselves is theirs.
 */
import { readdirSync, writeSync } from "node:fs"
import { createRequire, syncBuiltinESMExports } from "node:module"

declare global {
  /** Called once the import is done. */
  var importDone: () => void
}

const owner = process.env.IMPORT_CHECK_OWNER ?? ""
const require = createRequire(import.meta.url)
const noted = new Set<string>()
Error.stackTraceLimit = 100

const note = (what: string): void => {
  const frame = new Error().stack?.split("\n").find((line) => line.includes(owner))
  if (frame !== undefined) noted.add(`${what}, ${frame.trim().replace(/^at .*node_modules\//, "at ")}`)
}

const wrap = (holder: object, name: string, label: string): void => {
  const original: unknown = Reflect.get(holder, name)
  if (typeof original !== "function") return
  const watched = new Proxy(original, {
    apply(target, self, args) {
      note(label)
      return Reflect.apply(target, self, args) as unknown
    },
    construct(target, args, newTarget) {
      note(label)
      return Reflect.construct(target, args, newTarget) as object
    }
  })
  Reflect.set(holder, name, watched)
}

const watchModule = (module: string, pattern: RegExp): void => {
  const exported = require(module) as object
  for (const name of Object.keys(exported)) if (pattern.test(name)) wrap(exported, name, `${module} ${name}`)
}

const openFiles = (): number => (process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0)
const resources = (): ReadonlyArray<string> => process.getActiveResourcesInfo()

watchModule("node:fs", /^(?!_|.*(Stat|Dir|Dirent|Stream)s?$)[a-z]/)
watchModule("node:fs/promises", /^[a-z]/)
watchModule("node:timers", /^set/)
watchModule("node:child_process", /^(exec|fork|spawn)/)
watchModule("node:dns", /^(lookup|resolve)/)
watchModule("node:http", /^(get|request|createServer)$/)
watchModule("node:https", /^(get|request|createServer)$/)
watchModule("node:http2", /^(connect|create.*Server)$/)
watchModule("node:worker_threads", /^Worker$/)
for (const name of ["setTimeout", "setInterval", "setImmediate", "fetch", "WebSocket", "EventSource"]) {
  wrap(globalThis, name, name)
}
const net = require("node:net") as typeof import("node:net")
wrap(net.Socket.prototype, "connect", "socket connect")
wrap(net.Server.prototype, "listen", "server listen")
process.env = new Proxy(process.env, {
  get(target, name) {
    note(`process.env.${String(name)}`)
    return Reflect.get(target, name) as unknown
  },
  ownKeys(target) {
    note("process.env")
    return Reflect.ownKeys(target)
  }
})
syncBuiltinESMExports()

const filesBefore = openFiles()
const resourcesBefore = resources()
globalThis.importDone = () => {
  const files = openFiles() - filesBefore
  if (files > 0) noted.add(`${files} open files`)
  const left = [...resources()]
  for (const name of resourcesBefore) if (left.includes(name)) left.splice(left.indexOf(name), 1)
  if (left.length > 0) noted.add(`left running: ${left.join(", ")}`)
  const done = performance.now()
  process.on("exit", () => {
    const wait = performance.now() - done
    if (wait > 1000) noted.add(`the process went on for ${wait.toFixed(0)} ms`)
    writeSync(3, JSON.stringify([...noted]))
  })
}
