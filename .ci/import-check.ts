/**
 * Imports the built and packed package, and each of its subpaths, in a process of its own with plain node: it must
 * load, print nothing, open nothing, start nothing, read no setting, and let the process end by itself. The root must
 * do so with no optional peer installed.
 */
import { spawn } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { entryPoints, install, pack, packageJson, temporaryFolder } from "./pack.ts"

const limitMillis = 20_000
const watch = pathToFileURL(join(import.meta.dirname, "import-watch.ts")).href

/** What is wrong with importing `specifier` from `cwd`. */
const tryImport = (specifier: string, cwd: string, owner = packageJson.name): Promise<ReadonlyArray<string>> =>
  new Promise((resolve) => {
    const code = `await import(${JSON.stringify(specifier)}); importDone()`
    const child = spawn(process.execPath, ["--import", watch, "--input-type=module", "--eval", code], {
      cwd,
      env: { ...process.env, NODE_OPTIONS: "", IMPORT_CHECK_OWNER: `/node_modules/${owner}/` },
      stdio: ["ignore", "pipe", "pipe", "pipe"]
    })
    const chunks: Array<string> = ["", "", "", ""]
    for (const fd of [1, 2, 3]) {
      child.stdio[fd]?.on("data", (chunk: Buffer) => {
        chunks[fd] += chunk.toString()
      })
    }
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill("SIGKILL")
    }, limitMillis)
    child.on("close", (status) => {
      clearTimeout(timer)
      const [, out = "", error = "", notes = ""] = chunks
      if (late) return resolve([`did not end within ${limitMillis} ms`])
      if (status !== 0) {
        return resolve([`ended with ${status}: ${error.trim().split("\n").slice(0, 8).join("\n       ")}`])
      }
      const printed = (out + error).trim()
      resolve([...(printed === "" ? [] : [`printed: ${printed}`]), ...(JSON.parse(notes) as ReadonlyArray<string>)])
    })
  })

const folder = temporaryFolder()
const full = join(folder, "full")
const bare = join(folder, "bare")
const packed = pack(folder)
install(packed.tarball, full, { optionalPeers: true })
install(packed.tarball, bare, { optionalPeers: false })

// A package that does everything it should not, to know that the check can fail.
const rude = join(folder, "node_modules", "rude")
mkdirSync(rude, { recursive: true })
writeFileSync(join(rude, "package.json"), `{ "name": "rude", "type": "module", "exports": "./index.js" }`)
writeFileSync(
  join(rude, "index.js"),
  `import * as fs from "node:fs"
  console.log("hello"); process.env.HOME; fs.openSync("package.json"); setTimeout(() => {}, 1500).ref(); fetch("http://127.0.0.1:1").catch(() => {})`
)
writeFileSync(join(folder, "package.json"), "{}")
const found = (await tryImport("rude", folder, "rude")).join("\n")
for (const word of [
  "hello",
  "process.env.HOME",
  "openSync",
  "setTimeout",
  "fetch",
  "open files",
  "left running",
  "went on"
]) {
  if (!found.includes(word)) throw new Error(`The import check no longer sees "${word}":\n${found}`)
}

const names = entryPoints(packed.files).map((name) => (name === "" ? packageJson.name : `${packageJson.name}/${name}`))
const tasks = [
  { label: `${packageJson.name} (no optional peers)`, specifier: packageJson.name, cwd: bare },
  ...names.map((specifier) => ({ label: specifier, specifier, cwd: full }))
]
let failed = 0
const queue = tasks.values()
const worker = async () => {
  for (const { cwd, label, specifier } of queue) {
    const problems = await tryImport(specifier, cwd)
    if (problems.length === 0) continue
    failed++
    console.log(`FAIL ${label}`)
    for (const problem of problems) console.log(`     ${problem}`)
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, worker))
console.log(`import:check: ${tasks.length - failed} of ${tasks.length} imports are clean`)
if (failed > 0) process.exitCode = 1
