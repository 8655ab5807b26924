import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as CatalogModel from "effect-llm/catalog/CatalogModel"
import * as Services from "../Services.ts"
import { printJson } from "../terminal/Print.ts"
import * as Quantity from "../terminal/Quantity.ts"
import * as Table from "../terminal/Table.ts"
import * as KnownModels from "./KnownModels.ts"
import type { ModelFilters } from "../Flags.ts"
import * as Rates from "./Rates.ts"

/** The options of `models list` and `models search`. */
export interface ListModels extends ModelFilters {
  readonly words?: ReadonlyArray<string>
  readonly kind: string
  readonly sort: "cost" | "context" | "name" | undefined
  readonly limit: number | undefined
  readonly json: boolean
}

/** The capabilities in the table, with their labels. */
const capabilityLabels: ReadonlyArray<readonly [capability: string, label: string]> = [
  ["tools", "tools"],
  ["vision", "vision"],
  ["reasoning", "reasoning"],
  ["structuredOutput", "json"],
  ["promptCaching", "cache"],
  ["pdf", "pdf"],
  ["audioInput", "audio"],
  ["webSearch", "web"]
]

const columns = (at: DateTime.DateTime): ReadonlyArray<Table.Column<CatalogModel.CatalogModel>> => [
  { title: "model", value: ({ id, provider }) => `${provider}/${id}`, style: (text, _, { bold }) => bold(text) },
  {
    title: "context",
    value: ({ contextWindow }) => (contextWindow === undefined ? "-" : Quantity.short(contextWindow)),
    align: "right",
    drop: 1
  },
  { title: "in $/M", value: ({ price }) => Rates.format(price, at, "input"), align: "right" },
  { title: "out $/M", value: ({ price }) => Rates.format(price, at, "output"), align: "right" },
  {
    title: "can",
    value: ({ capabilities }) =>
      capabilityLabels
        .filter(([capability]) => capabilities.includes(capability))
        .map(([, label]) => label)
        .join(" "),
    drop: 2,
    wrap: true
  },
  {
    title: "end",
    value: (model) => CatalogModel.formatEnd(model, at),
    style: (text, _, { yellow }) => yellow(text)
  }
]

/** `models list` and, with words, `models search`. */
export const listModels = Effect.fnUntraced(function* (input: ListModels) {
  const found = yield* KnownModels.search(input, {
    text: input.words?.join(" "),
    kind: input.kind === "any" ? undefined : input.kind,
    sort: input.sort === "context" ? "contextWindow" : input.sort,
    limit: input.limit
  })
  if (input.json) return yield* printJson(found)
  if (found.length === 0) return yield* Console.error("No model matches.")
  const shown = columns(yield* DateTime.now).filter(
    ({ title }) => title !== "end" || found.some(({ deprecated }) => (deprecated ?? false) !== false)
  )
  yield* Table.print(found, shown)
}, Effect.provide(Services.catalog))
