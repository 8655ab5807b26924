/**
 * Runs each test as usual and, at once again in the same process, with each change that the test came across. Loading
 * the modules takes seconds and a test some milliseconds, so that this is a hundred times quicker than to start anew for
 * each change. Used by vitest, through `vitest.config.ts`.
 */
import { writeFileSync } from "node:fs"
import { relative } from "node:path"
import { type RunnerTestCase, type TestContext, TestRunner } from "vitest"
import { readJournal, readPlan, record, root, trying } from "./Run.ts"

/** What the code with the changes in it reads and writes: Stryker's own names. */
interface Switches {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  hitCount?: number | undefined
  hitLimit?: number
  mutantCoverage?: {
    readonly perTest: { readonly [test: string]: { readonly [id: string]: number } }
    readonly static: { readonly [id: string]: number }
  }
}
const switches: Switches = ((globalThis as { __stryker__?: Switches }).__stryker__ ??= {})

const plan = readPlan()
const earlier = readJournal()
const alive = new Map(Object.entries(plan.changes))
const noticed = new Set(earlier.flatMap((entry) => ("noticed" in entry ? [entry.noticed] : [])))
for (const [id, key] of alive) if (noticed.has(key)) alive.delete(id)
const suspects = new Set(earlier.flatMap((entry) => ("suspect" in entry ? [entry.suspect] : [])))

/** How long one test is tried with changes: slow tests that come across many changes try the first of them. */
const patience = 1000 * Number(process.env["MUTATION_PATIENCE"] ?? 120)

type Test = RunnerTestCase & { onFinished?: Array<(context: TestContext) => unknown> }
type Outcome = "passed" | "failed" | "hung"

// oxlint-disable-next-line import/no-default-export
export default class Runner extends TestRunner {
  private milliseconds = 0
  private isSpoilt = false
  private readonly ran = new Set<string>()
  private readonly once = new Set<string>()

  override async onAfterRunSuite(suite: Parameters<TestRunner["onAfterRunSuite"]>[0]): Promise<void> {
    await super.onAfterRunSuite(suite)
    if (!("filepath" in suite)) return
    const loaded = Object.keys(switches.mutantCoverage?.static ?? {}).flatMap((id) => alive.get(id) ?? [])
    record({ once: [...new Set([...this.once, ...loaded])].filter((key) => !this.ran.has(key)) })
    record({
      file: relative(root, suite.filepath as string),
      run: this.isSpoilt ? "" : plan.name,
      milliseconds: Math.round(this.milliseconds),
      ran: [...this.ran]
    })
  }

  async runTask(test: Test): Promise<void> {
    const body = TestRunner.getTestFn(test)
    const attempt = async (id: string | undefined, hits: number, limit: number): Promise<Outcome> => {
      const stop = new AbortController()
      Object.assign(test.context, { signal: stop.signal })
      Object.assign(switches, { activeMutant: id, hitCount: 0, hitLimit: hits * 100 })
      let timer: NodeJS.Timeout | undefined
      const hung = new Promise<Outcome>((resolve) => {
        timer = setTimeout(() => resolve("hung"), limit)
      })
      const outcome = await Promise.race([
        Promise.resolve()
          .then(body)
          .then(
            () => (test.result?.state === "fail" ? "failed" : "passed"),
            () => "failed" as const
          ),
        hung
      ])
      clearTimeout(timer)
      stop.abort()
      switches.activeMutant = undefined
      // What the attempt left behind is not what the test is.
      if (test.result !== undefined) {
        test.result.state = "run"
        delete test.result.errors
      }
      delete test.promises
      return outcome
    }

    const name = `${relative(root, test.file.filepath)} ${test.name}`
    writeFileSync(trying, `- ${name}`)
    switches.currentTestId = test.id
    const start = performance.now()
    try {
      await body()
    } catch (error) {
      this.isSpoilt = true
      throw error
    } finally {
      // What the attempts come across is not counted as what loading does.
      switches.currentTestId = "attempts"
    }
    const took = performance.now() - start
    const hooks = test.onFinished?.length ?? 0
    this.milliseconds += took
    const limit = 5000 + 10 * took
    const hits = Object.entries(switches.mutantCoverage?.perTest[test.id] ?? {})
      .flatMap(([id, count]) => {
        const key = alive.get(id)
        return key === undefined ? [] : [{ id, key, count }]
      })
      .toSorted((a, b) => Number(suspects.has(b.key)) - Number(suspects.has(a.key)))
    let isClean = true
    for (const { id, key, count } of hits) {
      if (performance.now() - start > patience) {
        this.ran.add(key)
        continue
      }
      writeFileSync(trying, `${key} ${name}`)
      const first = await attempt(id, count, limit)
      if (switches.hitCount === 0) {
        this.once.add(key)
        continue
      }
      this.ran.add(key)
      if (first === "passed") {
        isClean = false
        continue
      }
      const isSteady = (await attempt(undefined, 0, limit)) === "passed"
      // The change, or an earlier one, left something behind that spoils the test: the file is run again, where suspects
      // come first.
      if (!isSteady && !isClean) record({ suspect: key })
      else if (!isSteady || first === "hung" || (await attempt(id, count, limit)) !== "passed") {
        alive.delete(id)
        record({ noticed: key, by: name, how: first })
      }
      if (!isSteady) {
        this.isSpoilt = true
        break
      }
      isClean = true
    }
    // What an attempt that hung would have vitest wait for.
    const left = (test.onFinished ?? []).splice(hooks)
    await Promise.race([
      Promise.allSettled(left.map(async (hook) => hook(test.context))),
      new Promise((resolve) => setTimeout(resolve, 2000))
    ])
    writeFileSync(trying, `- ${name}`)
  }
}
