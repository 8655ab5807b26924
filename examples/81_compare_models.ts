/**
 * The same call with every model that supports it, cheapest first.
 *
 *     npx tsx examples/81_compare_models.ts
 */
import { BigDecimal, Console, DateTime, Effect } from "effect"
import { Usage } from "effect-llm"
import * as Catalog from "effect-llm/catalog/Catalog"
import * as Cost from "effect-llm/catalog/Cost"
import * as Money from "effect-llm/catalog/Money"

const program = Effect.gen(function* () {
  const catalog = yield* Catalog.Catalog
  const at = yield* DateTime.now

  const able = yield* catalog.search({
    provider: ["openai", "anthropic", "google"],
    kind: "chat",
    capabilities: ["vision", "tools"],
    minContextWindow: 200_000,
    priced: true
  })
  // A long document that is read from the cache from the second request on.
  const usage = Usage.make({ input: 60_000, cacheRead: 50_000, output: 1000 })
  const compared = Cost.compare(able, usage, { at })
  yield* Console.log(`Of ${able.length} models, the five cheapest and the dearest:\n`)

  for (const { cost, model } of [...compared.slice(0, 5), ...compared.slice(-1)]) {
    const total = cost._tag === "Priced" ? Money.format(cost.total) : "unknown"
    yield* Console.log(`${`${model.provider}/${model.id}`.padEnd(40)} ${total.padStart(10)}`)
  }

  const priced = compared.flatMap(({ cost }) => (cost._tag === "Priced" ? [cost.total] : []))
  const [least, most] = [priced.at(0), priced.at(-1)]
  if (least !== undefined && most !== undefined) {
    yield* Console.log(
      `\nA thousand calls differ by ${Money.format(BigDecimal.multiply(BigDecimal.subtract(most, least), BigDecimal.make(1000n, 0)))}.`
    )
  }
})

await program.pipe(Effect.provide(Catalog.layer), Effect.runPromise)
