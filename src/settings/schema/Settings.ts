import * as Schema from "effect/Schema"
import { Budget, Key, Team, User } from "./Access.ts"
import { Auth } from "./Auth.ts"
import { Journal } from "./Journal.ts"
import { Ledger } from "./Ledger.ts"
import { Fallbacks, Model, Sticky, Strategy } from "./Model.ts"
import { Policies } from "./Policies.ts"
import { Price } from "./Price.ts"
import { ProviderEntry } from "./ProviderEntry.ts"
import { RequestDefaults } from "./RequestDefaults.ts"
import { Name } from "./Scalars.ts"
import { Server } from "./Server.ts"
import { StoreResponses } from "./StoreResponses.ts"
import { Stores } from "./Stores.ts"

/** Everything that a settings file can hold. */
export const Settings = Schema.Struct({
  $schema: Schema.optionalKey(Schema.String).annotateKey({ description: "For editors: the address of this schema" }),
  providers: Schema.optionalKey(Schema.Record(Name, ProviderEntry)).annotateKey({
    description: "Accounts that need more than their key in the environment; all others need no entry"
  }),
  models: Schema.Record(Name, Model).annotateKey({
    description: "The names that callers use, and the deployments behind each. A name may end in *, such as openai/*",
    messageMissingKey: `is missing: a file is as short as "models:", then "  fast: openai/gpt-6-luna"`
  }),
  defaults: Schema.optionalKey(RequestDefaults).annotateKey({
    description: "Defaults for chat parameters that requests leave out, for all models"
  }),
  aliases: Schema.optionalKey(Schema.Record(Name, Name)).annotateKey({
    description: "Other names of models"
  }),
  fallbacks: Schema.optionalKey(Fallbacks).annotateKey({
    description: "The models to fall back to from all that have no fallbacks of their own"
  }),
  strategy: Schema.optionalKey(Strategy).annotateKey({
    description: "How a deployment is chosen in models that do not say. Default: weighted"
  }),
  sticky: Schema.optionalKey(Sticky),
  unlisted: Schema.optionalKey(Schema.Literals(["refuse", "provider"])).annotateKey({
    description:
      "What happens to a name that is not listed: refused, or called at its provider if it is provider/model. Default: refuse"
  }),
  policies: Schema.optionalKey(Policies).annotateKey({ description: "Policies of all models" }),
  keys: Schema.optionalKey(Schema.Record(Name, Key)).annotateKey({
    description: "The keys that callers of a gateway present"
  }),
  auth: Schema.optionalKey(Auth),
  users: Schema.optionalKey(Schema.Record(Name, User)).annotateKey({
    description: "Users of a gateway, whose keys name them"
  }),
  teams: Schema.optionalKey(Schema.Record(Name, Team)).annotateKey({
    description: "Teams of a gateway, which users and keys name"
  }),
  budgets: Schema.optionalKey(Schema.Record(Name, Budget)).annotateKey({
    description: "Limits on spend; a model or a key names the budgets that it is charged to"
  }),
  stores: Schema.optionalKey(Stores),
  journal: Schema.optionalKey(Journal),
  server: Schema.optionalKey(Server),
  ledger: Schema.optionalKey(Ledger),
  storeResponses: Schema.optionalKey(StoreResponses),
  sharedObjects: Schema.optionalKey(Schema.Array(Name)).annotateKey({
    description:
      "Objects at providers that requests of every key may refer to, such as vector stores and prompts, by id; * stands for anything"
  }),
  prices: Schema.optionalKey(Schema.Record(Name, Price)).annotateKey({
    description: "Prices of your own, by provider/model; * stands for anything"
  })
}).annotate({ title: "Settings of effect-llm" })

export interface Settings extends Schema.Schema.Type<typeof Settings> {}

/** Settings as people write them. */
export type SettingsInput = (typeof Settings)["Encoded"]
