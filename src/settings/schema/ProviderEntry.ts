import * as Schema from "effect/Schema"
import { Duration, Secret, Url, Name } from "./Scalars.ts"
import { optional, required } from "./Setting.ts"

/** Several keys of one account. */
const KeyPool = Schema.Struct({
  of: required(Schema.NonEmptyArray(Secret), "The keys, each as ${NAME}"),
  strategy: optional(
    Schema.Literals(["round-robin", "least-busy"]),
    "Whether they take turns, or the one with the fewest calls in progress is next. Default: round-robin"
  ),
  cooldown: optional(Duration, "How long a key rests after a rate limit without a Retry-After. Default: 30s"),
  quotaCooldown: optional(
    Duration,
    "How long a key with a used-up quota rests, and the longest Retry-After to honour. Default: 1h"
  )
}).annotate({ identifier: "KeyPool", description: "Several keys of one account" })

const documented = {
  provider: optional(
    Name,
    "The provider this is an account of, such as openai or azure; openai-compatible for any other server. Default: the name of the entry"
  ),
  key: optional(Secret, "The API key, as ${NAME}. Default: the provider's own variable, such as OPENAI_API_KEY"),
  keys: optional(
    Schema.Union([Schema.NonEmptyArray(Secret), KeyPool]),
    "Several keys of the account, instead of `key`: they take turns, and one that is limited, used up or rejected rests while the others go on"
  ),
  baseUrl: optional(Url, "The address, if it is not the provider's own"),
  headers: optional(Schema.Record(Schema.String, Secret), "Additional headers of every request"),
  options: optional(
    Schema.Record(Schema.String, Secret),
    "The provider's other settings, by the names in its documentation: region, resource, apiVersion, project ..."
  )
}

/** An account with a provider, or a server of one's own. */
export const ProviderEntry = Schema.Struct(documented).annotate({
  identifier: "Provider",
  description: "An account with a provider, or a server of one's own"
})

export interface ProviderEntry extends Schema.Schema.Type<typeof ProviderEntry> {}
