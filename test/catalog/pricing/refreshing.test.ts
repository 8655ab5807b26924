import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Option } from "effect"
import { TestClock } from "effect/testing"
import { existsSync, readFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import * as Price from "../../../src/catalog/Price.ts"
import type { Pricing } from "../../../src/catalog/Pricing.ts"
import * as PriceFeed from "../../../src/catalog/PriceFeed.ts"
import {
  day,
  directory,
  type FeedServer,
  file,
  inTime,
  modelsDev,
  reader,
  serve,
  settled,
  today,
  until
} from "./feedServer.ts"

const quoteOf = (pricing: Pricing["Service"], model: string) => Effect.map(pricing.lookup(model), Option.getOrUndefined)

/** A server, and a reader of it with a directory of its own. */
const setup = Effect.gen(function* () {
  yield* TestClock.setTime(today)
  const server = yield* serve
  const options = { url: server.url, directory: yield* directory }
  return { server, options, pricing: yield* reader(options) }
})

const inputOf = (price: Price.Price | undefined) => price?.versions.at(-1)?.rates.input

describe("Pricing.layerRefreshing", () => {
  it.effect("fetches nothing before it is asked", () =>
    Effect.gen(function* () {
      const { pricing, server } = yield* setup
      yield* pricing.status
      assert.lengthOf(server.asked, 0)
    })
  )

  it.effect("answers a known model at once and fetches meanwhile", () =>
    Effect.gen(function* () {
      const { pricing, server } = yield* setup
      server.answer = () => {}
      const quote = yield* quoteOf(pricing, "openai/gpt-5-mini")
      assert.isDefined(quote?.price)
      assert.isTrue((yield* pricing.status).refreshing)
    })
  )

  it.effect("waits for the network only when nothing nearer knows the model", () =>
    Effect.gen(function* () {
      const { pricing } = yield* setup
      const quote = yield* quoteOf(pricing, "acme/model-3")
      assert.strictEqual(inputOf(quote?.price), 4)
      assert.deepInclude(quote, { source: "models.dev", asOf: "2026-11-21", stale: false, match: "exact" })
    })
  )

  it.effect("waits no longer than `lookupTimeout`, while the fetch continues", () =>
    Effect.gen(function* () {
      const { pricing, server } = yield* setup
      let respond = () => {}
      server.answer = (request, response) => (respond = () => file(modelsDev(20), '"one"')(request, response))
      assert.isUndefined(yield* inTime(quoteOf(pricing, "acme/model-3")))
      yield* until(() => server.asked.length > 0)
      respond()
      yield* settled(pricing)
      assert.isDefined(yield* quoteOf(pricing, "acme/model-3"))
    })
  )

  it.effect("gives stale prices while newer ones are fetched, then the newer", () =>
    Effect.gen(function* () {
      const { pricing, server } = yield* setup
      yield* pricing.refresh
      yield* TestClock.adjust("23 hours")
      assert.isFalse((yield* quoteOf(pricing, "acme/model-3"))?.stale)
      assert.isFalse((yield* pricing.status).stale)
      assert.lengthOf(server.asked, 1)

      server.answer = file(modelsDev(20, { lab: { x: { input: 9, output: 9 } } }), '"two"')
      yield* TestClock.adjust("1 hour")
      assert.isTrue((yield* pricing.status).stale)
      const stale = yield* quoteOf(pricing, "acme/model-3")
      assert.isTrue(stale?.stale)
      assert.isDefined(stale?.price)
      yield* settled(pricing)
      assert.isFalse((yield* quoteOf(pricing, "acme/model-3"))?.stale)
      assert.strictEqual(inputOf((yield* quoteOf(pricing, "lab/x"))?.price), 9)
      assert.deepStrictEqual(server.asked, [undefined, '"one"'])
    })
  )

  it.effect("sends the ETag, and takes 304 as a confirmation of what it has", () =>
    Effect.gen(function* () {
      const { pricing, server } = yield* setup
      yield* pricing.refresh
      yield* TestClock.adjust("2 days")
      yield* pricing.refresh
      assert.deepStrictEqual(server.asked, [undefined, '"one"'])
      assert.deepInclude(yield* quoteOf(pricing, "acme/model-3"), { stale: false, asOf: "2026-11-23" })
      assert.strictEqual((yield* pricing.status).age, 0)
    })
  )

  it.effect("fetches once for concurrent lookups", () =>
    Effect.gen(function* () {
      const { pricing, server } = yield* setup
      const lookups = Array.from({ length: 50 }, (_, i) => quoteOf(pricing, `acme/model-${i % 20}`))
      const quotes = yield* Effect.all([...lookups, pricing.refresh], { concurrency: "unbounded" })
      assert.isTrue(quotes.slice(0, 50).every((quote) => quote !== undefined))
      assert.lengthOf(server.asked, 1)
    })
  )

  it.effect("continues the fetch when the caller that started it is interrupted", () =>
    Effect.gen(function* () {
      const { pricing, server } = yield* setup
      let respond = () => {}
      server.answer = (request, response) => (respond = () => file(modelsDev(20), '"one"')(request, response))
      const first = yield* Effect.forkChild(pricing.refresh)
      const second = yield* Effect.forkChild(pricing.refresh)
      yield* until(() => server.asked.length > 0)
      yield* Fiber.interrupt(first)
      respond()
      yield* Fiber.join(second)
      assert.lengthOf(server.asked, 1)
    })
  )

  it.effect("fetches only on `refresh` if configured so", () =>
    Effect.gen(function* () {
      const { options, server } = yield* setup
      const pricing = yield* reader({ ...options, when: "manual" })
      assert.isUndefined(yield* quoteOf(pricing, "acme/model-3"))
      assert.lengthOf(server.asked, 0)
      yield* pricing.refresh
      assert.isDefined(yield* quoteOf(pricing, "acme/model-3"))
    })
  )

  it.effect("keeps custom prices over fetched ones", () =>
    Effect.gen(function* () {
      const { options } = yield* setup
      const pricing = yield* reader({ ...options, prices: { "acme/model-3": Price.make({ input: 77 }) } })
      yield* pricing.refresh
      assert.deepInclude(yield* quoteOf(pricing, "acme/model-3"), { source: "user", stale: false })
    })
  )

  it.effect("keeps what the embedded price tells more, where the feed confirms it", () =>
    Effect.gen(function* () {
      const { options, pricing, server } = yield* setup
      const offline = yield* quoteOf(yield* reader({ ...options, when: "manual" }), "anthropic/claude-haiku-4-5")
      const { rates } = offline?.price?.versions.at(-1) ?? {}
      const claude = { input: rates?.input, output: rates?.output, cache_read: 0.05 }
      server.answer = file(modelsDev(20, { anthropic: { "claude-haiku-4-5": claude } }), '"c"')
      yield* pricing.refresh
      const quote = yield* quoteOf(pricing, "anthropic/claude-haiku-4-5")
      assert.deepStrictEqual(quote?.price?.versions.at(-1)?.rates, { ...rates, cacheRead: 0.05 })
      assert.match(quote?.price?.source ?? "", /^models\.dev, /)
    })
  )

  it.effect("reads genai-prices and LiteLLM's file too", () =>
    Effect.gen(function* () {
      const { options, server } = yield* setup
      const models = Array.from({ length: 6 }, (_, i) => ({
        id: `m-${i}`,
        match: { or: [{ equals: `m-${i}` }, { equals: `also-m-${i}` }] },
        prices: { input_mtok: i + 1, output_mtok: 2 }
      }))
      server.answer = file(JSON.stringify([{ id: "acme", name: "Acme", models }]), '"g"')
      const genai = yield* reader({ ...options, feed: PriceFeed.genaiPrices })
      assert.deepInclude(yield* quoteOf(genai, "acme/also-m-2"), { source: "genai-prices", match: "alias" })

      const entry = (i: number) => ({ litellm_provider: "acme", mode: "chat", input_cost_per_token: (i + 1) / 1e6 })
      const entries = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`acme/n-${i}`, entry(i)]))
      server.answer = file(JSON.stringify({ sample_spec: {}, ...entries }), '"l"')
      const litellm = yield* reader({ ...options, feed: PriceFeed.liteLlm })
      const quote = yield* quoteOf(litellm, "acme/n-2")
      assert.strictEqual(quote?.source, "litellm")
      assert.strictEqual(Number(inputOf(quote?.price)), 3)
    })
  )
})

