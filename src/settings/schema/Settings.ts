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
import { optional, required } from "./Setting.ts"

/** Everything that a settings file can hold. */
export const Settings = Schema.Struct({
  $schema: optional(Schema.String, "For editors: the address of this schema"),
  providers: optional(
    Schema.Record(Name, ProviderEntry),
    "Accounts that need more than their key in the environment; all others need no entry"
  ),
  models: required(
    Schema.Record(Name, Model),
    "The names that callers use, and the deployments behind each. A name may end in *, such as openai/*",
    `is missing: a file is as short as "models:", then "  fast: openai/gpt-6-luna"`
  ),
  defaults: optional(RequestDefaults, "Defaults for chat parameters that requests leave out, for all models"),
  aliases: optional(Schema.Record(Name, Name), "Other names of models"),
  fallbacks: optional(Fallbacks, "The models to fall back to from all that have no fallbacks of their own"),
  strategy: optional(Strategy, "How a deployment is chosen in models that do not say. Default: weighted"),
  sticky: Schema.optionalKey(Sticky),
  unlisted: optional(
    Schema.Literals(["refuse", "provider"]),
    "What happens to a name that is not listed: refused, or called at its provider if it is provider/model. Default: refuse"
  ),
  policies: optional(Policies, "Policies of all models"),
  keys: optional(Schema.Record(Name, Key), "The keys that callers of a gateway present"),
  auth: Schema.optionalKey(Auth),
  users: optional(Schema.Record(Name, User), "Users of a gateway, whose keys name them"),
  teams: optional(Schema.Record(Name, Team), "Teams of a gateway, which users and keys name"),
  budgets: optional(
    Schema.Record(Name, Budget),
    "Limits on spend; a model or a key names the budgets that it is charged to"
  ),
  stores: Schema.optionalKey(Stores),
  journal: Schema.optionalKey(Journal),
  server: Schema.optionalKey(Server),
  ledger: Schema.optionalKey(Ledger),
  storeResponses: Schema.optionalKey(StoreResponses),
  sharedObjects: optional(
    Schema.Array(Name),
    "Objects at providers that requests of every key may refer to, such as vector stores and prompts, by id; * stands for anything"
  ),
  prices: optional(Schema.Record(Name, Price), "Prices of your own, by provider/model; * stands for anything")
}).annotate({ title: "Settings of effect-llm" })

export interface Settings extends Schema.Schema.Type<typeof Settings> {}

/** Settings as people write them. */
export type SettingsInput = (typeof Settings)["Encoded"]
