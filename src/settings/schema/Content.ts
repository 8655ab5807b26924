import * as Schema from "effect/Schema"
import { Count, Duration, Name, Pattern } from "./Scalars.ts"
import { policy } from "./ShortForm.ts"
import { optional } from "./Setting.ts"

const found = {
  detect: optional(
    Schema.Array(Schema.Literals(["keys", "emails", "ibans", "cards", "phones"])),
    "API keys, email addresses, account numbers, numbers of payment cards, telephone numbers"
  ),
  patterns: optional(
    Schema.Record(Name, Pattern),
    "Regular expressions of your own, by what they find, such as TICKET: ACME-\\d{1,9}"
  )
}

const Redaction = Schema.Struct({
  ...found,
  restore: optional(
    Schema.Boolean,
    "Whether responses contain the originals instead of the placeholders. Default: true"
  )
}).annotate({ identifier: "Redaction" })

const Guard = Schema.Struct({
  at: optional(Schema.Literals(["request", "response", "both"]), "Whose texts it sees. Default: both"),
  ...found,
  then: optional(
    Schema.Literals(["reject", "replace"]),
    "What happens to what it finds: the call is refused, or it is replaced by [EMAIL] and the like. Default: reject"
  ),
  moderation: optional(Name, "A moderation model; calls that it flags are refused"),
  window: optional(
    Count,
    "How many characters of a stream are checked together before they are passed on. Default: all, so nothing is passed on until its end"
  ),
  timeLimit: optional(Duration, "How long a verdict may take; without one, the call is refused. Default: 10s")
}).annotate({ identifier: "Guard" })

export interface Guard extends Schema.Schema.Type<typeof Guard> {}

/** The policies that decide which texts go to a model, and which come from it. */
export const ContentPolicies = Schema.Struct({
  redact: optional(
    policy(
      Redaction,
      Schema.Literal(true),
      (): typeof Redaction.Type => ({}),
      "true, an object such as { detect: [emails] }, or false"
    ),
    "Sends placeholders instead of what is detected (by default, everything in detect), and puts the originals back into responses"
  ),
  guards: optional(
    Schema.Union([Schema.Literal(false), Schema.Record(Name, Guard)]),
    "Guards by name: each sees every text of requests and responses, and one that fails refuses the call"
  )
}).annotate({ identifier: "ContentPolicies" })

export interface ContentPolicies extends Schema.Schema.Type<typeof ContentPolicies> {}
