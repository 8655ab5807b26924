import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import type { PolicyStoreError } from "effect-llm/domain/PolicyErrors"
import { Access } from "../access/Access.ts"
import { KnownNames } from "../access/KnownNames.ts"
import { BudgetStates } from "../access/records/BudgetStates.ts"
import { Keys } from "../access/records/Keys.ts"
import type { RecordConflictError, RecordInvalidError, RecordNotFoundError } from "../access/records/RecordErrors.ts"
import type { KeyInput } from "../access/records/Records.ts"
import { Teams, Users } from "../access/records/Subjects.ts"
import { api } from "../AdminApi.ts"
import type { StoreError } from "../store/Store.ts"
import { Conflict, Invalid, NotFound, Unavailable } from "./api/Problems.ts"

const problems = {
  RecordNotFoundError: ({ message }: RecordNotFoundError) => new NotFound({ detail: message }),
  RecordInvalidError: ({ message }: RecordInvalidError) => new Invalid({ detail: message }),
  RecordConflictError: ({ message }: RecordConflictError) => new Conflict({ detail: message }),
  StoreError: ({ message }: StoreError) => new Unavailable({ detail: message }),
  PolicyStoreError: ({ message }: PolicyStoreError) => new Unavailable({ detail: message })
}

type Known = typeof problems

type ProblemOf<E> = E extends { readonly _tag: infer T extends keyof Known } ? ReturnType<Known[T]> : never

/** Maps errors of records to HTTP problems. */
const toProblems = <A, E extends { readonly _tag: keyof Known }>(
  effect: Effect.Effect<A, E>
): Effect.Effect<A, ProblemOf<E>> =>
  Effect.mapError(effect, (error) => {
    const problem: (error: E) => unknown = problems[error._tag] as never
    return problem(error) as ProblemOf<E>
  })

/** The notice that comes with the first key, which closes an open gateway. */
const closedNotice = (isAdmin: boolean): string =>
  isAdmin
    ? "Callers need a key from now on."
    : "Callers need a key from now on, and this one is not an administrator's: to administer the gateway, set EFFECT_LLM_ADMIN_KEY " +
      "(or server.adminKey in the settings) and start it again."

type Names = Parameters<KnownNames["Service"]["check"]>[0]

/** Updates a record after checking the names that the change adds. */
const checkedUpdate = <Change extends Names, A extends Names, E, E2>(
  { check }: KnownNames["Service"],
  records: {
    readonly get: (id: string) => Effect.Effect<A, E>
    readonly update: (id: string, change: Change) => Effect.Effect<A, E2>
  },
  id: string,
  change: Change
): Effect.Effect<A, E | E2 | RecordInvalidError> =>
  Effect.andThen(
    Effect.flatMap(records.get(id), (before) => check(change, before)),
    records.update(id, change)
  )

/** Keys. */
export const keysHandlers = HttpApiBuilder.group(
  api,
  "keys",
  Effect.fnUntraced(function* (handlers) {
    const keys = yield* Keys
    const access = yield* Access
    const names = yield* KnownNames
    const create = Effect.fnUntraced(function* (input: KeyInput) {
      yield* names.check(input)
      const wasOpen = access.isOpen()
      const issued = yield* keys.create(input)
      return wasOpen ? { ...issued, notice: closedNotice(input.admin === true) } : issued
    })
    return handlers.handleAll({
      listKeys: ({ query }) => toProblems(Effect.map(keys.list(query), (keys) => ({ keys }))),
      createKey: ({ payload }) => toProblems(create(payload)),
      getKey: ({ params }) => toProblems(keys.get(params.id)),
      updateKey: ({ params, payload }) => toProblems(checkedUpdate(names, keys, params.id, payload)),
      removeKey: ({ params }) => toProblems(keys.remove(params.id)),
      rotateKey: ({ params, payload }) => toProblems(keys.rotate(params.id, payload)),
      blockKey: ({ params }) => toProblems(keys.block(params.id)),
      unblockKey: ({ params }) => toProblems(keys.unblock(params.id))
    })
  })
)

/** Users. */
export const usersHandlers = HttpApiBuilder.group(
  api,
  "users",
  Effect.fnUntraced(function* (handlers) {
    const users = yield* Users
    const names = yield* KnownNames
    return handlers.handleAll({
      listUsers: ({ query }) => toProblems(Effect.map(users.list(query), (users) => ({ users }))),
      createUser: ({ payload }) => toProblems(Effect.andThen(names.check(payload), users.create(payload))),
      getUser: ({ params }) => toProblems(users.get(params.id)),
      updateUser: ({ params, payload }) => toProblems(checkedUpdate(names, users, params.id, payload)),
      removeUser: ({ params }) => toProblems(users.remove(params.id))
    })
  })
)

/** Teams. */
export const teamsHandlers = HttpApiBuilder.group(
  api,
  "teams",
  Effect.fnUntraced(function* (handlers) {
    const teams = yield* Teams
    const names = yield* KnownNames
    return handlers.handleAll({
      listTeams: ({ query }) => toProblems(Effect.map(teams.list(query), (teams) => ({ teams }))),
      createTeam: ({ payload }) => toProblems(Effect.andThen(names.check(payload), teams.create(payload))),
      getTeam: ({ params }) => toProblems(teams.get(params.id)),
      updateTeam: ({ params, payload }) => toProblems(checkedUpdate(names, teams, params.id, payload)),
      removeTeam: ({ params }) => toProblems(teams.remove(params.id))
    })
  })
)

/** Budgets. */
export const budgetsHandlers = HttpApiBuilder.group(
  api,
  "budgets",
  Effect.fnUntraced(function* (handlers) {
    const states = yield* BudgetStates
    return handlers.handleAll({
      budgets: Effect.fnUntraced(function* ({ query }) {
        const kinds = (["key", "user", "team"] as const).filter((kind) => query[kind] !== undefined)
        const found = yield* toProblems(
          kinds.length === 0
            ? Effect.map(states.ofSettings, (budgets) => [budgets])
            : Effect.forEach(kinds, (kind) => states.of(kind, query[kind] ?? ""))
        )
        return { budgets: found.flat() }
      })
    })
  })
)
