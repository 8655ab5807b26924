/**
 * `npm run mutation` at the root of the repository: changes the code in small ways, one at a time, and reports the
 * changes that no test notices. Installs Stryker on first use and writes `results/mutation.json`.
 *
 *   npm run mutation                              domain, policies, cost and transport: hours on two cores
 *   npm run mutation -- src/domain/Usage.ts       these files only: a minute, then about two seconds a change
 *   npm run mutation -- --since=main              the files that differ from a branch or commit
 *   npm run mutation -- --tests=test/domain,test/catalog src/domain/Usage.ts
 *                                                 only the tests in these folders: quicker, and a lower bound of the
 *                                                 score, since any other test could notice a change too
 */
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { since: { type: "string" }, tests: { type: "string" }, concurrency: { type: "string", default: "2" } }
})
const here = import.meta.dirname
const root = join(here, "..", "..")
const results = join(here, "results")
const stryker = join(here, "node_modules", "@stryker-mutator")

if (!existsSync(stryker)) {
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: here, stdio: ["ignore", "inherit", "inherit"] })
}

/** Where a wrong result costs money, hangs a call or loses a response. */
const watched = [
  "src/{domain,model,policies,transport}/**/*.ts",
  "src/catalog/{Cost,BilledUsage,RateCard}*.ts",
  "src/catalog/pricing/**/*.ts"
]

const changedSince = (ref: string): ReadonlyArray<string> =>
  execFileSync("git", ["diff", "--name-only", "--diff-filter=d", ref, "--", "src"], { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((file) => file.endsWith(".ts"))

const files =
  positionals.length > 0
    ? positionals
    : values.since === undefined
      ? globSync(watched, { cwd: root })
      : changedSince(values.since)
if (files.length === 0) {
  console.log("no file to change")
  process.exit(0)
}

mkdirSync(results, { recursive: true })
const report = join(results, "report.json")
const config = join(results, "stryker.config.json")
writeFileSync(
  config,
  JSON.stringify({
    packageManager: "npm",
    plugins: [join(stryker, "vitest-runner", "dist", "src", "index.js")],
    testRunner: "vitest",
    vitest: { configFile: "test/mutation/vitest.config.ts", related: false },
    mutate: files,
    // Changes to what runs when a module loads would need all tests, every time.
    coverageAnalysis: "perTest",
    ignoreStatic: true,
    concurrency: Number(values.concurrency),
    reporters: ["progress-append-only", "json"],
    jsonReporter: { fileName: report },
    tempDirName: join(here, ".tmp"),
    ignorePatterns: [
      "dist*",
      "coverage",
      "test/mutation/node_modules",
      "test/bench/node_modules",
      "test/mutation/.tmp"
    ],
    // TypeScript 7 has no API to rewrite a tsconfig with, and vitest needs none.
    tsconfigFile: "none.json"
  })
)
const { status } = spawnSync(process.execPath, [join(stryker, "core", "bin", "stryker.js"), "run", config], {
  cwd: root,
  stdio: "inherit",
  env: values.tests === undefined ? process.env : { ...process.env, MUTATION_TESTS: values.tests }
})
rmSync(config)
if (status !== 0) process.exit(status ?? 1)

interface Mutant {
  readonly status: string
  readonly mutatorName: string
  readonly replacement?: string
  readonly location: {
    readonly start: { readonly line: number; readonly column: number }
    readonly end: { readonly line: number; readonly column: number }
  }
}
interface Report {
  readonly files: { readonly [file: string]: { readonly source: string; readonly mutants: ReadonlyArray<Mutant> } }
}

/** Survivors that no test can notice, each with its reason: `file: replaced code -> replacement`. */
const equivalent = JSON.parse(readFileSync(join(here, "equivalent.json"), "utf8")) as {
  readonly [mutant: string]: string
}

const replaced = (source: string, { end, start }: Mutant["location"]): string => {
  const lines = source.split("\n").slice(start.line - 1, end.line)
  const last = lines.length - 1
  lines[last] = (lines[last] ?? "").slice(0, end.column - 1)
  lines[0] = (lines[0] ?? "").slice(start.column - 1)
  return lines.join(" ").replaceAll(/\s+/g, " ")
}

const { files: reported } = JSON.parse(readFileSync(report, "utf8")) as Report
// Megabytes, of which the tables below are the point.
rmSync(report)
const table: Array<{ file: string; killed: number; survived: number; explained: number; score: string }> = []
const survivors: Array<string> = []
for (const [file, { mutants, source }] of Object.entries(reported)) {
  const count = { killed: 0, survived: 0, explained: 0 }
  for (const mutant of mutants) {
    if (mutant.status === "Killed" || mutant.status === "Timeout") count.killed++
    if (mutant.status !== "Survived" && mutant.status !== "NoCoverage") continue
    const change = `${replaced(source, mutant.location)} -> ${mutant.replacement ?? mutant.mutatorName}`
    if (equivalent[`${file}: ${change}`] !== undefined) count.explained++
    else {
      count.survived++
      survivors.push(`${file}:${mutant.location.start.line} ${change}`)
    }
  }
  const total = count.killed + count.survived
  table.push({ file, ...count, score: total === 0 ? "-" : `${((100 * count.killed) / total).toFixed(0)} %` })
}
console.log(survivors.join("\n"))
console.table(table)
const killed = table.reduce((sum, row) => sum + row.killed, 0)
const survived = table.reduce((sum, row) => sum + row.survived, 0)
const score = (100 * killed) / Math.max(killed + survived, 1)
console.log(`${killed} of ${killed + survived} changes noticed: ${score.toFixed(1)} %`)
writeFileSync(join(results, "mutation.json"), JSON.stringify({ score, table, survivors }, undefined, 2))
