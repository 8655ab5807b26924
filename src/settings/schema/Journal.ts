import * as Schema from "effect/Schema"
import { Count, Duration, Name } from "./Scalars.ts"
import { optional, required } from "./Setting.ts"

const retention = optional(Duration, "How long records are kept, such as 90d. Default: for ever")

/** Where the record of every call goes. */
export const Journal = Schema.Struct({
  console: optional(Schema.Boolean, "A readable line for each call"),
  file: optional(
    Schema.Struct({
      directory: required(
        Name,
        "Where the files are; each process writes its own",
        `is missing: name a folder, such as "journal"`
      ),
      maxBytes: optional(Count, "A new file is started when this is reached, and every day. Default: 64 MiB"),
      retention
    }),
    "Files of JSON lines"
  ),
  sql: optional(
    Schema.Struct({
      table: optional(
        Schema.String.check(Schema.isPattern(/^[a-z_][a-z0-9_]*$/u, { expected: "lower-case letters, digits and _" })),
        "Default: effect_llm_calls"
      ),
      retention
    }),
    "Rows in the database of stores.sql"
  ),
  content: optional(Schema.Boolean, "Whether records contain the texts of requests and responses. Default: false")
}).annotate({ identifier: "Journal", description: "Where the record of every call goes. Default: nowhere" })

export interface Journal extends Schema.Schema.Type<typeof Journal> {}
