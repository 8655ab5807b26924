import * as Schema from "effect/Schema"
import { Secret } from "./Scalars.ts"

/** Where limits, circuits, budgets and cached responses are kept. */
export const Stores = Schema.Struct({
  redis: Schema.optionalKey(Secret).annotateKey({
    description: "The address of a Redis, which shares limits, circuits, budgets and cached responses between processes"
  }),
  sql: Schema.optionalKey(Secret).annotateKey({
    description:
      "A SQLite file, or the address of a Postgres: keeps budgets, and cached responses too where there is no Redis"
  }),
  prefix: Schema.optionalKey(
    Schema.String.check(Schema.isPattern(/^[\w:.-]+$/, { expected: "letters, digits and any of _ : . -" }))
  ).annotateKey({ description: "The prefix of keys in Redis. Default: effect-llm" }),
  whenDown: Schema.optionalKey(Schema.Literals(["allow", "fail"])).annotateKey({
    description:
      "What happens to calls while a store does not respond. Default: limits and circuits allow them, budgets refuse them"
  })
}).annotate({
  identifier: "Stores",
  description: "Where limits, circuits, budgets and cached responses are kept. Default: the memory of the process"
})

export interface Stores extends Schema.Schema.Type<typeof Stores> {}
