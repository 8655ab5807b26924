import * as Schema from "effect/Schema"
import { Budget, grants, keyOptions } from "../../../settings/schema/Access.ts"
import { Limits } from "../../../settings/schema/Policies.ts"
import { Moment, Name } from "../../../settings/schema/Scalars.ts"

/** A budget of a key, a user or a team; `name` tells several of one apart, and keeps what was spent when the window changes. */
const OwnBudget = Budget.pipe(
  Schema.fieldsAssign({ name: Schema.optionalKey(Name).annotateKey({ description: "Default: its window" }) })
).annotate({ identifier: "OwnBudget" })

const limited = {
  ...grants,
  budgets: Schema.optionalKey(Schema.Array(OwnBudget)).annotateKey({
    description: "Budgets of its own: all of them hold"
  }),
  limits: Schema.optionalKey(Schema.Array(Limits)).annotateKey({ description: "Limits of its own: all of them hold" })
}

/** The fields of a key. */
export const KeyInput = Schema.Struct({
  name: Name.annotateKey({ description: "For people who read lists" }),
  ...keyOptions,
  ...limited
}).annotate({ identifier: "KeyInput" })

export interface KeyInput extends Schema.Schema.Type<typeof KeyInput> {}

const Source = Schema.Literals(["settings", "database"]).annotateKey({
  description: "Where it is written: that of the settings can only be changed there"
})

/** One of the secrets of a key: all but its beginning and end is known to nobody. */
const SecretHint = Schema.Struct({
  hint: Schema.String,
  until: Schema.optionalKey(Moment).annotateKey({ description: "When it stops, after a rotation" })
})

const keyFields = {
  ...KeyInput.fields,
  id: Schema.String,
  blocked: Schema.Boolean,
  createdAt: Schema.optionalKey(Moment)
}

/** A key as it is stored. */
export const StoredKey = Schema.Struct(keyFields)

export interface StoredKey extends Schema.Schema.Type<typeof StoredKey> {}

/** A key as it is shown: without its secrets. */
export const Key = Schema.Struct({
  ...keyFields,
  source: Source,
  status: Schema.Literals(["active", "blocked", "expired"]),
  secrets: Schema.Array(SecretHint)
}).annotate({ identifier: "VirtualKey" })

export interface Key extends Schema.Schema.Type<typeof Key> {}

/** A key with its secret, which is shown only once. */
export const IssuedKey = Schema.Struct({
  key: Key,
  secret: Schema.RedactedFromValue(Schema.String).annotateKey({
    description: "What callers send. It cannot be shown again"
  }),
  notice: Schema.optionalKey(Schema.String).annotateKey({
    description: "What has changed with this key: with the first one, callers need a key from then on"
  })
}).annotate({ identifier: "IssuedKey" })

export interface IssuedKey extends Schema.Schema.Type<typeof IssuedKey> {}

/** A name that can be a part of a path. */
const Id = Name.check(Schema.makeFilter((id) => id !== "." && id !== "..", { expected: "an id other than . and .." }))

/** The fields of a user. */
export const UserInput = Schema.Struct({
  id: Id,
  name: Schema.optionalKey(Name),
  email: Schema.optionalKey(Name),
  team: Schema.optionalKey(Name),
  admin: Schema.optionalKey(Schema.Boolean).annotateKey({ description: "Whether the user may use the admin API" }),
  ...limited
}).annotate({ identifier: "UserInput" })

export interface UserInput extends Schema.Schema.Type<typeof UserInput> {}

/** The fields of a team. */
export const TeamInput = Schema.Struct({ id: Id, name: Schema.optionalKey(Name), ...limited }).annotate({
  identifier: "TeamInput"
})

export interface TeamInput extends Schema.Schema.Type<typeof TeamInput> {}

const stored = { createdAt: Schema.optionalKey(Moment) }

export const StoredUser = Schema.Struct({ ...UserInput.fields, ...stored })

export interface StoredUser extends Schema.Schema.Type<typeof StoredUser> {}

export const StoredTeam = Schema.Struct({ ...TeamInput.fields, ...stored })

export interface StoredTeam extends Schema.Schema.Type<typeof StoredTeam> {}

/** Somebody whose keys are limited together. */
export const User = Schema.Struct({ ...StoredUser.fields, source: Source }).annotate({ identifier: "GatewayUser" })

export interface User extends Schema.Schema.Type<typeof User> {}

/** Users and keys that are limited together. */
export const Team = Schema.Struct({ ...StoredTeam.fields, source: Source }).annotate({ identifier: "GatewayTeam" })

export interface Team extends Schema.Schema.Type<typeof Team> {}

/** In a change, `null` takes a field away, and one that is left out stays. */
const changed = <S extends Schema.Top>({ schema }: Schema.optionalKey<S>) => Schema.optionalKey(Schema.NullOr(schema))

const limitedChange = {
  models: changed(limited.models),
  deny: changed(limited.deny),
  routes: changed(limited.routes),
  objects: changed(limited.objects),
  tags: changed(limited.tags),
  budgets: changed(limited.budgets),
  limits: changed(limited.limits)
} satisfies { readonly [Field in keyof typeof limited]: unknown }

/** A change of a key. */
export const KeyChange = Schema.Struct({
  name: Schema.optionalKey(Name),
  user: changed(keyOptions.user),
  team: changed(keyOptions.team),
  admin: changed(keyOptions.admin),
  texts: changed(keyOptions.texts),
  storeResponses: changed(keyOptions.storeResponses),
  ownProviderKeys: changed(keyOptions.ownProviderKeys),
  expires: changed(keyOptions.expires),
  ...limitedChange
}).annotate({ identifier: "KeyChange" })

export interface KeyChange extends Schema.Schema.Type<typeof KeyChange> {}

/** A change of a user. */
export const UserChange = Schema.Struct({
  name: changed(UserInput.fields.name),
  email: changed(UserInput.fields.email),
  team: changed(UserInput.fields.team),
  admin: changed(UserInput.fields.admin),
  ...limitedChange
}).annotate({ identifier: "UserChange" })

export interface UserChange extends Schema.Schema.Type<typeof UserChange> {}

/** A change of a team. */
export const TeamChange = Schema.Struct({ name: changed(TeamInput.fields.name), ...limitedChange }).annotate({
  identifier: "TeamChange"
})

export interface TeamChange extends Schema.Schema.Type<typeof TeamChange> {}

/** Where a budget stands. Amounts are exact, in its unit. */
export const BudgetState = Schema.Struct({
  of: Schema.Literals(["key", "user", "team", "settings"]),
  id: Schema.String.annotateKey({ description: "The id of the key, user or team, or the name in the settings" }),
  budget: Schema.String,
  each: Schema.optionalKey(Schema.String).annotateKey({
    description: "What has such a budget of its own: session, run, user, tag, or tag and its name"
  }),
  name: Schema.optionalKey(Schema.String).annotateKey({
    description:
      "Whose this one is, such as the name of the session; empty for calls that do not say. Absent where there was none"
  }),
  unit: Schema.Literals(["usd", "tokens"]),
  limit: Schema.String,
  spent: Schema.String,
  reserved: Schema.String.annotateKey({ description: "Held by calls in progress" }),
  resetsAt: Schema.optionalKey(Schema.String),
  unpriced: Schema.Int.annotateKey({ description: "Calls whose cost is not known" })
}).annotate({ identifier: "BudgetState" })

export interface BudgetState extends Schema.Schema.Type<typeof BudgetState> {}
