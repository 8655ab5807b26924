import * as Schema from "effect/Schema"
import { Duration, Secret, Url, Name } from "./Scalars.ts"

/** Several keys of one account. */
const KeyPool = Schema.Struct({
  of: Schema.NonEmptyArray(Secret).annotateKey({ description: "The keys, each as ${NAME}" }),
  strategy: Schema.optionalKey(Schema.Literals(["round-robin", "least-busy"])).annotateKey({
    description: "Whether they take turns, or the one with the fewest calls in progress is next. Default: round-robin"
  }),
  cooldown: Schema.optionalKey(Duration).annotateKey({
    description: "How long a key rests after a rate limit without a Retry-After. Default: 30s"
  }),
  quotaCooldown: Schema.optionalKey(Duration).annotateKey({
    description: "How long a key with a used-up quota rests, and the longest Retry-After to honour. Default: 1h"
  })
}).annotate({ identifier: "KeyPool", description: "Several keys of one account" })

const documented = {
  provider: Schema.optionalKey(Name).annotateKey({
    description:
      "The provider this is an account of, such as openai or azure; openai-compatible for any other server. Default: the name of the entry"
  }),
  key: Schema.optionalKey(Secret).annotateKey({
    description: "The API key, as ${NAME}. Default: the provider's own variable, such as OPENAI_API_KEY"
  }),
  keys: Schema.optionalKey(Schema.Union([Schema.NonEmptyArray(Secret), KeyPool])).annotateKey({
    description:
      "Several keys of the account, instead of `key`: they take turns, and one that is limited, used up or rejected rests while the others go on"
  }),
  baseUrl: Schema.optionalKey(Url).annotateKey({ description: "The address, if it is not the provider's own" }),
  headers: Schema.optionalKey(Schema.Record(Schema.String, Secret)).annotateKey({
    description: "Additional headers of every request"
  }),
  options: Schema.optionalKey(Schema.Record(Schema.String, Secret)).annotateKey({
    description:
      "The provider's other settings, by the names in its documentation: region, resource, apiVersion, project ..."
  })
}

/** An account with a provider, or a server of one's own. */
export const ProviderEntry = Schema.Struct(documented).annotate({
  identifier: "Provider",
  description: "An account with a provider, or a server of one's own"
})

export interface ProviderEntry extends Schema.Schema.Type<typeof ProviderEntry> {}
