import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Services from "../Services.ts"
import { printDeleted, printJson } from "../terminal/Print.ts"
import * as Table from "../terminal/Table.ts"
import type { Address } from "./Address.ts"
import { ask } from "./Admin.ts"
import { type GrantFlags, grantsOf, limitsOf } from "./Grants.ts"

interface SubjectAddress extends Address {
  readonly id: string
}

const print = (value: object, json: boolean, text: string): Effect.Effect<void> =>
  json ? printJson(value) : Console.log(text)

/** `users create`. */
export const createUser = Effect.fnUntraced(function* (
  input: SubjectAddress & GrantFlags & { readonly team: string | undefined; readonly email: string | undefined }
) {
  const payload = {
    id: input.id,
    ...(input.team !== undefined && { team: input.team }),
    ...(input.email !== undefined && { email: input.email }),
    ...(yield* grantsOf(input))
  }
  const user = yield* ask(input, (admin) => admin.users.createUser({ payload }))
  yield* print(
    user,
    input.json,
    `The user ${user.id} is created. Create a key with \`effect-llm keys create NAME --user ${user.id}\`.`
  )
}, Effect.provide(Services.http))

/** `users list`. */
export const listUsers = Effect.fnUntraced(function* ({ json, key, url }: Address) {
  const found = yield* ask({ key, url }, (admin) => admin.users.listUsers({ query: { limit: 1000 } }))
  if (json) return yield* printJson(found)
  yield* Table.print(found.users, [
    { title: "id", value: ({ id }) => id },
    { title: "email", value: ({ email = "" }) => email },
    { title: "team", value: ({ team = "" }) => team },
    { title: "may", value: (user) => limitsOf(user) }
  ])
}, Effect.provide(Services.http))

/** `users delete`. */
export const deleteUser = Effect.fnUntraced(function* ({ id, json, key, url }: SubjectAddress) {
  yield* ask({ key, url }, (admin) => admin.users.removeUser({ params: { id } }))
  yield* printDeleted(id, json)
}, Effect.provide(Services.http))

/** `teams create`. */
export const createTeam = Effect.fnUntraced(function* (
  input: SubjectAddress & GrantFlags & { readonly name: string | undefined }
) {
  const payload = { id: input.id, ...(input.name !== undefined && { name: input.name }), ...(yield* grantsOf(input)) }
  const team = yield* ask(input, (admin) => admin.teams.createTeam({ payload }))
  yield* print(
    team,
    input.json,
    `The team ${team.id} is created. Create a key with \`effect-llm keys create NAME --team ${team.id}\`.`
  )
}, Effect.provide(Services.http))

/** `teams list`. */
export const listTeams = Effect.fnUntraced(function* ({ json, key, url }: Address) {
  const found = yield* ask({ key, url }, (admin) => admin.teams.listTeams({ query: { limit: 1000 } }))
  if (json) return yield* printJson(found)
  yield* Table.print(found.teams, [
    { title: "id", value: ({ id }) => id },
    { title: "name", value: ({ name = "" }) => name },
    { title: "may", value: (team) => limitsOf(team) }
  ])
}, Effect.provide(Services.http))

/** `teams delete`. */
export const deleteTeam = Effect.fnUntraced(function* ({ id, json, key, url }: SubjectAddress) {
  yield* ask({ key, url }, (admin) => admin.teams.removeTeam({ params: { id } }))
  yield* printDeleted(id, json)
}, Effect.provide(Services.http))
