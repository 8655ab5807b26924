import * as Schema from "effect/Schema"
import { Count, Duration, Name } from "./Scalars.ts"

const retention = Schema.optionalKey(Duration).annotateKey({
  description: "How long records are kept, such as 90d. Default: for ever"
})

/** Where the record of every call goes. */
export const Journal = Schema.Struct({
  console: Schema.optionalKey(Schema.Boolean).annotateKey({ description: "A readable line for each call" }),
  file: Schema.optionalKey(
    Schema.Struct({
      directory: Name.annotateKey({
        description: "Where the files are; each process writes its own",
        messageMissingKey: `is missing: name a folder, such as "journal"`
      }),
      maxBytes: Schema.optionalKey(Count).annotateKey({
        description: "A new file is started when this is reached, and every day. Default: 64 MiB"
      }),
      retention
    })
  ).annotateKey({ description: "Files of JSON lines" }),
  sql: Schema.optionalKey(
    Schema.Struct({
      table: Schema.optionalKey(
        Schema.String.check(Schema.isPattern(/^[a-z_][a-z0-9_]*$/, { expected: "lower-case letters, digits and _" }))
      ).annotateKey({ description: "Default: effect_llm_calls" }),
      retention
    })
  ).annotateKey({ description: "Rows in the database of stores.sql" }),
  content: Schema.optionalKey(Schema.Boolean).annotateKey({
    description: "Whether records contain the texts of requests and responses. Default: false"
  })
}).annotate({ identifier: "Journal", description: "Where the record of every call goes. Default: nowhere" })

export interface Journal extends Schema.Schema.Type<typeof Journal> {}
