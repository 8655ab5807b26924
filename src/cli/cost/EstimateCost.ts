import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Money from "effect-llm/catalog/Money"
import * as Cost from "effect-llm/catalog/Cost"
import { Tokenizer } from "effect-llm/tokens/Tokenizer"
import { failed, usage } from "../CliFailure.ts"
import * as KnownModels from "../models/KnownModels.ts"
import * as Rates from "../models/Rates.ts"
import * as Services from "../Services.ts"
import { printJson } from "../terminal/Print.ts"
import * as Quantity from "../terminal/Quantity.ts"
import { style } from "../terminal/Style.ts"
import * as Table from "../terminal/Table.ts"
import * as Call from "./Call.ts"

/** `cost estimate`. */
export const estimateCost = Effect.fnUntraced(
  function* (call: Call.Call & { readonly models: ReadonlyArray<string>; readonly json: boolean }) {
    const at = yield* DateTime.now
    if (call.models.length === 0) return yield* usage("name a model, such as `effect-llm cost estimate gpt-6-luna`")
    const models = yield* Effect.forEach(call.models, KnownModels.find)
    yield* Call.checkTier(call.tier, yield* KnownModels.all)
    const input = yield* Call.inputOf(call)
    const priced = yield* Effect.forEach(models, (model) => Call.price(model, call, input, at))
    if (call.json) yield* printJson(priced.map((pricedCall) => Call.toJson(pricedCall, call.calls)))
    else for (const [index, pricedCall] of priced.entries()) yield* show(pricedCall, call, index > 0)
    const unpriced = priced
      .filter(({ total }) => total === undefined)
      .map(({ model }) => `${model.provider}/${model.id}`)
    if (unpriced.length > 0)
      return yield* failed(
        `no ${call.tier === undefined ? "" : `${call.tier} `}price is known for ${unpriced.join(", ")}`
      )
  },
  Effect.provide(Layer.merge(Services.catalog, Tokenizer.layer))
)

interface Row {
  readonly item: string
  readonly quantity: string
  readonly rate: string
  readonly amount: string
}

/** Seconds in an hour, the unit of rates for seconds. */
const hour = 3600

const rowOf = ({ amount, meter, per, quantity, rate }: Cost.CostLine): Row => ({
  item: meter,
  quantity: Quantity.format(quantity),
  rate: `${Rates.exact(rate)} / ${per === hour ? "hour" : per === 1 ? "1" : Quantity.short(per)}`,
  amount: Money.format(amount)
})

const columns: ReadonlyArray<Table.Column<Row>> = [
  { title: "", value: ({ item }) => item },
  { title: "quantity", value: ({ quantity }) => quantity, align: "right", drop: 1 },
  { title: "rate", value: ({ rate }) => rate, align: "right", drop: 2 },
  { title: "cost", value: ({ amount }) => amount, align: "right", style: (text, _, { bold }) => bold(text) }
]

const show = Effect.fnUntraced(function* (
  { cost, input, lacksTier, model, output, total }: Call.PricedCall,
  call: Call.Call,
  gap: boolean
) {
  const { bold, dim, yellow } = yield* style
  const approximately = input.precision._tag === "Exact" ? "" : "about "
  yield* Console.log(
    `${gap ? "\n" : ""}${bold(`${model.provider}/${model.id}`)}  ${approximately}${Quantity.format(input.tokens)} tokens in, ${Quantity.format(output)} out`
  )
  if (cost._tag === "Unpriced") return yield* Console.log(yellow(Cost.formatReason(cost.reason)))
  if (lacksTier) return yield* Console.log(yellow(`there is no ${call.tier} price`))
  const rows = cost.breakdown.map(rowOf)
  const perCall = { item: "one call", quantity: "", rate: "", amount: Money.format(cost.total) }
  const allCalls =
    total === undefined || call.calls === 1
      ? []
      : [{ item: `${Quantity.format(call.calls)} calls`, quantity: "", rate: "", amount: Money.format(total) }]
  yield* Table.print([...rows, perCall, ...allCalls], columns)
  for (const flag of cost.flags) yield* Console.log(yellow(Cost.formatFlag(flag)))
  if (input.precision._tag === "Estimated") {
    yield* Console.log(dim(`the input is an estimate, ±${Math.round(input.precision.expectedError * 100)} %`))
  }
  yield* Console.log(dim(`price: ${[cost.source, cost.asOf].filter((part) => part !== undefined).join(", ")}`))
})
