import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as CatalogModel from "../../../src/catalog/CatalogModel.ts"
import * as Price from "../../../src/catalog/Price.ts"
import * as Pricing from "../../../src/catalog/Pricing.ts"
import { PricingStatus } from "../../../src/catalog/pricing/PriceBook.ts"
import { day, today } from "./feedServer.ts"

const lookup = (model: string) =>
  Effect.flatMap(Pricing.Pricing, (pricing) => Effect.map(pricing.lookup(model), Option.getOrUndefined))

const at = (millis: number) => TestClock.setTime(millis)

describe("Pricing.layer", () => {
  it.effect("knows the embedded prices, with their source and day, without disk or network", () =>
    Effect.gen(function* () {
      yield* at(today)
      const quote = yield* lookup("openai/gpt-5-mini")
      assert.strictEqual(quote?.model, "openai/gpt-5-mini")
      assert.strictEqual(quote?.match, "exact")
      assert.isDefined(quote?.price)
      assert.match(quote?.asOf ?? "", /^2026-\d\d-\d\d$/)
      assert.isNotEmpty(quote?.source)
    }).pipe(Effect.provide(Pricing.layer))
  )

  it.effect("returns None for an unknown model, not a price of zero", () =>
    Effect.gen(function* () {
      assert.isTrue(Option.isNone(yield* (yield* Pricing.Pricing).lookup("nobody/knows-this-model")))
    }).pipe(Effect.provide(Pricing.layer))
  )

  it.effect("calls an embedded price stale once it is older than it is trusted", () =>
    Effect.gen(function* () {
      const asOf = (yield* lookup("openai/gpt-5-mini"))?.asOf ?? ""
      yield* at(Date.parse(asOf) + 30 * day - 1)
      assert.isFalse((yield* lookup("openai/gpt-5-mini"))?.stale)
      yield* at(Date.parse(asOf) + 30 * day)
      assert.isTrue((yield* lookup("openai/gpt-5-mini"))?.stale)
    }).pipe(Effect.provide(Pricing.layer))
  )

  it.effect("calls another provider's price of the same name fuzzy", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* lookup("my-own-server/gpt-5-mini"))?.match, "fuzzy")
    }).pipe(Effect.provide(Pricing.layer))
  )

  it.effect("fetches nothing, even on refresh", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip((yield* Pricing.Pricing).refresh)
      assert.strictEqual(error.reason, "Offline")
    }).pipe(Effect.provide(Pricing.layer))
  )

  it.effect("reports which prices are in use, also as JSON", () =>
    Effect.gen(function* () {
      yield* at(today)
      const status = yield* (yield* Pricing.Pricing).status
      assert.strictEqual(status.source, "embedded")
      assert.isAtLeast(status.prices.embedded, 1000)
      assert.strictEqual(status.age, today - Date.parse(status.asOf))
      assert.isFalse(status.refreshing)
      const json = JSON.stringify(Schema.encodeSync(PricingStatus)(status))
      assert.deepStrictEqual(Schema.decodeUnknownSync(PricingStatus)(JSON.parse(json)).prices, status.prices)
    }).pipe(Effect.provide(Pricing.layer))
  )

  it.effect("calls all that is in use stale at the same time as the embedded prices", () =>
    Effect.gen(function* () {
      const pricing = yield* Pricing.Pricing
      const { asOf } = yield* pricing.status
      yield* at(Date.parse(asOf) + 7 * day - 1)
      assert.isFalse((yield* pricing.status).stale)
      yield* at(Date.parse(asOf) + 7 * day)
      assert.isTrue((yield* pricing.status).stale)
    }).pipe(Effect.provide(Pricing.layerWith({ trustEmbedded: "7 days" })))
  )

  it.effect("looks up prices in its table without an effect", () =>
    Effect.gen(function* () {
      const pricing = yield* Pricing.Pricing
      const table = yield* pricing.table
      assert.deepStrictEqual(table.find("gpt-5-mini"), Option.getOrUndefined(yield* pricing.lookup("gpt-5-mini")))
      assert.isUndefined(table.find("nobody/knows-this-model"))
    }).pipe(Effect.provide(Pricing.layer))
  )
})

