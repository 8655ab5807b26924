/**
 * `npm run mutation` at the root of the repository: changes the code in small ways, one at a time, and reports the
 * changes that no test notices. Installs Stryker's instrumenter on first use. See README.md for what the options do.
 */
import { execFileSync, spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { parseArgs } from "node:util"
import { type Change, code, journal, plan, readJournal, record, results, root, trying } from "./Run.ts"

const here = import.meta.dirname
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    since: { type: "string" },
    tests: {
      type: "string",
      default: ["domain", "model", "transport", "policies", "catalog"].map((area) => `test/${area}`).join()
    },
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    fresh: { type: "boolean", default: false },
    report: { type: "boolean", default: false }
  }
})

if (!existsSync(join(here, "node_modules", "@stryker-mutator", "instrumenter"))) {
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: here, stdio: ["ignore", "inherit", "inherit"] })
}

/** Where a wrong result costs money, hangs a call or loses a response. */
const watched = [
  "src/{domain,model,policies,transport}/**/*.ts",
  "src/catalog/{Cost,BilledUsage,RateCard,TimeWindow}.ts",
  "src/catalog/pricing/**/*.ts"
]

const areaOf = (file: string): string => (file.startsWith("src/catalog/") ? "pricing" : (file.split("/")[1] ?? file))

const changedSince = (ref: string): ReadonlyArray<string> =>
  execFileSync("git", ["diff", "--name-only", "--diff-filter=d", ref, "--", "src"], { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((file) => file.endsWith(".ts"))

const hash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16)

// What to change: files, or lines of files.

const named =
  positionals.length > 0
    ? positionals
    : values.since === undefined
      ? globSync(watched, { cwd: root }).toSorted()
      : changedSince(values.since)
const inRange = new Map(
  named.map((argument) => {
    const [file = argument, from, to = from] = argument.split(/[:-](?=\d)/)
    return [file, (line: number) => from === undefined || (line >= Number(from) && line <= Number(to))] as const
  })
)

// The code with all changes in it, each behind a switch.

interface Mutant {
  readonly id: string
  readonly fileName: string
  readonly replacement: string
  readonly location: {
    readonly start: { readonly line: number; readonly column: number }
    readonly end: { readonly line: number; readonly column: number }
  }
}
interface Instrumenter {
  readonly instrument: (
    files: ReadonlyArray<{ readonly name: string; readonly mutate: true; readonly content: string }>,
    options: { readonly plugins: null; readonly ignorers: []; readonly excludedMutations: [] }
  ) => Promise<{
    readonly files: ReadonlyArray<{ readonly name: string; readonly content: string }>
    readonly mutants: ReadonlyArray<Mutant>
  }>
}
const { Instrumenter } = (await import(
  join(here, "node_modules", "@stryker-mutator", "instrumenter", "dist", "src", "index.js")
)) as { readonly Instrumenter: new (logger: object) => Instrumenter }
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, isDebugEnabled: () => false }

const sources = new Map([...inRange.keys()].map((file) => [file, readFileSync(join(root, file), "utf8")]))
const instrumented = await new Instrumenter(quiet).instrument(
  [...sources].map(([name, content]) => ({ name, mutate: true, content })),
  { plugins: null, ignorers: [], excludedMutations: [] }
)
mkdirSync(results, { recursive: true })

const replaced = (source: string, { end, start }: Mutant["location"]): string => {
  const lines = source.split("\n").slice(start.line, end.line + 1)
  const last = lines.length - 1
  lines[last] = (lines[last] ?? "").slice(0, end.column)
  lines[0] = (lines[0] ?? "").slice(start.column)
  return lines.join(" ").replaceAll(/\s+/g, " ")
}
const all = instrumented.mutants.flatMap(({ fileName: file, id, location, replacement }): ReadonlyArray<Change> => {
  const source = sources.get(file) ?? ""
  const line = location.start.line + 1
  if (inRange.get(file)?.(line) !== true) return []
  const text = `${replaced(source, location)} -> ${replacement.replaceAll(/\s+/g, " ")}`
  const place = `${file}:${line}:${location.start.column}-${location.end.line}:${location.end.column}`
  return [{ id, file, line, text, key: hash(`${hash(source)} ${place} ${text}`) }]
})

// The sample: the first of all changes in an order that the seed decides.

const wanted = values.sample === undefined ? all.length : Number(values.sample)
const seen = new Map<string, number>()
const order = new Map(
  all.map(({ file, id, text }) => {
    // An edit of a file does not draw its other changes anew.
    const same = `${file} ${text}`
    const nth = seen.get(same) ?? 0
    seen.set(same, nth + 1)
    return [id, hash(`${values.seed} ${same} ${nth}`)]
  })
)
const chosen =
  wanted >= all.length
    ? all
    : all.toSorted((a, b) => ((order.get(a.id) ?? "") < (order.get(b.id) ?? "") ? -1 : 1)).slice(0, wanted)

// The tests.

const tests = values.tests
  .split(",")
  .flatMap((path) => globSync(path.endsWith(".ts") ? path : `${path}/**/*.test.ts`, { cwd: root }))
  .toSorted()
const texts = globSync(["src/**/*.ts", "test/**/*.ts"], {
  cwd: root,
  exclude: ["**/node_modules/**", "test/mutation/**"]
})
const name = hash(
  texts
    .toSorted()
    .map((file) => hash(readFileSync(join(root, file), "utf8")))
    .join()
)

