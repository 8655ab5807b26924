import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Services from "../Services.ts"
import { printJson } from "../terminal/Print.ts"
import * as Quantity from "../terminal/Quantity.ts"
import * as Table from "../terminal/Table.ts"
import type { Address } from "./Address.ts"
import { ask } from "./Admin.ts"

interface Input extends Address {
  readonly model: string | undefined
  readonly from: string | undefined
  readonly to: string | undefined
}

/** `shadows`. */
export const shadows = Effect.fnUntraced(function* ({ from, json, key, model, to, url }: Input) {
  const query = {
    ...(model !== undefined && { model }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to })
  }
  const found = yield* ask({ key, url }, (admin) => admin.ledger.shadows({ query }))
  if (json) return yield* printJson(found)
  if (found.comparisons.length === 0)
    return yield* Console.log(
      `No model had a shadow from ${found.from} to ${found.to}. The settings of a model give it one: shadow: { to: other, share: 0.01 }`
    )
  const rows = found.comparisons.flatMap(({ mirrored, model, primary, shadow }) => [
    { name: model, side: primary },
    { name: `shadow ${shadow}`, side: mirrored }
  ])
  const number = (
    title: string,
    value: (side: (typeof rows)[number]["side"]) => string,
    drop?: number
  ): Table.Column<(typeof rows)[number]> => ({
    title,
    align: "right",
    value: ({ side }) => value(side),
    ...(drop !== undefined && { drop })
  })
  const seconds = (millis: number | undefined) => (millis === undefined ? "-" : `${(millis / 1000).toFixed(2)}s`)
  yield* Table.print(rows, [
    { title: "model", value: ({ name }) => name },
    number("calls", ({ calls }) => Quantity.format(calls)),
    number("failed", ({ failed }) => Quantity.format(failed)),
    number("median", ({ millis }) => seconds(millis.median)),
    number("p95", ({ millis }) => seconds(millis.p95), 2),
    number("first token", ({ firstTokenMillis }) => seconds(firstTokenMillis?.median), 1),
    number("in", ({ inputTokens }) => Quantity.format(inputTokens), 3),
    number("out", ({ outputTokens }) => Quantity.format(outputTokens)),
    number("cost", Quantity.spent)
  ])
}, Effect.provide(Services.http))