describe("Pricing.layerWith", () => {
  const mine = Price.make({ input: 7, output: 8 })

  it.effect("prefers a custom price to the embedded one, under every name of the model", () =>
    Effect.gen(function* () {
      yield* at(today + 1000 * day)
      for (const name of ["openai/gpt-5-mini", "gpt-5-mini", "OpenAI/GPT-5-mini"]) {
        const quote = yield* lookup(name)
        assert.deepStrictEqual(quote?.price?.versions, mine.versions)
        assert.strictEqual(quote?.source, "user")
        assert.isFalse(quote?.stale)
      }
    }).pipe(Effect.provide(Pricing.layerWith({ prices: { "openai/gpt-5-mini": mine } })))
  )

  it.effect("accepts a price for an unknown model, with a provider or without", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* lookup("lab/model-x"))?.price?.versions, mine.versions)
      assert.deepStrictEqual((yield* lookup("bare-name"))?.price?.versions, mine.versions)
      assert.strictEqual((yield* lookup("lab/model-x"))?.match, "exact")
    }).pipe(Effect.provide(Pricing.layerWith({ prices: { "lab/model-x": mine, "bare-name": mine } })))
  )

  it.effect("accepts a price for a pattern, and prefers a longer name to a shorter", () =>
    Effect.gen(function* () {
      const inputOf = (name: string) => Effect.map(lookup(name), (quote) => quote?.price?.versions[0]?.rates.input)
      const inputs = yield* Effect.all([
        inputOf("lab/whatever"),
        inputOf("Lab/Big-Model"),
        inputOf("lab/big-one"),
        inputOf("openai/gpt-5-mini"),
        inputOf("other/whatever")
      ])
      assert.deepStrictEqual(inputs.map(String), ["1", "2", "3", "4", "undefined"])
    }).pipe(
      Effect.provide(
        Pricing.layerWith({
          prices: {
            "lab/*": Price.make({ input: "1" }),
            "lab/big-*": Price.make({ input: "2" }),
            "lab/big-one": Price.make({ input: "3" }),
            "openai/*": Price.make({ input: "4" })
          }
        })
      )
    )
  )

  it.effect("applies a pattern's price to every name of a model", () =>
    Effect.gen(function* () {
      for (const name of [
        "openai/gpt-5-mini",
        "gpt-5-mini",
        "OpenAI/GPT-5-mini",
        " gpt-5-mini ",
        " openai/gpt-5-mini"
      ]) {
        const quote = yield* lookup(name)
        assert.deepStrictEqual([quote?.source, quote?.price?.versions], ["user", mine.versions], name)
      }
    }).pipe(Effect.provide(Pricing.layerWith({ prices: { "OpenAI/gpt-5-m*": mine } })))
  )

  it.effect("takes a pattern for the name of the request before one for the model's own", () =>
    Effect.gen(function* () {
      const inputOf = (name: string) =>
        Effect.map(lookup(name), (quote) => String(quote?.price?.versions[0]?.rates.input))
      assert.strictEqual(yield* inputOf(" GPT-5-mini"), "2")
      assert.strictEqual(yield* inputOf("openai/gpt-5-mini"), "1")
    }).pipe(
      Effect.provide(
        Pricing.layerWith({ prices: { "openai/*": Price.make({ input: "1" }), "gpt-*": Price.make({ input: "2" }) } })
      )
    )
  )

  it.effect("does not take a price for one provider as that of another's model", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* lookup("lab/gpt-5-mini"))?.source, "user")
      assert.notStrictEqual((yield* lookup("openai/gpt-5-mini"))?.source, "user")
    }).pipe(Effect.provide(Pricing.layerWith({ prices: { "lab/gpt-5-mini": mine } })))
  )

  const models = [
    CatalogModel.make({ provider: "lab", id: "llama", aliases: ["llama-nightly"], price: mine }),
    CatalogModel.make({ provider: "openai", id: "gpt-5-mini" })
  ]
  it.effect("adds custom models with their aliases; one without a price keeps the known price", () =>
    Effect.gen(function* () {
      const quote = yield* lookup("lab/llama-nightly")
      assert.strictEqual(quote?.model, "lab/llama")
      assert.strictEqual(quote?.match, "alias")
      assert.isDefined((yield* lookup("openai/gpt-5-mini"))?.price)
    }).pipe(Effect.provide(Pricing.layerWith({ models })))
  )
})