const liteLlm = new URL("../../../../shared/data-sources/litellm_model_prices_2026-08-01.json", import.meta.url)

describe("LiteLLM's whole file", () => {
  it.effect.skipIf(!existsSync(liteLlm))("is read into thousands of prices", () =>
    Effect.gen(function* () {
      const { options, server } = yield* setup
      server.answer = file(readFileSync(liteLlm, "utf8"), '"real"')
      const pricing = yield* reader({ ...options, feed: PriceFeed.liteLlm, minimum: 2000 })
      yield* pricing.refresh
      const { feed } = (yield* pricing.status).prices
      assert.isAbove(feed, 2000)
      const quote = yield* quoteOf(pricing, "openai/gpt-5-mini")
      assert.match(quote?.source ?? "", /^litellm/)
      assert.strictEqual(Number(inputOf(quote?.price)), 0.25)
      const next = yield* reader({ ...options, feed: PriceFeed.liteLlm, when: "manual" })
      assert.deepStrictEqual(yield* quoteOf(next, "openai/gpt-5-mini"), quote)
    })
  )
})

describe("a refresh that fails", () => {
  const small = { maxBytes: 5000 }
  const long = modelsDev(2000)
  type Options = Parameters<typeof reader>[0]
  const cases: ReadonlyArray<readonly [reason: string, what: string, options: Options, answer: FeedServer["answer"]]> =
    [
      ["Status", "is a 404, which is not asked again", {}, (_, response) => response.writeHead(404).end()],
      ["Invalid", "is no JSON", {}, file("<html>", "x")],
      ["Invalid", "is JSON of another kind", {}, file(`{"models":[1,2]}`, "x")],
      ["Invalid", "is a list", {}, file(`[]`, "x")],
      ["TooFew", "is empty", {}, file(`{}`, "x")],
      ["TooFew", "has few models", {}, file(modelsDev(4), "x")],
      ["Shrunk", "lost more than half of its models", {}, file(modelsDev(9), "x")],
      ["TooLarge", "says that it is too long", small, file(long, "x")],
      [
        "TooLarge",
        "is too long without saying so",
        small,
        (_, response) => response.writeHead(200, { "transfer-encoding": "chunked" }).end(long)
      ],
      [
        "TooLarge",
        "is short and unpacks to too much",
        small,
        (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(long))
      ]
    ]
  for (const [reason, what, options, answer] of cases) {
    it.effect(`keeps the last good prices when the answer ${what}`, () =>
      Effect.gen(function* () {
        const { options: base, server } = yield* setup
        const pricing = yield* reader({ ...base, ...options })
        yield* pricing.refresh
        server.asked.length = 0
        server.answer = answer
        const error = yield* Effect.flip(pricing.refresh)
        assert.strictEqual(error.reason, reason)
        assert.strictEqual(error.url, server.url)
        assert.lengthOf(server.asked, 1)
        assert.isDefined((yield* quoteOf(pricing, "acme/model-19"))?.price)
        assert.strictEqual((yield* pricing.status).lastError, error)
        // Nor does the disk hold what was turned down.
        assert.isDefined(yield* quoteOf(yield* reader({ ...base, when: "manual" }), "acme/model-19"))
      })
    )
  }

  it.effect("keeps the last good prices when a custom decoder throws, and does not retry at once", () =>
    Effect.gen(function* () {
      const { options, server } = yield* setup
      const decode = () => {
        throw new Error("oops")
      }
      const pricing = yield* reader({ ...options, feed: { name: "mine", url: server.url, decode } })
      for (let i = 0; i < 3; i++) {
        yield* quoteOf(pricing, "openai/gpt-5-mini")
        yield* settled(pricing)
      }
      assert.lengthOf(server.asked, 1)
      assert.strictEqual((yield* pricing.status).lastError?.reason, "Invalid")
    })
  )

  it.effect("retries transient failures, a limited number of times", () =>
    Effect.gen(function* () {
      const { options, server } = yield* setup
      const pricing = yield* reader({ ...options, timeout: "1 hour" })
      for (const status of [408, 425, 429, 500, 503]) {
        server.asked.length = 0
        server.answer = (_, response) => response.writeHead(status).end()
        const error = yield* Effect.flip(inTime(pricing.refresh))
        assert.deepInclude(error, { reason: "Status", status })
        assert.lengthOf(server.asked, 3)
      }

      let calls = 0
      server.answer = (request, response) =>
        ++calls === 1 ? request.socket.destroy() : file(modelsDev(20), "x")(request, response)
      yield* inTime(pricing.refresh)
      assert.isUndefined((yield* pricing.status).lastError)
    })
  )

  it.effect("gives up on a server that is silent or stalls midway", () =>
    Effect.gen(function* () {
      const { options, server } = yield* setup
      const pricing = yield* reader({ ...options, retries: 0, timeout: "3 seconds" })
      server.answer = () => {}
      assert.strictEqual((yield* Effect.flip(inTime(pricing.refresh))).reason, "Timeout")
      server.answer = (_, response) => void response.writeHead(200).write(modelsDev(20).slice(0, 100))
      assert.strictEqual((yield* Effect.flip(inTime(pricing.refresh))).reason, "Timeout")
    })
  )

  it.effect("says Unreachable when nobody listens, and never shows credentials or a query", () =>
    Effect.gen(function* () {
      const { options } = yield* setup
      const pricing = yield* reader({ ...options, url: "http://me:secret@127.0.0.1:1/p?key=secret", retries: 0 })
      const error = yield* Effect.flip(pricing.refresh)
      assert.deepInclude(error, { reason: "Unreachable", url: "http://127.0.0.1:1/p" })
      assert.notInclude(JSON.stringify(error) + error.message + JSON.stringify(yield* pricing.status), "secret")
    })
  )

  it.effect("is not retried in the background before the delay has passed", () =>
    Effect.gen(function* () {
      const { options, server } = yield* setup
      server.answer = (_, response) => response.writeHead(404).end()
      const pricing = yield* reader({ ...options, retryDelay: "10 minutes" })
      for (let i = 0; i < 5; i++) {
        yield* quoteOf(pricing, "openai/gpt-5-mini")
        yield* quoteOf(pricing, "acme/model-3")
        yield* settled(pricing)
      }
      assert.lengthOf(server.asked, 1)
      server.answer = file(modelsDev(20), '"one"')
      yield* TestClock.adjust("10 minutes")
      assert.isDefined(yield* quoteOf(pricing, "acme/model-3"))
      assert.lengthOf(server.asked, 2)
    })
  )

  it.effect("does not make old prices new when the clock was set back", () =>
    Effect.gen(function* () {
      const { options, pricing, server } = yield* setup
      yield* pricing.refresh
      yield* TestClock.setTime(today - 10 * day)
      const later = yield* reader(options)
      yield* quoteOf(later, "acme/model-3")
      yield* settled(later)
      assert.lengthOf(server.asked, 2)
    })
  )
})
