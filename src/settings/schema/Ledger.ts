import * as Schema from "effect/Schema"
import { Count, Duration, Name } from "./Scalars.ts"
import { optional, required } from "./Setting.ts"

const Header = Schema.String.check(
  Schema.isPattern(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/u, { expected: "the name of a header" })
)

/** What a gateway records of every call, and for how long. */
export const Ledger = Schema.Struct({
  headers: optional(
    Schema.Struct({
      user: optional(Header, "Who calls, such as x-user-id, for keys without a user of their own"),
      team: optional(Header, "The team, for keys without one"),
      session: optional(Header, "The conversation. Default: the headers in which coding agents send theirs"),
      run: optional(Header, "A job, or a run of an agent"),
      tags: optional(Header, "Tags, with commas between them: each is a name, or name=value")
    }),
    "The headers of requests that say whom a call is for"
  ),
  retention: optional(Duration, "How long calls are kept, such as 90d; daily sums are kept for ever. Default: 90d"),
  texts: optional(
    Schema.Struct({
      keys: required(Schema.Array(Name), "The keys whose prompts and responses are stored; * is every key"),
      retention: optional(Duration, "How long texts are kept. Default: 30d"),
      redact: optional(
        Schema.Boolean,
        "Whether keys, addresses, account and phone numbers in them are blacked out. Default: true"
      )
    }),
    "Stores prompts and responses. Default: none"
  ),
  spool: optional(
    Schema.Struct({
      directory: optional(
        Name,
        "Where calls wait until they are in the database. Default: beside it, or effect-llm-spool"
      ),
      maxBytes: optional(
        Count,
        "How much may wait while the database is away; calls beyond that go on unrecorded. Default: 1 GiB"
      )
    }),
    "Files with what is not in the database yet"
  )
}).annotate({
  identifier: "Ledger",
  description: "What a gateway records of every call, and for how long"
})

export interface Ledger extends Schema.Schema.Type<typeof Ledger> {}
