/**
 * Imports the built and packed package, and each of its subpaths, in fresh processes with plain node: it must
 * load, print nothing, open nothing, start nothing, read no setting, and let the process end by itself. The root must
 * do so with no optional peer installed.
 */
import { spawn } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { entryPoints, install } from "./installed.ts"
import { packSdk, temporaryFolder } from "./pack.ts"
import { sdk } from "./packages.ts"

const limitMillis = 20_000
const watch = pathToFileURL(join(import.meta.dirname, "import-watch.ts")).href

/** What is wrong with importing `specifiers` from `cwd`. */
const tryImport = (specifiers: ReadonlyArray<string>, cwd: string, owner = sdk.name): Promise<ReadonlyArray<string>> =>
  new Promise((resolve) => {
    const code = `for (const name of ${JSON.stringify(specifiers)}) await import(name); importDone()`
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
const packed = packSdk(folder)
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
const found = (await tryImport(["rude"], folder, "rude")).join("\n")
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

const names = entryPoints(packed.files).map((name) => (name === "" ? sdk.name : `${sdk.name}/${name}`))
/** The root alone, with and without its optional peers; the subpaths some to a process, and one by one where some fail. */
const together = 8
const tasks = [
  { specifiers: [sdk.name], cwd: bare },
  { specifiers: [sdk.name], cwd: full },
  ...Array.from({ length: Math.ceil(names.length / together) }, (_, index) => ({
    specifiers: names.slice(index * together, (index + 1) * together),
    cwd: full
  }))
]
let failed = 0
const queue = tasks.values()
const worker = async () => {
  for (const { cwd, specifiers } of queue) {
    const problems = await tryImport(specifiers, cwd)
    if (problems.length === 0) continue
    const before = failed
    for (const specifier of specifiers) {
      const own = specifiers.length === 1 ? problems : await tryImport([specifier], cwd)
      if (own.length === 0) continue
      failed++
      console.log(`FAIL ${specifier}${cwd === bare ? " (no optional peers)" : ""}`)
      for (const problem of own) console.log(`     ${problem}`)
    }
    if (failed === before) {
      failed++
      console.log(`FAIL ${specifiers.join(", ")}, imported together`)
      for (const problem of problems) console.log(`     ${problem}`)
    }
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, worker))
console.log(`import:check: ${names.length + 1 - failed} of ${names.length + 1} imports are clean`)
if (failed > 0) process.exitCode = 1
