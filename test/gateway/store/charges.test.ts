/** What budgets have charged, and what the ledger knows of, at the death of a process. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Context, Effect, FileSystem, Layer, Schedule } from "effect"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Spool } from "../../../src/gateway/ledger/Spool.ts"
import * as NodeSqlite from "../../../src/integrations/NodeSqlite.ts"
import * as BudgetStoreBuffered from "../../../src/policies/BudgetStoreBuffered.ts"
import { AppendedFile } from "../../../src/settings/stores/AppendedFile.ts"
import { BudgetJournal } from "../../../src/settings/stores/BudgetJournal.ts"
import * as Turn from "../../../src/settings/stores/Turn.ts"
import { Simulator } from "../../../src/testing/Simulator.ts"
import { folder, noon, rowAt } from "../ledger/ledger.ts"
import { served } from "../operations/process.ts"

const key = "sk-caller-0a1b2c3d4e5f60718293a4b5c6d7e8f9"
const adminKey = "sk-admin-9f8e7d6c5b4a39281706f5e4d3c2b1a0"

const settings = (upstream: string) => `
providers: { openai: { key: sk-upstream, baseUrl: "${upstream}" } }
models: { fast: openai/sim-healthy }
prices: { openai/sim-healthy: { input: 2, output: 4 } }
server: { port: 0, adminKey: "${adminKey}" }
keys: { caller: { key: ${key}, budgets: [all] } }
budgets: { all: { usd: 1000 } }
`

const atAdmin = <A>(url: string, path: string) =>
  Effect.promise(async () => {
    const response = await fetch(`${url}/admin/${path}`, { headers: { authorization: `Bearer ${adminKey}` } })
    return (await response.json()) as A
  })

const decimal = BigDecimal.fromStringUnsafe

const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped()).pipe(
  Effect.provide(NodeServices.layer)
)

/** A ledger's spool and a store of budgets in one folder, and what ends a call: it is charged, then written down. */
const kept = Effect.gen(function* () {
  const directory = yield* temporary
  const spool = new Spool({ directory, instance: "one", maxBytes: 1_000_000 })
  const sql = NodeSqlite.layer({ filename: `${directory}/gateway.db` })
  const journal = new BudgetJournal(directory)
  const { fold, store } = yield* BudgetStoreBuffered.make({ journal, interval: "1 hour" }).pipe(
    Effect.provideContext(yield* Layer.build(sql))
  )
  const end = (id: string) => {
    const settled = store.atOnce?.settle(id, [{ account: "a", amount: decimal("1"), at: noon }], noon + 86_400_000)
    assert.strictEqual(settled, "settled")
    spool.append({ row: { ...rowAt(noon), id } })
  }
  const files = (prefix: string): string =>
    readdirSync(directory)
      .filter((name) => name.startsWith(prefix))
      .map((name) => readFileSync(join(directory, name), "utf8"))
      .join("")
  return { end, fold, store, files }
})

describe("a call that is charged", () => {
  it.effect("is in the ledger's file before it is in the journal of budgets", () =>
    Effect.gen(function* () {
      const { end, files } = yield* kept
      const seen: Array<boolean> = []
      const { append } = AppendedFile.prototype
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          AppendedFile.prototype.append = function (lines) {
            append.call(this, lines)
            // What would be left if the process died here.
            seen.push(
              ["first", "second"].every((id) => !files("budgets-").includes(id) || files("ledger-").includes(id))
            )
          }
        }),
        () => Effect.sync(() => void (AppendedFile.prototype.append = append))
      )
      end("first")
      end("second")
      yield* Turn.written
      assert.deepStrictEqual(seen, [true, true])
      assert.include(files("budgets-"), "second")
    })
  )

  it.effect("is in the ledger's file before it is in the tables of budgets", () =>
    Effect.gen(function* () {
      const { end, files, fold, store } = yield* kept
      let leftAtFold = ""
      end("first")
      yield* Effect.andThen(
        fold,
        Effect.sync(() => void (leftAtFold = files("ledger-")))
      )
      assert.include(leftAtFold, "first")
      assert.strictEqual(BigDecimal.format((yield* store.balance("a", noon)).spent), "1")
    })
  )

  it.live(
    "is in the ledger when the process is killed while charging, under overload",
    () =>
      Effect.gen(function* () {
        const simulator = Context.get(yield* Layer.build(Simulator.layer()), Simulator)
        const cwd = yield* folder
        writeFileSync(`${cwd}/settings.yaml`, settings(simulator.openAiUrl))
        const call = (url: string, stream: boolean) =>
          Effect.tryPromise(async () => {
            const response = await fetch(`${url}/v1/chat/completions`, {
              method: "POST",
              headers: { authorization: `Bearer ${key}` },
              body: JSON.stringify({ model: "fast", messages: [{ role: "user", content: "Hello" }], stream })
            })
            await response.text()
          })
        const preload = join(import.meta.dirname, "killed.ts")
        for (const charges of [3, 10, 30]) {
          const killed = yield* served([], {
            cwd,
            env: { NODE_OPTIONS: `--import ${preload}`, KILLED_AFTER: String(charges) }
          })
          yield* Effect.ignore(
            Effect.all(
              Array.from({ length: 32 }, (_, index) => Effect.forever(call(killed.url, index % 2 === 0))),
              { concurrency: "unbounded" }
            )
          )
          yield* Effect.promise(() => killed.exit)
        }
        const { url } = yield* served([], { cwd })
        const { budgets } = yield* atAdmin<{ readonly budgets: readonly [{ readonly spent: string }] }>(url, "budgets")
        const spent = decimal(budgets[0].spent)
        assert.isTrue(BigDecimal.isPositive(spent))
        // What the processes have left is written to the ledger after the start.
        const cost = Effect.map(
          atAdmin<{ readonly total: { readonly cost: string } }>(url, "spend?by=model"),
          ({ total }) => decimal(total.cost)
        )
        const last = yield* Effect.repeat(cost, {
          until: (cost) => BigDecimal.isGreaterThanOrEqualTo(cost, spent),
          schedule: Schedule.spaced("20 millis").pipe(Schedule.upTo({ times: 500 }))
        })
        assert.strictEqual(BigDecimal.format(BigDecimal.max(last, spent)), BigDecimal.format(last))
      }),
    // Four processes start one after another.
    120_000
  )
})
