import * as Effect from "effect/Effect"
import * as Services from "../Services.ts"
import { printJson } from "../terminal/Print.ts"
import * as Quantity from "../terminal/Quantity.ts"
import * as Table from "../terminal/Table.ts"
import type { Address } from "./Address.ts"
import { ask } from "./Admin.ts"

interface Input extends Address {
  readonly by: ReadonlyArray<string>
  readonly from: string | undefined
  readonly to: string | undefined
}

type Sums = {
  readonly calls: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cost: string
  readonly unpriced: number
}

/** `spend`. */
export const spend = Effect.fnUntraced(function* ({ by, from, json, key, to, url }: Input) {
  const dimensions = by.length === 0 ? ["model"] : by
  const query = { by: dimensions.join(","), ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
  const spent = yield* ask({ key, url }, (admin) => admin.ledger.spend({ query }))
  if (json) return yield* printJson(spent)
  const rows = [
    ...spent.groups.map((group) => ({
      names: dimensions.map((dimension) => String(Reflect.get(group, dimension) || "-")),
      sums: group
    })),
    { names: dimensions.map((_, index) => (index === 0 ? "all" : "")), sums: spent.total }
  ]
  const number = (title: string, value: (sums: Sums) => string): Table.Column<(typeof rows)[number]> => ({
    title,
    align: "right",
    value: ({ sums }) => value(sums)
  })
  yield* Table.print(rows, [
    ...dimensions.map((title, index) => ({
      title,
      value: ({ names }: (typeof rows)[number]) => names[index] ?? ""
    })),
    number("calls", ({ calls }) => Quantity.format(calls)),
    number("in", ({ inputTokens }) => Quantity.format(inputTokens)),
    number("out", ({ outputTokens }) => Quantity.format(outputTokens)),
    number("cost", Quantity.spent)
  ])
}, Effect.provide(Services.http))
