import * as Schema from "effect/Schema"
import { Secret, Url, Name } from "./Scalars.ts"

const documented = {
  provider: Schema.optionalKey(Name).annotateKey({
    description:
      "The provider this is an account of, such as openai or azure; openai-compatible for any other server. Default: the name of the entry"
  }),
  key: Schema.optionalKey(Secret).annotateKey({
    description: "The API key, as ${NAME}. Default: the provider's own variable, such as OPENAI_API_KEY"
  }),
  baseUrl: Schema.optionalKey(Url).annotateKey({ description: "The address, if it is not the provider's own" }),
  headers: Schema.optionalKey(Schema.Record(Schema.String, Secret)).annotateKey({
    description: "Further headers of every request"
  }),
  options: Schema.optionalKey(Schema.Record(Schema.String, Secret)).annotateKey({
    description:
      "The provider's further settings, by the names in its documentation: region, resource, apiVersion, project ..."
  })
}

/** An account with a provider, or a server of one's own. */
export const ProviderEntry = Schema.Struct(documented).annotate({
  identifier: "Provider",
  description: "An account with a provider, or a server of one's own"
})

export interface ProviderEntry extends Schema.Schema.Type<typeof ProviderEntry> {}
