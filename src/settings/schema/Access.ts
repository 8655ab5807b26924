import * as Schema from "effect/Schema"
import { Limits } from "./Policies.ts"
import { Count, Day, Dollars, Duration, Name, Secret } from "./Scalars.ts"

const Names = Schema.Array(Name)

const Calendar = Schema.Literals(["minute", "hour", "day", "week", "month", "year"])

/** What may be spent, in dollars or tokens, and within which time. */
export const Budget = Schema.Struct({
  usd: Schema.optionalKey(Dollars).annotateKey({ description: "The most dollars" }),
  tokens: Schema.optionalKey(Count).annotateKey({ description: "The most tokens" }),
  every: Schema.optionalKey(Calendar).annotateKey({
    description: "A calendar window, which begins anew in the time zone. Without `every` and `within`: in all"
  }),
  zone: Schema.optionalKey(Name).annotateKey({
    description: "The time zone of `every`, such as Europe/Berlin. Default: UTC"
  }),
  within: Schema.optionalKey(Duration).annotateKey({ description: "A rolling window, such as 24h" }),
  warnAt: Schema.optionalKey(
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }, { expected: "a share between 0 and 1" }))
  ).annotateKey({ description: "The share of it at which a warning is recorded, such as 0.8" }),
  raise: Schema.optionalKey(Schema.Struct({ to: Dollars, until: Day })).annotateKey({
    description: "Another limit, until a day"
  }),
  unpriced: Schema.optionalKey(Schema.Literals(["refuse", "allow"])).annotateKey({
    description: "What becomes of calls to models without a known price. Default: refuse"
  })
}).annotate({ identifier: "Budget", description: "What may be spent, in dollars or tokens, and within which time" })

export interface Budget extends Schema.Schema.Type<typeof Budget> {}

/** A key that callers of a gateway present, and what it may do. */
export const Key = Schema.Struct({
  key: Secret.annotateKey({
    description: "The key itself, as ${NAME}",
    messageMissingKey: "is missing: write it as ${NAME}, and set NAME in the environment"
  }),
  previous: Schema.optionalKey(Schema.Struct({ key: Secret, until: Day })).annotateKey({
    description: "The key before a rotation, which also holds until a day"
  }),
  models: Schema.optionalKey(Names).annotateKey({ description: "The models that it may call. Default: all" }),
  deny: Schema.optionalKey(Names).annotateKey({ description: "The models that it may not call" }),
  budgets: Schema.optionalKey(Names).annotateKey({ description: "Budgets that its calls are charged to, by name" }),
  limits: Schema.optionalKey(Limits),
  tags: Schema.optionalKey(Names).annotateKey({ description: "What its calls are counted under" }),
  expires: Schema.optionalKey(Day).annotateKey({ description: "The first day on which it holds no more" })
}).annotate({ identifier: "Key", description: "A key that callers of a gateway present, and what it may do" })

export interface Key extends Schema.Schema.Type<typeof Key> {}
