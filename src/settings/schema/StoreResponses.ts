import * as Schema from "effect/Schema"
import { Duration, Name } from "./Scalars.ts"
import { optional, required } from "./Setting.ts"

/** Whose responses a gateway stores, and for how long. */
export const StoreResponses = Schema.Struct({
  keys: required(Schema.Array(Name), "The keys whose responses are stored; * is every key"),
  retention: optional(Duration, "How long they are kept. Default: 30d"),
  redact: optional(
    Schema.Boolean,
    "Whether keys, addresses, account and phone numbers in them are blacked out, also for the model that continues one. Default: true"
  )
}).annotate({
  identifier: "StoreResponses",
  description:
    "Whose responses a gateway stores, so that they can be continued and retrieved by their ids. Default: nobody's"
})

export interface StoreResponses extends Schema.Schema.Type<typeof StoreResponses> {}
