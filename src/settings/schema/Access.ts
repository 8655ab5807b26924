import * as Schema from "effect/Schema"
import { Limits } from "./Policies.ts"
import { Count, Dollars, Duration, Moment, Name, Secret } from "./Scalars.ts"

const Names = Schema.Array(Name)

const Calendar = Schema.Literals(["minute", "hour", "day", "week", "month", "year"])

/** A limit on spend, in dollars or tokens, within a window of time. */
export const Budget = Schema.Struct({
  usd: Schema.optionalKey(Dollars).annotateKey({ description: "The most dollars" }),
  tokens: Schema.optionalKey(Count).annotateKey({ description: "The most tokens" }),
  every: Schema.optionalKey(Calendar).annotateKey({
    description: "A calendar window, which starts over in the time zone. Default, without `within` too: for all time"
  }),
  zone: Schema.optionalKey(Name).annotateKey({
    description: "The time zone of `every`, such as Europe/Berlin. Default: UTC"
  }),
  within: Schema.optionalKey(Duration).annotateKey({ description: "A rolling window, such as 24h" }),
  each: Schema.optionalKey(
    Schema.Union([
      Schema.Literals(["session", "run", "user", "tag"]),
      Schema.Struct({ tag: Name.annotateKey({ description: "The name of the tag whose values have budgets" }) })
    ]).annotate({ expected: "session, run, user, tag, or { tag: name }" })
  ).annotateKey({
    description:
      "Gives each session, run, user or tag a budget of its own, as named by the headers of ledger.headers, or each value of one tag. Calls without one share a budget"
  }),
  warnAt: Schema.optionalKey(
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }, { expected: "a share between 0 and 1" }))
  ).annotateKey({ description: "The share of it at which a warning is recorded, such as 0.8" }),
  raise: Schema.optionalKey(Schema.Struct({ to: Dollars, until: Moment })).annotateKey({
    description: "Another limit, until a day or a time"
  }),
  unpriced: Schema.optionalKey(Schema.Literals(["refuse", "allow"])).annotateKey({
    description: "What happens to calls to models without a known price. Default: refuse"
  })
}).annotate({ identifier: "Budget", description: "A limit on spend, in dollars or tokens, within a window of time" })

export interface Budget extends Schema.Schema.Type<typeof Budget> {}

/** What a key, a user or a team may do: absent fields limit nothing. */
export const grants = {
  models: Schema.optionalKey(Names).annotateKey({
    description: "The models that it may call, by the names that callers use; * stands for anything. Default: all"
  }),
  deny: Schema.optionalKey(Names).annotateKey({ description: "The models that it may not call" }),
  routes: Schema.optionalKey(Names).annotateKey({
    description:
      "The paths that it may use, such as /chat/completions or /messages*, without their version. Default: all"
  }),
  objects: Schema.optionalKey(Names).annotateKey({
    description:
      "Objects at providers that its requests may refer to, such as vector stores and prompts, by id; * stands for anything. Default: none"
  }),
  tags: Schema.optionalKey(Names).annotateKey({ description: "Tags that its spend is counted under" })
}

/** Budgets of the settings by name, and limits. */
const shared = {
  budgets: Schema.optionalKey(Names).annotateKey({ description: "Budgets that its calls are charged to, by name" }),
  limits: Schema.optionalKey(Limits)
}

/** Fields of keys alone. */
export const keyOptions = {
  user: Schema.optionalKey(Name).annotateKey({
    description: "The user it belongs to, whose limits and budgets hold too"
  }),
  team: Schema.optionalKey(Name).annotateKey({
    description: "The team it belongs to, whose limits and budgets hold too. Default: the team of its user"
  }),
  admin: Schema.optionalKey(Schema.Boolean).annotateKey({
    description: "Whether it may use the admin API. Default: false"
  }),
  texts: Schema.optionalKey(Schema.Boolean).annotateKey({
    description: "Whether the texts of its calls may be stored. Default: as ledger.texts says"
  }),
  storeResponses: Schema.optionalKey(Schema.Boolean).annotateKey({
    description: "Whether its responses are stored, to be continued and retrieved. Default: as storeResponses says"
  }),
  ownProviderKeys: Schema.optionalKey(Schema.Boolean).annotateKey({
    description:
      "Whether its callers may send their own provider keys, as x-effect-llm-key-{name of the account}. Default: false"
  }),
  expires: Schema.optionalKey(Moment).annotateKey({ description: "When it expires: a day or a time" })
}

/** A key that callers of a gateway present, and what it may do. */
export const Key = Schema.Struct({
  key: Secret.annotateKey({
    description: "The key itself, as ${NAME}",
    messageMissingKey: "is missing: write it as ${NAME}, and set NAME in the environment"
  }),
  previous: Schema.optionalKey(Schema.Struct({ key: Secret, until: Moment })).annotateKey({
    description: "The key before a rotation, which stays valid until a day or a time"
  }),
  ...keyOptions,
  ...grants,
  ...shared
}).annotate({ identifier: "Key", description: "A key that callers of a gateway present, and what it may do" })

export interface Key extends Schema.Schema.Type<typeof Key> {}

/** A person, whose keys are limited together. */
export const User = Schema.Struct({
  team: Schema.optionalKey(Name).annotateKey({ description: "The team of the user" }),
  email: Schema.optionalKey(Name).annotateKey({ description: "For people who read lists" }),
  admin: Schema.optionalKey(Schema.Boolean).annotateKey({ description: "Whether the user may use the admin API" }),
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
