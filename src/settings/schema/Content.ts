import * as Schema from "effect/Schema"
import { Count, Duration, Name, Pattern } from "./Scalars.ts"
import { policy } from "./ShortForm.ts"

const found = {
  detect: Schema.optionalKey(Schema.Array(Schema.Literals(["keys", "emails", "ibans", "cards", "phones"]))).annotateKey(
    {
      description: "API keys, email addresses, account numbers, numbers of payment cards, telephone numbers"
    }
  ),
  patterns: Schema.optionalKey(Schema.Record(Name, Pattern)).annotateKey({
    description:
      "Regular expressions of your own, by what they find, such as TICKET: ACME-\\d{1,9}; give repetitions a bound"
  })
}

const Redaction = Schema.Struct({
  ...found,
  restore: Schema.optionalKey(Schema.Boolean).annotateKey({
    description: "Whether responses contain the originals instead of the placeholders. Default: true"
  })
}).annotate({ identifier: "Redaction" })

const Guard = Schema.Struct({
  at: Schema.optionalKey(Schema.Literals(["request", "response", "both"])).annotateKey({
    description: "Whose texts it sees. Default: both"
  }),
  ...found,
  then: Schema.optionalKey(Schema.Literals(["reject", "replace"])).annotateKey({
    description:
      "What happens to what it finds: the call is refused, or it is replaced by [EMAIL] and the like. Default: reject"
  }),
  moderation: Schema.optionalKey(Name).annotateKey({
    description: "A moderation model; calls that it flags are refused"
  }),
  window: Schema.optionalKey(Count).annotateKey({
    description:
      "How many characters of a stream are checked together before they are passed on. Default: all, so nothing is passed on until its end"
  }),
  timeLimit: Schema.optionalKey(Duration).annotateKey({
    description: "How long a verdict may take; without one, the call is refused. Default: 10s"
  })
}).annotate({ identifier: "Guard" })

export interface Guard extends Schema.Schema.Type<typeof Guard> {}

/** The policies that decide which texts go to a model, and which come from it. */
export const ContentPolicies = Schema.Struct({
  redact: Schema.optionalKey(
    policy(
      Redaction,
      Schema.Literal(true),
      (): typeof Redaction.Type => ({}),
      "true, an object such as { detect: [emails] }, or false"
    )
  ).annotateKey({
    description:
      "Sends placeholders instead of what is detected (by default, everything in detect), and puts the originals back into responses"
  }),
  guards: Schema.optionalKey(Schema.Union([Schema.Literal(false), Schema.Record(Name, Guard)])).annotateKey({
    description: "Guards by name: each sees every text of requests and responses, and one that fails refuses the call"
  })
}).annotate({ identifier: "ContentPolicies" })

export interface ContentPolicies extends Schema.Schema.Type<typeof ContentPolicies> {}
