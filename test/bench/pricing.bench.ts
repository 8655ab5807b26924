/**
 * A warm lookup of a price against a plain Map, and the first one of a process: with the embedded prices alone, and with
 * 8,000 prices of a feed on disk.
 *
 *   node test/bench/pricing.bench.ts
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as UserDirectories from "effect/persistence/UserDirectories"
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as CatalogModel from "../../src/catalog/CatalogModel.ts"
import * as Price from "../../src/catalog/Price.ts"
import { layer, Pricing } from "../../src/catalog/Pricing.ts"
import * as PriceFeed from "../../src/catalog/PriceFeed.ts"
import * as PriceSnapshot from "../../src/catalog/pricing/PriceSnapshot.ts"
import * as PriceStore from "../../src/catalog/pricing/PriceStore.ts"
import { goal, median, spread, table } from "./table.ts"

const names = ["openai/gpt-5-mini", "anthropic/claude-haiku-4-5", "gpt-5", "google/gemini-2.5-pro", "mistral/x"]

/** Nanoseconds for each of `count` calls, round after round; the first rounds warm up. */
const rounds = (round: (count: number) => Effect.Effect<unknown>, options: { rounds: number; count: number }) =>
  Effect.gen(function* () {
    const times: Array<number> = []
    for (let i = -5; i < options.rounds; i++) {
      const startedAtMillis = performance.now()
      yield* round(options.count)
      if (i >= 0) times.push(((performance.now() - startedAtMillis) * 1e6) / options.count)
    }
    return times
  })

const warm = (options: { readonly rounds: number; readonly count: number }) =>
  Effect.gen(function* () {
    const pricing = yield* Pricing
    const prices = yield* pricing.table
    const plain = new Map(names.map((name) => [name, prices.find(name)]))
    let found = 0
    const count = (quote: unknown) => {
      if (quote !== undefined) found++
    }
    const name = (i: number) => names[i % names.length]!
    const map = yield* rounds(
      (n) =>
        Effect.sync(() => {
          for (let i = 0; i < n; i++) count(plain.get(name(i)))
        }),
      options
    )
    const sync = yield* rounds(
      (n) =>
        Effect.sync(() => {
          for (let i = 0; i < n; i++) count(prices.find(name(i)))
        }),
      options
    )
    const effect = yield* rounds(
      (n) =>
        Effect.gen(function* () {
          for (let i = 0; i < n; i++) count(yield* pricing.lookup(name(i)))
        }),
      options
    )
    // The same generator with nothing to look up, so that one sees what the lookup itself adds.
    const nothing = yield* rounds(
      (n) =>
        Effect.gen(function* () {
          for (let i = 0; i < n; i++) count(yield* Effect.succeed(name(i)))
        }),
      options
    )
    return { found, map, sync, effect, nothing }
  })

const first = (runs: number, ...args: ReadonlyArray<string>) =>
  Array.from({ length: runs }, () =>
    Number(
      execFileSync(process.execPath, [join(import.meta.dirname, "pricing.first.ts"), ...args], { encoding: "utf8" })
    )
  )

const writeCache = (directory: string) =>
  Effect.gen(function* () {
    const { name: feed, url } = PriceFeed.modelsDev
    const store = yield* PriceStore.make({ directory, feed, url })
    const price = Price.make({ input: 1.25, output: 10, cacheRead: 0.125 })
    const models = Array.from({ length: 8000 }, (_, i) =>
      CatalogModel.make({ provider: i % 128 === 0 ? "openai" : `p${i % 200}`, id: `model-${i}`, price })
    )
    yield* store.save({ feed, etag: '"x"', checkedAt: Date.now(), ...PriceSnapshot.pricesOf(models) })
  }).pipe(Effect.provide(Layer.mergeAll(NodeFileSystem.layer, NodePath.layer, UserDirectories.layer)))

export const pricingBench = async (options: {
  readonly rounds: number
  readonly count: number
  readonly runs: number
}) => {
  const { effect, map, nothing, sync } = await Effect.runPromise(Effect.provide(warm(options), layer))
  const directory = mkdtempSync(join(tmpdir(), "prices-"))
  await Effect.runPromise(writeCache(directory))
  const embedded = first(options.runs)
  const disk = first(options.runs, directory)
  rmSync(directory, { recursive: true })

  const rows: ReadonlyArray<readonly [string, string, ReadonlyArray<number>]> = [
    ["plain Map.get", "ns", map],
    ["table.find", "ns", sync],
    ["Effect.succeed in a generator", "ns", nothing],
    ["Pricing.lookup in a generator", "ns", effect],
    ["first lookup, embedded prices", "ms", embedded],
    ["first lookup, and 8,000 on disk", "ms", disk]
  ]
  const digits = (unit: string) => (unit === "ns" ? 0 : 1)
  console.log(
    table(
      ["what", "median", "±", "unit"],
      rows.map(([what, unit, times]) => [
        what,
        median(times).toFixed(digits(unit)),
        spread(times).toFixed(digits(unit)),
        unit
      ])
    )
  )
  console.log()
  const goals = [
    goal("warm lookup, µs", median(effect) / 1000, 1),
    goal("first lookup, ms", median(embedded), 20),
    goal("first lookup with prices on disk, ms", median(disk), 20)
  ]
  console.log()
  return { ...options, medians: Object.fromEntries(rows.map(([what, , times]) => [what, median(times)])), goals }
}

if (import.meta.main) await pricingBench({ rounds: 15, count: 200_000, runs: 11 })