/** What is known of the chosen changes from this run and earlier ones. */
const known = () => {
  const noticed = new Set<string>()
  const ran = new Set<string>()
  const once = new Set<string>()
  const done = new Set<string>()
  for (const entry of readJournal()) {
    if ("noticed" in entry) noticed.add(entry.noticed)
    else if ("once" in entry) for (const key of entry.once) once.add(key)
    else if ("file" in entry) {
      for (const key of entry.ran) ran.add(key)
      if (entry.run === name) done.add(entry.file)
    }
  }
  return { noticed, ran, once, done }
}

if (values.fresh) rmSync(journal, { force: true })

const size = (file: string): number => (existsSync(file) ? statSync(file).size : 0)

/** Runs the tests that are still to be run; starts again without what the process hung or died of. */
const tryAll = async (): Promise<void> => {
  const stuckIn = new Set<string>()
  rmSync(code, { recursive: true, force: true })
  for (const { content, name } of instrumented.files) {
    mkdirSync(dirname(join(code, name)), { recursive: true })
    writeFileSync(join(code, name), content)
  }
  for (let round = 1; round <= 30; round++) {
    const before = size(journal)
    const { done, noticed } = known()
    const left = tests.filter((test) => !done.has(test))
    const alive = chosen.filter(({ key }) => !noticed.has(key))
    console.log(
      `${all.length} changes, ${chosen.length} chosen, ${alive.length} to try in ${left.length} files of tests`
    )
    if (left.length === 0 || alive.length === 0) return
    writeFileSync(
      plan,
      JSON.stringify({ name, tests: left, changes: Object.fromEntries(alive.map((c) => [c.id, c.key])) })
    )
    writeFileSync(trying, "")
    const vitest = spawn(
      process.execPath,
      [join(root, "node_modules", "vitest", "vitest.mjs"), "run", "--config", "test/mutation/vitest.config.ts"],
      { cwd: root, stdio: ["ignore", "inherit", "inherit"] }
    )
    const ended = new Promise<void>((resolve) => vitest.once("close", () => resolve()))
    let stuck = false
    const watch = setInterval(() => {
      if (Date.now() - statSync(trying).mtimeMs < 300_000 || statSync(trying).size === 0) return
      stuck = true
      vitest.kill("SIGKILL")
    }, 5000)
    await ended
    clearInterval(watch)
    const [key = "", file = "", ...rest] = readFileSync(trying, "utf8").split(" ")
    if (stuck && key !== "-") record({ noticed: key, by: [file, ...rest].join(" "), how: "hung" })
    // What an attempt left behind may keep the next test from ending: once is chance.
    else if (stuck && !stuckIn.has(file)) stuckIn.add(file)
    else if (stuck) record({ file, run: name, milliseconds: 60_000, ran: [] })
    // A round that found out nothing finds out no more.
    else if (size(journal) === before) throw new Error("the tests do not run")
    if (!stuck && round > 1 && known().noticed.size === noticed.size && known().done.size === done.size) return
  }
}
if (!values.report) await tryAll()

// The report.

/** Survivors that no test can notice, each with its reason: `file: replaced code -> replacement`. */
const equivalent = JSON.parse(readFileSync(join(here, "equivalent.json"), "utf8")) as {
  readonly [mutant: string]: string
}

/** Wilson's interval of 95 %, for a share that was counted in a sample. */
const interval = (noticed: number, total: number): readonly [number, number] => {
  const z = 1.96
  const p = noticed / total
  const middle = p + (z * z) / (2 * total)
  const half = z * Math.sqrt((p * (1 - p)) / total + (z * z) / (4 * total * total))
  return [(middle - half) / (1 + (z * z) / total), (middle + half) / (1 + (z * z) / total)]
}
const percent = (share: number): string => (100 * share).toFixed(1)

const { noticed, once, ran } = known()
type Fate = "noticed" | "survived" | "unreached" | "explained" | "static"
const fateOf = ({ file, key, text }: Change): Fate => {
  if (noticed.has(key)) return "noticed"
  if (equivalent[`${file}: ${text}`] !== undefined) return "explained"
  if (ran.has(key)) return "survived"
  return once.has(key) ? "static" : "unreached"
}
const fates = chosen.map((change) => ({ ...change, fate: fateOf(change) }))
const row = (of: ReadonlyArray<{ readonly fate: Fate }>) => {
  const count = (fate: Fate) => of.filter((one) => one.fate === fate).length
  const counts = { noticed: count("noticed"), survived: count("survived"), unreached: count("unreached") }
  const total = counts.noticed + counts.survived + counts.unreached
  const [low, high] = interval(counts.noticed, total)
  const score = total === 0 ? "-" : percent(counts.noticed / total)
  const within = chosen.length === all.length || total === 0 ? "" : `${percent(low)} to ${percent(high)}`
  return { ...counts, explained: count("explained"), static: count("static"), score, within }
}
const by = (group: (file: string) => string) =>
  Object.fromEntries(
    [...new Set(fates.map(({ file }) => group(file)))].map((name) => [
      name,
      row(fates.filter(({ file }) => group(file) === name))
    ])
  )
const survivors = fates
  .filter(({ fate }) => fate === "survived" || fate === "unreached")
  .map(({ fate, file, line, text }) => `${file}:${line} ${fate === "unreached" ? "(unreached) " : ""}${text}`)
  .toSorted()
const table = { ...by(areaOf), all: row(fates) }
console.log(survivors.join("\n"))
if (positionals.length > 0) console.table(by((file) => file))
console.table(table)
writeFileSync(join(results, "mutation.json"), JSON.stringify({ table, survivors }, undefined, 2))
