import type { LedgerRow } from "./LedgerRow.ts"
import { dayDimensions, measures, tagDimensions } from "./RollUp.ts"

type Kind = "text" | "money" | "long" | "int" | "flag" | "json"

/** A column, and the field that it keeps. */
export interface Column {
  readonly field: string
  readonly name: string
  readonly kind: Kind
  readonly required?: boolean
}

/** In the order of the table: in Postgres, wide numbers first waste no bytes. */
const kinds: { readonly [F in Exclude<keyof LedgerRow, "id">]-?: Kind } = {
  at: "long",
  millis: "int",
  firstTokenMillis: "int",
  inputTokens: "int",
  cacheReadTokens: "int",
  cacheWriteTokens: "int",
  outputTokens: "int",
  reasoningTokens: "int",
  status: "int",
  streamed: "flag",
  estimated: "flag",
  cached: "flag",
  cost: "money",
  capability: "text",
  key: "text",
  user: "text",
  endUser: "text",
  team: "text",
  session: "text",
  run: "text",
  tags: "json",
  model: "text",
  provider: "text",
  servedModel: "text",
  outcome: "text",
  error: "text",
  finishReason: "text",
  unpriced: "text",
  attempts: "json",
  units: "json",
  requestId: "text",
  traceId: "text"
}

const required: ReadonlySet<string> = new Set(["at", "millis", "streamed", "model"])

/** The most common value of a column is stored as null, which takes no space. */
export const usual = { capability: "chat", outcome: "success", finishReason: "stop" } as const

/** Words of SQL that are names of fields. */
const renamed: { readonly [field: string]: string } = { key: "key_id", user: "user_id" }

export const nameOf = (field: string): string =>
  renamed[field] ?? field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const column = (field: string, kind: Kind, required = false): Column => ({ field, name: nameOf(field), kind, required })

/** The columns of a call. */
export const callColumns: ReadonlyArray<Column> = [
  column("id", "text", true),
  ...Object.entries(kinds).map(([field, kind]) => column(field, kind, required.has(field)))
]

export const textColumns: ReadonlyArray<Column> = [column("id", "text", true), column("texts", "json", true)]

const sumColumns: ReadonlyArray<Column> = [
  ...measures.map((measure) => column(measure, "long", true)),
  column("cost", "money", true)
]

/** A table of sums by a day and more. */
export interface RollUpTable {
  readonly name: string
  readonly by: ReadonlyArray<Column>
  readonly sums: ReadonlyArray<Column>
}

export const dayTable: RollUpTable = {
  name: "effect_llm_ledger_days",
  by: [column("day", "long", true), ...dayDimensions.map((dimension) => column(dimension, "text", true))],
  sums: sumColumns
}

export const tagTable: RollUpTable = {
  name: "effect_llm_ledger_tags",
  by: [column("day", "long", true), ...tagDimensions.map((dimension) => column(dimension, "text", true))],
  sums: sumColumns
}

export const typesPostgres: { readonly [K in Kind]: string } = {
  text: "TEXT",
  money: "NUMERIC",
  long: "BIGINT",
  int: "INTEGER",
  flag: "BOOLEAN",
  json: "TEXT"
}

export const typesSqlite: { readonly [K in Kind]: string } = {
  text: "TEXT",
  money: "TEXT",
  long: "INTEGER",
  int: "INTEGER",
  flag: "INTEGER",
  json: "TEXT"
}
