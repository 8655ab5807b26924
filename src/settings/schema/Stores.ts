import * as Schema from "effect/Schema"
import { Secret } from "./Scalars.ts"
import { optional } from "./Setting.ts"

/** Where limits, circuits, budgets and cached responses are kept. */
export const Stores = Schema.Struct({
  redis: optional(
    Secret,
    "The address of a Redis, which shares limits, circuits, budgets and cached responses between processes"
  ),
  sql: optional(
    Secret,
    "A SQLite file, or the address of a Postgres: keeps budgets, and cached responses too where there is no Redis"
  ),
  prefix: optional(
    Schema.String.check(Schema.isPattern(/^[\w:.-]+$/u, { expected: "letters, digits and any of _ : . -" })),
    "The prefix of keys in Redis. Default: effect-llm"
  ),
  whenDown: optional(
    Schema.Literals(["allow", "fail"]),
    "What happens to calls while a store does not respond. Default: limits and circuits allow them, budgets refuse them"
  )
}).annotate({
  identifier: "Stores",
  description: "Where limits, circuits, budgets and cached responses are kept. Default: the memory of the process"
})

export interface Stores extends Schema.Schema.Type<typeof Stores> {}
