/**
 * `npm run bench` at the root of the repository: installs the peers on first use, builds the package, runs the
 * benches, prints tables and writes `results/bench.json`.
 *
 *   npm run bench                     everything, about two minutes
 *   npm run bench -- --quick          fewer rounds, to see that it works
 *   npm run bench -- --only=import    or --only=cpu
 *   npm run bench -- --no-build       dist as it is
 */
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { cpus, platform, release, totalmem } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    "no-build": { type: "boolean", default: false }
  }
})
const here = import.meta.dirname
const root = join(here, "..", "..")
const npm = (cwd: string, ...args: ReadonlyArray<string>) =>
  execFileSync("npm", args, { cwd, stdio: ["ignore", "inherit", "inherit"], shell: process.platform === "win32" })

if (!existsSync(join(here, "node_modules", "openai"))) npm(here, "ci", "--no-audit", "--no-fund")
if (!values["no-build"]) npm(root, "run", "--silent", "build")

const machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
  system: `${platform()} ${release()}`,
  node: process.version
}
console.log(`\n${machine.cpu}, ${machine.cores} cores, ${machine.memory}, ${machine.system}, node ${machine.node}\n`)

const results: Record<string, unknown> = { date: new Date().toISOString(), machine, quick: values.quick }
if (values.only !== "cpu") {
  const { importBench } = await import("./import.bench.ts")
  results["import"] = await importBench({ runs: values.quick ? 5 : 25 })
}
if (values.only !== "import") {
  const { cpuBench } = await import("./cpu.bench.ts")
  results["cpu"] = await cpuBench(
    values.quick ? { rounds: 3, unary: 100, streams: 10 } : { rounds: 15, unary: 300, streams: 40 }
  )
}
mkdirSync(join(here, "results"), { recursive: true })
writeFileSync(join(here, "results", "bench.json"), JSON.stringify(results, null, 2) + "\n")
console.log("written to test/bench/results/bench.json")
