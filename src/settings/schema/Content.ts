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
    description: "Whether responses have the originals in place of the placeholders. Default: true"
  })
}).annotate({ identifier: "Redaction" })

const Guard = Schema.Struct({
  at: Schema.optionalKey(Schema.Literals(["request", "response", "both"])).annotateKey({
    description: "Whose texts it sees. Default: both"
  }),
  ...found,
  then: Schema.optionalKey(Schema.Literals(["reject", "replace"])).annotateKey({
    description:
      "What becomes of what it finds: the call is refused, or [EMAIL] and the like stand there. Default: reject"
  }),
  moderation: Schema.optionalKey(Name).annotateKey({
    description: "A model of the kind moderation, which rejects what it flags"
  }),
  window: Schema.optionalKey(Count).annotateKey({
    description:
      "How many characters of a stream are seen at once before any of them is shown. Default: all, so nothing is shown until its end"
  }),
  timeLimit: Schema.optionalKey(Duration).annotateKey({
    description: "How long a verdict may take; a guard that has none by then refuses the call. Default: 10s"
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
      "Sends placeholders in place of what is detected (all that detect knows, by default), and puts the originals back into responses"
  }),
  guards: Schema.optionalKey(Schema.Union([Schema.Literal(false), Schema.Record(Name, Guard)])).annotateKey({
    description:
      "Guards by name: each sees every text of requests and responses, and one that cannot judge refuses the call"
  })
}).annotate({ identifier: "ContentPolicies" })

export interface ContentPolicies extends Schema.Schema.Type<typeof ContentPolicies> {}
