/** Strategies are pure: orders of candidates, the same by seed, with the shares that the weights say. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Strategy from "../../src/router/Strategy.ts"

const Live = Schema.Struct({
  busy: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20 })),
  latencyMillis: Schema.UndefinedOr(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 10_000 }))),
  errorRate: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })),
  headroom: Schema.UndefinedOr(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))),
  coolingUntil: Schema.Undefined
})

const Row = Schema.Struct({
  live: Live,
  weight: Schema.Literals([0, 1, 2, 5]),
  order: Schema.Literals([0, 1, 2]),
  tag: Schema.Literals(["eu", "us", "fast"]),
  tools: Schema.UndefinedOr(Schema.Boolean),
  costUsd: Schema.UndefinedOr(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })))
})

const Rows = Schema.Array(Row).check(Schema.isMinLength(1), Schema.isMaxLength(6))
const Seed = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 0.999999 }))

const candidatesOf = (rows: ReadonlyArray<typeof Row.Type>): ReadonlyArray<Strategy.Candidate> =>
  rows.map(({ costUsd, live, order, tag, tools, weight }, index) => ({
    name: `m${index}`,
    model: `lab/m${index}`,
    deployment: { weight, order, tags: [tag] },
    live,
    capabilities: { tools },
    costUsd
  }))

const contextOf = (context: Partial<Strategy.Context> = {}): Strategy.Context => ({
  request: {},
  seed: 0.5,
  turn: 0,
  now: 0,
  needs: ["tools"],
  session: undefined,
  pinned: undefined,
  ...context
})

const strategies: { readonly [name: string]: Strategy.Strategy } = {
  weighted: Strategy.weighted,
  roundRobin: Strategy.roundRobin,
  leastBusy: Strategy.leastBusy,
  lowestLatency: Strategy.lowestLatency,
  lowestCost: Strategy.lowestCost,
  mostHeadroom: Strategy.mostHeadroom,
  byOrder: Strategy.byOrder(),
  byTags: Strategy.byTags(["eu", "fast"]),
  byCapability: Strategy.byCapability(),
  sticky: Strategy.sticky(Strategy.lowestCost),
  share: Strategy.share([
    [0.7, Strategy.lowestCost],
    [0.3, Strategy.byOrder(Strategy.leastBusy)]
  ])
}

const namesOf = (candidates: ReadonlyArray<Strategy.Candidate>) => candidates.map(({ name }) => name)

const figure = (figureOf: (candidate: Strategy.Candidate) => number, candidates: ReadonlyArray<Strategy.Candidate>) =>
  candidates.map(figureOf)

const isAscending = (figures: ReadonlyArray<number>) =>
  figures.every((one, index) => index === 0 || (figures[index - 1] ?? 0) <= one)

describe("every strategy", () => {
  for (const [name, strategy] of Object.entries(strategies)) {
    it.prop(
      `${name} gives an order of the candidates, always the same one for the same input`,
      { rows: Rows, seed: Seed, turn: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 })) },
      ({ rows, seed, turn }) => {
        const candidates = candidatesOf(rows)
        const before = JSON.stringify(candidates)
        const context = contextOf({ seed, turn, pinned: turn % 2 === 0 ? "m1" : undefined })
        const order = strategy(candidates, context)
        assert.sameMembers([...order], [...candidates])
        assert.strictEqual(order.length, candidates.length)
        assert.deepStrictEqual(namesOf(strategy(candidates, context)), namesOf(order))
        assert.strictEqual(JSON.stringify(candidates), before)
        assert.deepStrictEqual(strategy([], context), [])
        for (const candidate of order) assert.isString(strategy.because?.(candidate, context))
      },
      { arbitrary: { runs: 100 } }
    )
  }
})

describe("orders", () => {
  const rows = { rows: Rows, seed: Seed }
  const ascends = (name: string, strategy: Strategy.Strategy, figureOf: (candidate: Strategy.Candidate) => number) =>
    it.prop(name, rows, ({ rows, seed }) => {
      assert.isTrue(isAscending(figure(figureOf, strategy(candidatesOf(rows), contextOf({ seed })))))
    })
  ascends(
    "the cheapest comes first, and what has no price last",
    Strategy.lowestCost,
    ({ costUsd }) => costUsd ?? Infinity
  )
  ascends("the one with the most headroom comes first", Strategy.mostHeadroom, ({ live }) => -(live.headroom ?? 1))
  ascends(
    "the lowest order comes first",
    strategies.byOrder ?? Strategy.weighted,
    ({ deployment }) => deployment.order ?? 0
  )
  ascends("what can do all that is needed comes first", Strategy.byCapability(), ({ capabilities }) =>
    capabilities.tools === true ? 0 : 1
  )
  ascends("the wanted tags come first", Strategy.byTags(["eu"]), ({ deployment }) =>
    deployment.tags?.includes("eu") === true ? 0 : 1
  )
  ascends(
    "the least busy for its weight comes first",
    Strategy.leastBusy,
    ({ deployment: { weight = 1 }, live }) => (live.busy + 1) / weight
  )

  it.prop("the pinned one comes first, and the others keep their order", rows, ({ rows, seed }) => {
    const candidates = candidatesOf(rows)
    const context = contextOf({ seed, pinned: "m0" })
    const order = namesOf(Strategy.sticky(Strategy.weighted)(candidates, context))
    assert.strictEqual(order[0], "m0")
    const others = namesOf(Strategy.weighted(candidates, context)).filter((name) => name !== "m0")
    assert.deepStrictEqual(order.slice(1), others)
  })

  it.prop("of two drawn at random the slower never comes before the faster", rows, ({ rows, seed }) => {
    const candidates = candidatesOf(rows)
    const order = Strategy.lowestLatency(candidates, contextOf({ seed }))
    const drawn = Strategy.weighted(candidates, contextOf({ seed })).slice(0, 2)
    assert.include(namesOf(drawn), order[0]?.name)
  })
})

/** How often each comes first in so many calls with seeds spread evenly. */
const shares = (strategy: Strategy.Strategy, candidates: ReadonlyArray<Strategy.Candidate>, calls = 5000) => {
  const counts = new Map<string, number>()
  for (let call = 0; call < calls; call++) {
    const first = strategy(candidates, contextOf({ seed: (call * 0.6180339887) % 1, turn: call }))[0]?.name ?? ""
    counts.set(first, (counts.get(first) ?? 0) + 1 / calls)
  }
  return counts
}

