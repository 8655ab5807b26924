/** The law of money: what is settled is what was spent, and never above the limit, whatever becomes of the calls. */
import { assert, layer as describeWith } from "@effect/vitest"
import { BigDecimal, Effect, Layer, Schedule, Schema, Stream } from "effect"
import { formatDecimal } from "../../../src/catalog/Money.ts"
import * as Budget from "../../../src/policies/Budget.ts"
import { Budgets } from "../../../src/policies/Budgets.ts"
import * as Coalesce from "../../../src/policies/Coalesce.ts"
import * as Hedge from "../../../src/policies/Hedge.ts"
import * as Model from "../../../src/policies/Model.ts"
import type * as Policy from "../../../src/policies/Policy.ts"
import { costs } from "../../../src/policies/WithCost.ts"
import { dollarsOf, inputTokens, type Made, metered, pricing, type Script } from "./metered.ts"
import { forEveryStore, fresh } from "./stores.ts"

const Call = Schema.Struct({
  chunks: Schema.Literals([0, 1, 5, 20]),
  end: Schema.Literals(["finish", "finish", "fail", "hang"]),
  /** A reader that leaves after so many events, or stays. */
  leaves: Schema.Literals([1, 3, 8, 1000, 1000]),
  isStream: Schema.Literals([true, true, false]),
  user: Schema.Literals([0, 1])
})
const Calls = Schema.Array(Call).check(Schema.isMinLength(1), Schema.isMaxLength(10))

const sum = (amounts: ReadonlyArray<BigDecimal.BigDecimal>) => formatDecimal(BigDecimal.sumAll(amounts))

forEveryStore((kind) => {
  describeWith(Layer.merge(Budgets.layerWith({ timeout: "30 seconds" }).pipe(Layer.provide(kind.layer)), pricing), {
    excludeTestServices: true
  })((it) => {
    it.effect.prop(
      "concurrent callers spend the cost of their calls, and no more than the limit",
      [Calls],
      Effect.fnUntraced(function* ([calls]) {
        const budgets = yield* Budgets
        const team = Budget.usd(fresh("team"), { limit: "0.003", per: "day" })
        const users = [0, 1].map(() => Budget.usd(fresh("user"), { limit: "0.002", per: { rolling: "1 hour" } }))
        const tokens = Budget.tokens(fresh("tokens"), { limit: 100_000, per: "all" })
        const costs: Array<{ readonly user: number; readonly cost: BigDecimal.BigDecimal; readonly tokens: number }> =
          []
        yield* Effect.forEach(
          calls,
          Effect.fnUntraced(function* ({ chunks, end, isStream, leaves, user }) {
            const made: Array<Made> = []
            const script: Script = { chunks, end: isStream || end !== "hang" ? end : "finish" }
            const own = users[user]
            const model = metered(() => script, made).pipe(
              Budget.enforce([team, tokens, ...(own === undefined ? [] : [own])], { step: 20 })
            )
            const request = { messages: [{ role: "user", content: "Hi" } as const], maxOutputTokens: 140 }
            const read = model.stream(request).pipe(Stream.take(leaves), Stream.runDrain)
            const isHanging = script.end === "hang"
            const call = isStream
              ? isHanging
                ? Effect.timeoutOption(read, "5 millis")
                : read
              : model.generate(request)
            yield* Effect.result(call)
            for (const { outputTokens } of made)
              costs.push({ user, cost: dollarsOf(outputTokens), tokens: inputTokens + outputTokens })
          }),
          { concurrency: "unbounded" }
        )
        const ofUser = (user: number) => sum(costs.filter((one) => one.user === user).map(({ cost }) => cost))
        for (const [budget, expected] of [
          [team, sum(costs.map(({ cost }) => cost))],
          [users[0], ofUser(0)],
          [users[1], ofUser(1)],
          [tokens, String(costs.reduce((total, { tokens }) => total + tokens, 0))]
        ] as const) {
          if (budget === undefined) return assert.fail("no budget")
          const { limit, reserved, spent } = yield* budgets.spent(budget)
          assert.strictEqual(formatDecimal(spent), expected, budget.id)
          assert.isTrue(BigDecimal.isZero(reserved))
          assert.isTrue(BigDecimal.isLessThanOrEqualTo(spent, limit))
        }
      }),
      { arbitrary: { runs: kind.name === "memory" ? 60 : 8 } }
    )
  })
})

describeWith(Layer.merge(Budgets.layerMemory, pricing), { excludeTestServices: true })("One number", (it) => {
  const around: { readonly [name: string]: Policy.Policy } = {
    nothing: (model) => model,
    "a retry": Model.retry(Schedule.recurs(2)),
    "a hedge": Hedge.make({ after: "1 millis" }),
    "a coalescing": Coalesce.make()
  }
  for (const [name, policy] of Object.entries(around)) {
    it.effect.prop(
      `is what the budget settles and what outer policies see, through ${name}`,
      {
        chunks: Schema.Literals([0, 1, 5]),
        end: Schema.Literals(["fail", "hang"]),
        isStream: Schema.Boolean,
        leaves: Schema.Literals([1, 3, 1000]),
        reports: Schema.Literals(["always", "finish", "never"])
      },
      ({ chunks, end, isStream, leaves, reports }) =>
        Effect.gen(function* () {
          const budget = Budget.usd(fresh("one"), { limit: "1", per: "day" })
          const ends: Array<Model.CallEnd<unknown, unknown, unknown>> = []
          const budgeted = Budget.enforce(budget)(metered(() => ({ chunks, end }), [], { reports }))
          const model = Model.onEnd(policy(budgeted), (end) => Effect.sync(() => ends.push(end)))
          const call = isStream
            ? model.stream("Hi").pipe(Stream.take(leaves), Stream.runDrain)
            : Effect.asVoid(model.generate("Hi"))
          yield* Effect.exit(Effect.timeoutOption(call, "5 millis"))
          assert.lengthOf(ends, 1)
          const known = ends.flatMap(costs)
          assert.isTrue(
            known.every((cost) => cost._tag === "Priced" && cost.flags.some(isEstimated)),
            "all estimated"
          )
          const told = sum(known.map((cost) => (cost._tag === "Priced" ? cost.total : BigDecimal.make(0n, 0))))
          // The calls that lost a race are closed aside.
          yield* Effect.sleep("2 millis")
          const { spent } = yield* Budgets.use((budgets) => budgets.spent(budget))
          assert.strictEqual(told, formatDecimal(spent))
        }),
      { arbitrary: { runs: 40 } }
    )
  }
})

const isEstimated = ({ _tag }: { readonly _tag: string }) => _tag === "Estimated"
