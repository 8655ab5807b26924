import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import * as CatalogModel from "../../../src/catalog/CatalogModel.ts"
import * as Price from "../../../src/catalog/Price.ts"
import type { Pricing } from "../../../src/catalog/Pricing.ts"
import * as PriceSnapshot from "../../../src/catalog/pricing/PriceSnapshot.ts"
import * as PriceStore from "../../../src/catalog/pricing/PriceStore.ts"
import { directory, file, modelsDev, reader, serve, settled, today } from "./feedServer.ts"
import { platform } from "./platform.ts"

const quoteOf = (pricing: Pricing["Service"], model: string) => Effect.map(pricing.lookup(model), Option.getOrUndefined)

const run = promisify(execFile)

const setup = Effect.gen(function* () {
  yield* TestClock.setTime(today)
  const server = yield* serve
  const options = { url: server.url, directory: join(yield* directory, "not", "there", "yet") }
  const pricing = yield* reader(options)
  yield* pricing.refresh
  return { server, options, path: (yield* pricing.status).path ?? "" }
})

describe("the prices on disk", () => {
  it.effect("serve the next process without the network", () =>
    Effect.gen(function* () {
      const { options, server } = yield* setup
      const next = yield* reader(options)
      assert.deepInclude(yield* quoteOf(next, "acme/model-3"), { source: "models.dev", stale: false })
      assert.strictEqual((yield* next.status).prices.feed, 20)
      assert.lengthOf(server.asked, 1)
    })
  )

  it.effect("bring their ETag along", () =>
    Effect.gen(function* () {
      const { options, server } = yield* setup
      yield* TestClock.adjust("2 days")
      const next = yield* reader(options)
      assert.isTrue((yield* quoteOf(next, "acme/model-3"))?.stale)
      yield* settled(next)
      assert.deepStrictEqual(server.asked, [undefined, '"one"'])
    })
  )

  it.effect("are taken over from a process that fetched meanwhile", () =>
    Effect.gen(function* () {
      const { options, server } = yield* setup
      const other = yield* reader(options)
      yield* quoteOf(other, "acme/model-3")
      yield* TestClock.adjust("2 days")
      yield* (yield* reader(options)).refresh
      assert.lengthOf(server.asked, 2)
      assert.isTrue((yield* quoteOf(other, "acme/model-3"))?.stale)
      yield* settled(other)
      assert.isFalse((yield* quoteOf(other, "acme/model-3"))?.stale)
      assert.lengthOf(server.asked, 2)
    })
  )

  const damages: ReadonlyArray<readonly [string, (path: string) => void]> = [
    ["cut short", (path) => truncateSync(path, readFileSync(path).length - 7)],
    ["empty", (path) => writeFileSync(path, "")],
    ["damaged in its first line", (path) => writeFileSync(path, readFileSync(path, "utf8").replace(/\t\S+/, "\tx"))],
    ["damaged in its time", (path) => writeFileSync(path, readFileSync(path, "utf8").replace(/\t\d{13}\t/, "\tnow\t"))],
    [
      "of an older format",
      (path) => writeFileSync(path, `prices 1\tmodels.dev\tNaN\t1\t0\t\n${readFileSync(path, "utf8")}`)
    ],
    ["not ours", (path) => writeFileSync(path, "{}\nhello")],
    [
      "changed in the middle",
      (path) => writeFileSync(path, readFileSync(path, "utf8").replace('"input":4', '"input":5'))
    ],
    [
      "binary",
      (path) =>
        writeFileSync(
          path,
          Uint8Array.from({ length: 999 }, (_, i) => (i * 7) % 256)
        )
    ]
  ]
  for (const [what, damage] of damages) {
    it.effect(`are moved aside and fetched anew when the file is ${what}`, () =>
      Effect.gen(function* () {
        const { options, path, server } = yield* setup
        damage(path)
        const next = yield* reader(options)
        assert.isDefined(yield* quoteOf(next, "openai/gpt-5-mini"))
        assert.strictEqual((yield* quoteOf(next, "acme/model-3"))?.price?.versions[0]?.rates.input, 4)
        assert.isTrue(existsSync(`${path}.corrupt`))
        assert.deepStrictEqual(server.asked, [undefined, undefined])
        yield* settled(next)
        assert.isDefined(PriceSnapshot.decode(readFileSync(path)))
      })
    )
  }

  it.effect("are not used when a directory is in the place of the file", () =>
    Effect.gen(function* () {
      const { options, server } = yield* setup
      const url = `${server.url}?other`
      const path = (yield* (yield* reader({ ...options, url })).status).path ?? ""
      mkdirSync(join(path, "full"), { recursive: true })
      const pricing = yield* reader({ ...options, url })
      yield* pricing.refresh
      assert.isDefined(yield* quoteOf(pricing, "acme/model-3"))
      assert.isNotEmpty((yield* pricing.status).saveError)
      assert.deepStrictEqual(
        readdirSync(options.directory).filter((name) => name.startsWith(".draft")),
        []
      )
    })
  )

  it.effect("are written after removing drafts of killed processes, but not of live ones", () =>
    Effect.gen(function* () {
      const { options, server } = yield* setup
      const drafts = [".draft-dead", ".draft-alive"].map((name) => join(options.directory, name))
      for (const draft of drafts) {
        mkdirSync(draft)
        writeFileSync(join(draft, "prices"), "half")
      }
      utimesSync(drafts[0]!, today / 1000 - 3600, today / 1000 - 3600)
      utimesSync(drafts[1]!, today / 1000 - 60, today / 1000 - 60)
      yield* (yield* reader({ ...options, url: `${server.url}?other` })).refresh
      assert.deepStrictEqual(drafts.map(existsSync), [false, true])
    })
  )

  it.effect("of another address are left alone", () =>
    Effect.gen(function* () {
      const { options, path, server } = yield* setup
      const before = readFileSync(path, "utf8")
      server.answer = file(modelsDev(10), '"other"')
      const other = yield* reader({ ...options, url: `${server.url}?other` })
      yield* other.refresh
      assert.notStrictEqual((yield* other.status).path, path)
      assert.strictEqual(readFileSync(path, "utf8"), before)
    })
  )

  it.effect("are whole at every moment while many write and read them", () =>
    Effect.gen(function* () {
      const { options, path } = yield* setup
      const store = yield* Effect.provide(
        PriceStore.make({ directory: options.directory, feed: "models.dev", url: options.url }),
        platform
      )
      assert.strictEqual(store.path, path)
      const prices = (count: number) =>
        PriceSnapshot.pricesOf(
          Array.from({ length: count }, (_, i) =>
            CatalogModel.make({ provider: "p", id: `m${i}`, price: Price.make({ input: i }) })
          )
        )
      const writers = Array.from({ length: 8 }, (_, w) => {
        const snapshot = { feed: "models.dev", etag: undefined, checkedAt: today, ...prices(50 * (w + 1)) }
        return Effect.forEach(Array.from({ length: 6 }), () => store.save(snapshot))
      })
      const readers = Array.from({ length: 40 }, () => store.load)
      const loaded = yield* Effect.all(
        [Effect.all(writers, { concurrency: "unbounded" }), Effect.all(readers, { concurrency: 4 })],
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual([...new Set(loaded[0].flat())], [undefined])
      assert.isTrue(loaded[1].every((snapshot) => snapshot !== undefined))
      assert.isFalse(existsSync(`${path}.corrupt`))
      assert.lengthOf(readdirSync(options.directory), 1)
    })
  )

  it.effect(
    "are shared by processes that all begin at once",
    () =>
      Effect.gen(function* () {
        const { options, path, server } = yield* setup
        rmSync(path)
        const here = yield* reader(options)
        // Whoever comes first is answered when the other has come.
        const waiting: Array<() => void> = []
        server.asked.length = 0
        server.answer = (request, response) => {
          waiting.push(() => file(modelsDev(20), '"one"')(request, response))
          if (waiting.length > 1) for (const answer of waiting) answer()
        }
        const reads = Effect.promise(() =>
          run(process.execPath, [join(import.meta.dirname, "process.ts"), server.url, options.directory])
        )
        const [{ stdout }] = yield* Effect.all([reads, here.refresh], { concurrency: "unbounded" })
        assert.strictEqual(stdout, "20\n")
        assert.strictEqual((yield* here.status).prices.feed, 20)
        assert.deepStrictEqual(server.asked, [undefined, undefined])
        assert.strictEqual(PriceSnapshot.decode(readFileSync(path))?.size, 20)
        assert.lengthOf(readdirSync(options.directory), 1)
      }),
    120_000
  )

  it.effect("are in the platform's cache directory, or not stored without one", () =>
    Effect.gen(function* () {
      const root = yield* directory
      const make = PriceStore.make({ directory: undefined, feed: "models.dev", url: "http://x" })
      const within = (env: Record<string, string>) =>
        make.pipe(
          Effect.provide(platform),
          Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(env))
        )
      const store = yield* within({ XDG_CACHE_HOME: root })
      assert.isTrue(store.path?.startsWith(join(root, "effect-llm", "prices")))
      const none = yield* within({})
      assert.isUndefined(none.path)
      assert.isUndefined(yield* none.load)
    })
  )
})