describe("shares", () => {
  it.prop(
    "a weighted shuffle keeps to the weights",
    { weights: Schema.Array(Schema.Literals([0, 1, 2, 5])).check(Schema.isMinLength(2), Schema.isMaxLength(5)) },
    ({ weights }) => {
      const sum = weights.reduce<number>((sum, weight) => sum + weight, 0)
      const live = { busy: 0, latencyMillis: undefined, errorRate: 0, headroom: undefined, coolingUntil: undefined }
      const rows = weights.map((weight) => ({ live, weight, order: 0, tag: "eu", tools: true, costUsd: 1 }) as const)
      const seen = shares(Strategy.weighted, candidatesOf(rows))
      for (const [index, weight] of weights.entries()) {
        if (sum > 0) assert.closeTo(seen.get(`m${index}`) ?? 0, weight / sum, 0.03)
      }
    },
    { arbitrary: { runs: 20 } }
  )

  const even = candidatesOf(
    [0, 1, 2, 3].map(() => ({
      live: { busy: 0, latencyMillis: 100, errorRate: 0, headroom: 1, coolingUntil: undefined },
      weight: 1,
      order: 0,
      tag: "eu",
      tools: true,
      costUsd: 1
    }))
  )

  for (const name of ["roundRobin", "leastBusy", "lowestLatency", "lowestCost", "mostHeadroom"]) {
    it(`${name} shares calls evenly among equals`, () => {
      const seen = shares(strategies[name] ?? Strategy.weighted, even)
      for (const { name } of even) assert.closeTo(seen.get(name) ?? 0, 0.25, 0.03)
    })
  }

  it("the slowest of four is never first by latency, and the fastest is not always", () => {
    const uneven = candidatesOf(
      [0, 1, 2, 3].map((index) => ({
        live: { busy: 0, latencyMillis: 100 * (index + 1), errorRate: 0, headroom: 1, coolingUntil: undefined },
        weight: 1,
        order: 0,
        tag: "eu",
        tools: true,
        costUsd: 1
      }))
    )
    const seen = shares(Strategy.lowestLatency, uneven)
    assert.closeTo(seen.get("m0") ?? 0, 0.5, 0.03)
    assert.strictEqual(seen.get("m3"), undefined)
  })

  it("a strategy gets its share of the calls", () => {
    const cheap = candidatesOf(
      [0, 1, 2, 3].map((index) => ({
        live: { busy: 3 - index, latencyMillis: 100, errorRate: 0, headroom: 1, coolingUntil: undefined },
        weight: 1,
        order: 0,
        tag: "eu",
        tools: true,
        costUsd: index
      }))
    )
    const strategy = Strategy.share([
      [9, Strategy.lowestCost],
      [1, Strategy.leastBusy]
    ])
    const seen = shares(strategy, cheap)
    assert.closeTo(seen.get("m0") ?? 0, 0.9, 0.02)
    assert.closeTo(seen.get("m3") ?? 0, 0.1, 0.02)
  })
})
