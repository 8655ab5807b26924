import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import { Duration, Storable } from "../../../settings/schema/Scalars.ts"
import {
  BudgetState,
  IssuedKey,
  Key,
  KeyChange,
  KeyInput,
  Team,
  TeamChange,
  TeamInput,
  User,
  UserChange,
  UserInput
} from "../../access/records/Records.ts"
import { Conflict, Invalid, NotFound, Unavailable } from "./Problems.ts"

const Text = Schema.optionalKey(Storable)

const params = { id: Storable }

const page = {
  user: Text,
  team: Text,
  after: Text.annotateKey({ description: "The last id of the page before" }),
  limit: Schema.optionalKey(
    Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: 1000 }))
  ).annotateKey({ description: "At most 1000. Default: 100" })
}

const created = HttpApiSchema.status(201)

const onList = [Invalid, Unavailable] as const
const onCreate = [Invalid, Conflict, Unavailable] as const
const onRead = [NotFound, Unavailable] as const
const onWrite = [Invalid, NotFound, Conflict, Unavailable] as const

const Budgets = Schema.Struct({ budgets: Schema.Array(BudgetState) }).annotate({ identifier: "BudgetStates" })

/** The keys that callers present. */
export const keysApi = HttpApiGroup.make("keys")
  .add(
    HttpApiEndpoint.get("listKeys", "/keys", {
      query: page,
      success: Schema.Struct({ keys: Schema.Array(Key) }).annotate({ identifier: "VirtualKeys" }),
      error: onList
    }).annotate(OpenApi.Summary, "Keys, those of the settings first"),
    HttpApiEndpoint.post("createKey", "/keys", {
      payload: KeyInput.annotate({
        examples: [{ name: "support bot", team: "support", models: ["fast"], tags: ["bot"] }]
      }),
      success: IssuedKey.pipe(created),
      error: onCreate
    }).annotate(OpenApi.Summary, "Creates a key; only this response has its secret"),
    HttpApiEndpoint.get("getKey", "/keys/:id", { params, success: Key, error: onRead }).annotate(
      OpenApi.Summary,
      "A key, without its secrets"
    ),
    HttpApiEndpoint.patch("updateKey", "/keys/:id", {
      params,
      payload: KeyChange,
      success: Key,
      error: onWrite
    }).annotate(OpenApi.Summary, "Changes a key: null removes a field, and fields left out stay as they are"),
    HttpApiEndpoint.delete("removeKey", "/keys/:id", {
      params,
      success: HttpApiSchema.NoContent,
      error: onWrite
    }).annotate(OpenApi.Summary, "Removes a key for good"),
    HttpApiEndpoint.post("rotateKey", "/keys/:id/rotate", {
      params,
      payload: Schema.Struct({
        overlap: Schema.optionalKey(Duration).annotateKey({
          description: "How long the old secrets stay valid, such as 1h; 0s ends them now. Default: 1d"
        })
      }),
      success: IssuedKey,
      error: onWrite
    }).annotate(OpenApi.Summary, "Gives a key a new secret"),
    HttpApiEndpoint.post("blockKey", "/keys/:id/block", { params, success: Key, error: onWrite }).annotate(
      OpenApi.Summary,
      "Blocks a key until it is unblocked"
    ),
    HttpApiEndpoint.post("unblockKey", "/keys/:id/unblock", { params, success: Key, error: onWrite }).annotate(
      OpenApi.Summary,
      "Unblocks a key"
    )
  )
  .annotate(OpenApi.Title, "Keys")

/** Users, whose keys are limited together. */
export const usersApi = HttpApiGroup.make("users")
  .add(
    HttpApiEndpoint.get("listUsers", "/users", {
      query: { team: page.team, after: page.after, limit: page.limit },
      success: Schema.Struct({ users: Schema.Array(User) }).annotate({ identifier: "GatewayUsers" }),
      error: onList
    }).annotate(OpenApi.Summary, "Users, those of the settings first"),
    HttpApiEndpoint.post("createUser", "/users", {
      payload: UserInput.annotate({ examples: [{ id: "ann", email: "ann@example.com", team: "support" }] }),
      success: User.pipe(created),
      error: onCreate
    }).annotate(OpenApi.Summary, "Creates a user"),
    HttpApiEndpoint.get("getUser", "/users/:id", { params, success: User, error: onRead }).annotate(
      OpenApi.Summary,
      "A user"
    ),
    HttpApiEndpoint.patch("updateUser", "/users/:id", {
      params,
      payload: UserChange,
      success: User,
      error: onWrite
    }).annotate(OpenApi.Summary, "Changes a user: null removes a field, and fields left out stay as they are"),
    HttpApiEndpoint.delete("removeUser", "/users/:id", {
      params,
      success: HttpApiSchema.NoContent,
      error: onWrite
    }).annotate(OpenApi.Summary, "Removes a user")
  )
  .annotate(OpenApi.Title, "Users")

/** Teams, whose users and keys are limited together. */
export const teamsApi = HttpApiGroup.make("teams")
  .add(
    HttpApiEndpoint.get("listTeams", "/teams", {
      query: { after: page.after, limit: page.limit },
      success: Schema.Struct({ teams: Schema.Array(Team) }).annotate({ identifier: "GatewayTeams" }),
      error: onList
    }).annotate(OpenApi.Summary, "Teams, those of the settings first"),
    HttpApiEndpoint.post("createTeam", "/teams", {
      payload: TeamInput.annotate({ examples: [{ id: "support", name: "Support" }] }),
      success: Team.pipe(created),
      error: onCreate
    }).annotate(OpenApi.Summary, "Creates a team"),
    HttpApiEndpoint.get("getTeam", "/teams/:id", { params, success: Team, error: onRead }).annotate(
      OpenApi.Summary,
      "A team"
    ),
    HttpApiEndpoint.patch("updateTeam", "/teams/:id", {
      params,
      payload: TeamChange,
      success: Team,
      error: onWrite
    }).annotate(OpenApi.Summary, "Changes a team: null removes a field, and fields left out stay as they are"),
    HttpApiEndpoint.delete("removeTeam", "/teams/:id", {
      params,
      success: HttpApiSchema.NoContent,
      error: onWrite
    }).annotate(OpenApi.Summary, "Removes a team")
  )
  .annotate(OpenApi.Title, "Teams")

/** The state of budgets. */
export const budgetsApi = HttpApiGroup.make("budgets")
  .add(
    HttpApiEndpoint.get("budgets", "/budgets", {
      query: { key: Text, user: Text, team: Text },
      success: Budgets,
      error: onRead
    }).annotate(
      OpenApi.Summary,
      "The state of the budgets of the settings, or of a key, a user or a team, from the counters that calls are checked against"
    )
  )
  .annotate(OpenApi.Title, "Budgets")
