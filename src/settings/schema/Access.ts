import * as Schema from "effect/Schema"
import { Limits } from "./Policies.ts"
import { Count, Dollars, Duration, Moment, Name, Secret } from "./Scalars.ts"
import { optional, required } from "./Setting.ts"

const Names = Schema.Array(Name)

const Calendar = Schema.Literals(["minute", "hour", "day", "week", "month", "year"])

/** A limit on spend, in dollars or tokens, within a window of time. */
export const Budget = Schema.Struct({
  usd: optional(Dollars, "The most dollars"),
  tokens: optional(Count, "The most tokens"),
  every: optional(
    Calendar,
    "A calendar window, which starts over in the time zone. Default, without `within` too: for all time"
  ),
  zone: optional(Name, "The time zone of `every`, such as Europe/Berlin. Default: UTC"),
  within: optional(Duration, "A rolling window, such as 24h"),
  each: optional(
    Schema.Union([
      Schema.Literals(["session", "run", "user", "tag"]),
      Schema.Struct({ tag: required(Name, "The name of the tag whose values have budgets") })
    ]).annotate({ expected: "session, run, user, tag, or { tag: name }" }),
    "Gives each session, run, user or tag a budget of its own, as named by the headers of ledger.headers, or each value of one tag. Calls without one share a budget"
  ),
  warnAt: optional(
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }, { expected: "a share between 0 and 1" })),
    "The share of it at which a warning is recorded, such as 0.8"
  ),
  raise: optional(
    Schema.Struct({
      to: required(Dollars, "The most dollars until then, or tokens of a budget of tokens"),
      until: required(Moment, "The day or the time at which it ends")
    }),
    "Another limit, until a day or a time"
  ),
  unpriced: optional(
    Schema.Literals(["refuse", "allow"]),
    "What happens to calls to models without a known price. Default: refuse"
  )
}).annotate({ identifier: "Budget", description: "A limit on spend, in dollars or tokens, within a window of time" })

export interface Budget extends Schema.Schema.Type<typeof Budget> {}

/** What a key, a user or a team may do: absent fields limit nothing. */
export const grants = {
  models: optional(
    Names,
    "The models that it may call, by the names that callers use; * stands for anything. Default: all"
  ),
  deny: optional(Names, "The models that it may not call"),
  routes: optional(
    Names,
    "The paths that it may use, such as /chat/completions or /messages*, without their version. Default: all"
  ),
  objects: optional(
    Names,
    "Objects at providers that its requests may refer to, such as vector stores and prompts, by id; * stands for anything. Default: none"
  ),
  tags: optional(Names, "Tags that its spend is counted under")
}

/** Budgets of the settings by name, and limits. */
const shared = {
  budgets: optional(Names, "Budgets that its calls are charged to, by name"),
  limits: optional(Limits, "The most requests, tokens and calls at once")
}

/** Fields of keys alone. */
export const keyOptions = {
  user: optional(Name, "The user it belongs to, whose limits and budgets hold too"),
  team: optional(Name, "The team it belongs to, whose limits and budgets hold too. Default: the team of its user"),
  admin: optional(Schema.Boolean, "Whether it may use the admin API. Default: false"),
  texts: optional(Schema.Boolean, "Whether the texts of its calls may be stored. Default: as ledger.texts says"),
  storeResponses: optional(
    Schema.Boolean,
    "Whether its responses are stored, to be continued and retrieved. Default: as storeResponses says"
  ),
  ownProviderKeys: optional(
    Schema.Boolean,
    "Whether its callers may send their own provider keys, as x-effect-llm-key-{name of the account}. Default: false"
  ),
  expires: optional(Moment, "When it expires: a day or a time")
}

/** A key that callers of a gateway present, and what it may do. */
export const Key = Schema.Struct({
  key: required(
    Secret,
    "The key itself, as ${NAME}",
    "is missing: write it as ${NAME}, and set NAME in the environment"
  ),
  previous: optional(
    Schema.Struct({
      key: required(Secret, "The earlier key, as ${NAME}"),
      until: required(Moment, "The day or the time at which it expires")
    }),
    "The key before a rotation, which stays valid until a day or a time"
  ),
  ...keyOptions,
  ...grants,
  ...shared
}).annotate({ identifier: "Key", description: "A key that callers of a gateway present, and what it may do" })

export interface Key extends Schema.Schema.Type<typeof Key> {}

/** A person, whose keys are limited together. */
export const User = Schema.Struct({
  team: optional(Name, "The team of the user"),
  email: optional(Name, "For people who read lists"),
  admin: optional(Schema.Boolean, "Whether the user may use the admin API"),
  ...grants,
  ...shared
}).annotate({ identifier: "User", description: "A person, whose keys are limited together" })

export interface User extends Schema.Schema.Type<typeof User> {}

/** Users and keys that are limited together. */
export const Team = Schema.Struct({ ...grants, ...shared }).annotate({
  identifier: "Team",
  description: "Users and keys that are limited together"
})

export interface Team extends Schema.Schema.Type<typeof Team> {}
