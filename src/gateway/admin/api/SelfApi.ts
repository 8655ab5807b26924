import * as Schema from "effect/Schema"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import { BudgetState, Key, Team, User } from "../../access/records/Records.ts"
import { callsQuery, CallsPage, Spend, spendQuery } from "./LedgerApi.ts"
import { Invalid, Unavailable } from "./Problems.ts"

const Text = Schema.optionalKey(Schema.String)

/** These queries cover the caller's own calls alone, so they have no filter by caller. */
const { key: _key, team: _team, user: _user, ...ownSpend } = spendQuery
const { endUser: _endUser, key: _callKey, team: _callTeam, user: _callUser, ...ownCalls } = callsQuery

const MyAccess = Schema.Struct({
  keys: Schema.Array(Key).annotateKey({ description: "The caller's keys, without their secrets" }),
  user: Schema.optionalKey(User).annotateKey({ description: "The user whose limits and budgets hold too" }),
  team: Schema.optionalKey(Team).annotateKey({ description: "The team whose limits and budgets hold too" }),
  budgets: Schema.Array(BudgetState).annotateKey({ description: "The state of all budgets that hold for the caller" })
}).annotate({ identifier: "MyAccess" })

/** The caller, with its own access, spend and calls, and nobody else's. */
export const selfApi = HttpApiGroup.make("self")
  .add(
    HttpApiEndpoint.get("me", "/me", {
      success: Schema.Struct({
        id: Schema.String,
        name: Schema.String,
        user: Text,
        team: Text,
        tags: Schema.Array(Schema.String),
        isAdmin: Schema.Boolean,
        via: Schema.Literals(["nothing", "admin key", "key", "token", "session"]),
        remaining: Schema.Array(
          Schema.Struct({
            of: Schema.Literals(["key", "user", "team", "settings"]),
            id: Schema.String,
            unit: Schema.Literals(["usd", "tokens"]),
            window: Schema.String,
            limit: Schema.String,
            remaining: Schema.String,
            resetsAtMillis: Schema.optional(Schema.Finite)
          })
        ).annotateKey({ description: "What is left of budgets, as this process last saw them" }),
        csrf: Text.annotateKey({ description: "The x-effect-llm-csrf header to send with changes from a page" }),
        login: Text.annotateKey({ description: "Where people sign in, if they can" })
      }).annotate({ identifier: "Me" })
    }).annotate(OpenApi.Summary, "Who the caller is; open to every key"),
    HttpApiEndpoint.get("myAccess", "/me/access", { success: MyAccess, error: Unavailable }).annotate(
      OpenApi.Summary,
      "The caller's keys, limits and budgets; open to every key"
    ),
    HttpApiEndpoint.get("mySpend", "/me/spend", {
      query: ownSpend,
      success: Spend,
      error: [Invalid, Unavailable]
    }).annotate(OpenApi.Summary, "What the caller's user has spent, or its key where it has no user"),
    HttpApiEndpoint.get("myCalls", "/me/calls", {
      query: ownCalls,
      success: CallsPage,
      error: [Invalid, Unavailable]
    }).annotate(OpenApi.Summary, "The caller's calls, the newest first")
  )
  // Unknown filters are ignored: the response holds only the caller's own calls.
  .annotate(HttpApi.QueryParseOptions, {})
  .annotate(OpenApi.Title, "Self")
