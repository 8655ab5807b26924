/**
 * `npm run bench` at the root of the repository: installs the peers on first use, builds the package, runs the
 * benches, prints tables and writes `results/bench.json`.
 *
 *   npm run bench                     everything
 *   npm run bench -- --quick          fewer rounds, to see that it works
 *   npm run bench -- --only=import    or cpu, policies, streams, gateway, tokens, prices
 *   npm run bench -- --only=gateway --peers   installs and measures Portkey and LiteLLM, too
 *   npm run bench -- --only=gateway-load      ten thousand streams at once and 200,000 calls, about ten minutes
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
    peers: { type: "boolean", default: false },
    "no-build": { type: "boolean", default: false }
  }
})
const here = import.meta.dirname
const root = join(here, "..", "..")
const npm = (cwd: string, ...args: ReadonlyArray<string>) =>
  execFileSync("npm", args, { cwd, stdio: ["ignore", "inherit", "inherit"], shell: process.platform === "win32" })

if (!existsSync(join(here, "node_modules", "openai"))) npm(here, "ci", "--no-audit", "--no-fund")
// What users get: built, then made small as for packing.
if (!values["no-build"]) npm(root, "run", "--silent", "build")

/** Gateways of other people, each with a manifest of its own. */
function installPeers(): void {
  const folder = join(here, "gateways")
  if (!existsSync(join(folder, "node_modules"))) npm(folder, "ci", "--no-audit", "--no-fund", "--ignore-scripts")
  if (existsSync(join(folder, ".venv"))) return
  execFileSync("python3", ["-m", "venv", join(folder, ".venv")], { stdio: "inherit" })
  const pip = join(folder, ".venv", "bin", "pip")
  execFileSync(pip, ["install", "--quiet", "-r", join(folder, "requirements.txt")], { stdio: "inherit" })
}

const machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
  system: `${platform()} ${release()}`,
  node: process.version
}
console.log(`\n${machine.cpu}, ${machine.cores} cores, ${machine.memory}, ${machine.system}, node ${machine.node}\n`)

const results: Record<string, unknown> = { date: new Date().toISOString(), machine, quick: values.quick }
const wants = (name: string) => values.only === undefined || values.only === name
if (wants("import")) {
  const { importBench } = await import("./import.bench.ts")
  results.import = await importBench({ runs: values.quick ? 5 : 25 })
}
if (wants("cpu")) {
  const { cpuBench } = await import("./cpu.bench.ts")
  results.cpu = await cpuBench(
    values.quick ? { rounds: 3, unary: 100, streams: 10 } : { rounds: 15, unary: 300, streams: 40 }
  )
}
if (wants("policies")) {
  const { policiesBench } = await import("./policies.bench.ts")
  results.policies = await policiesBench(
    values.quick ? { rounds: 3, unary: 100, streams: 10 } : { rounds: 15, unary: 300, streams: 40 }
  )
}
if (wants("streams")) {
  const { streamsBench } = await import("./streams.bench.ts")
  results.streams = await streamsBench({ count: values.quick ? 1000 : 10_000 })
}
if (wants("gateway")) {
  if (values.peers) installPeers()
  const { gatewayBench } = await import("./gateway.bench.ts")
  results.gateway = await gatewayBench({
    ...(values.quick ? { rounds: 3, unary: 300, streams: 50 } : { rounds: 15, unary: 1000, streams: 200 }),
    concurrency: 8,
    peers: values.peers
  })
}
if (values.only === "gateway-load") {
  const { gatewayLoadBench } = await import("./gatewayLoad.bench.ts")
  results.gatewayLoad = await gatewayLoadBench(
    values.quick ? { streams: 1000, calls: 10_000 } : { streams: 10_000, calls: 200_000 }
  )
}
if (wants("tokens")) {
  const { tokensBench } = await import("./tokens.bench.ts")
  results.tokens = await tokensBench({ rounds: values.quick ? 1 : 5 })
}
if (wants("prices")) {
  const { pricingBench } = await import("./pricing.bench.ts")
  results.prices = await pricingBench(
    values.quick ? { rounds: 3, count: 20_000, runs: 3 } : { rounds: 15, count: 100_000, runs: 9 }
  )
}
mkdirSync(join(here, "results"), { recursive: true })
writeFileSync(join(here, "results", "bench.json"), JSON.stringify(results, null, 2) + "\n")
console.log("written to test/bench/results/bench.json")
