import * as Schema from "effect/Schema"
import { Count, Duration, Name } from "./Scalars.ts"

const Header = Schema.String.check(
  Schema.isPattern(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { expected: "the name of a header" })
)

const header = Schema.optionalKey(Header)

/** What a gateway records of every call, and for how long. */
export const Ledger = Schema.Struct({
  headers: Schema.optionalKey(
    Schema.Struct({
      user: header.annotateKey({ description: "Who calls, such as x-user-id, for keys without a user of their own" }),
      team: header.annotateKey({ description: "The team, for keys without one" }),
      session: header.annotateKey({
        description: "The conversation. Default: the headers in which coding agents send theirs"
      }),
      run: header.annotateKey({ description: "A job, or a run of an agent" }),
      tags: header.annotateKey({ description: "Tags, with commas between them: each is a name, or name=value" })
    })
  ).annotateKey({ description: "The headers of requests that say whom a call is for" }),
  retention: Schema.optionalKey(Duration).annotateKey({
    description: "How long calls are kept, such as 90d; daily sums are kept for ever. Default: 90d"
  }),
  texts: Schema.optionalKey(
    Schema.Struct({
      keys: Schema.Array(Name).annotateKey({
        description: "The keys whose prompts and responses are stored; * is every key"
      }),
      retention: Schema.optionalKey(Duration).annotateKey({
        description: "How long texts are kept. Default: 30d"
      }),
      redact: Schema.optionalKey(Schema.Boolean).annotateKey({
        description: "Whether keys, addresses, account and phone numbers in them are blacked out. Default: true"
      })
    })
  ).annotateKey({ description: "Stores prompts and responses. Default: none" }),
  spool: Schema.optionalKey(
    Schema.Struct({
      directory: Schema.optionalKey(Name).annotateKey({
        description: "Where calls wait until they are in the database. Default: beside it, or effect-llm-spool"
      }),
      maxBytes: Schema.optionalKey(Count).annotateKey({
        description: "How much may wait while the database is away; calls beyond that go on unrecorded. Default: 1 GiB"
      })
    })
  ).annotateKey({ description: "Files with what is not in the database yet" })
}).annotate({
  identifier: "Ledger",
  description: "What a gateway records of every call, and for how long"
})

export interface Ledger extends Schema.Schema.Type<typeof Ledger> {}
