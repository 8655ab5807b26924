import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import type { Caller } from "../access/Caller.ts"
import { BudgetStates } from "../access/records/BudgetStates.ts"
import { Keys } from "../access/records/Keys.ts"
import { Teams, Users } from "../access/records/Subjects.ts"
import { api } from "../AdminApi.ts"
import { Unavailable } from "./api/Problems.ts"
import { currentCaller } from "./CurrentCaller.ts"
import * as LedgerQueries from "./LedgerQueries.ts"

/** The filter of a caller's own calls: those of its user, whichever key made them, or else of its key. */
const ownOf = ({ id, user }: Caller): { readonly user: string } | { readonly key: string } =>
  user === undefined ? { key: id } : { user }

/** `undefined` for a missing record, such as a user that only a token names; fails while the database is away. */
const ifFound = <A, E extends { readonly _tag: string; readonly message: string }>(
  effect: Effect.Effect<A, E>
): Effect.Effect<A | undefined, Unavailable> =>
  Effect.catch(effect, (error) =>
    error._tag === "RecordNotFoundError" ? Effect.undefined : Effect.fail(new Unavailable({ detail: error.message }))
  )

/** The caller, with its own access, spend and calls. */
export const selfHandlers = HttpApiBuilder.group(
  api,
  "self",
  Effect.fnUntraced(function* (handlers) {
    const ledger = yield* LedgerQueries.reader
    const [keys, users, teams, states] = [yield* Keys, yield* Users, yield* Teams, yield* BudgetStates]

    const keysOf = ({ id, user, via }: Caller) =>
      user !== undefined
        ? ifFound(keys.list({ user, limit: 1000 }))
        : via === "key"
          ? Effect.map(ifFound(keys.get(id)), (key) => (key === undefined ? [] : [key]))
          : Effect.succeed([])

    return handlers.handleAll({
      me: () =>
        Effect.zipWith(currentCaller, Clock.currentTimeMillis, (caller, now) => {
          const { id, isAdmin, name, remaining, tags, team, user, via } = caller
          return {
            id,
            name,
            tags,
            isAdmin,
            via,
            ...(user !== undefined && { user }),
            ...(team !== undefined && { team }),
            remaining: remaining(now)
          }
        }),
      myAccess: Effect.fnUntraced(function* () {
        const caller = yield* currentCaller
        const own = (yield* keysOf(caller)) ?? []
        const user = caller.user === undefined ? undefined : yield* ifFound(users.get(caller.user))
        const team = caller.team === undefined ? undefined : yield* ifFound(teams.get(caller.team))
        const subjects = [
          ...own.map(({ id }) => ["key", id] as const),
          ...(user === undefined ? [] : [["user", user.id] as const]),
          ...(team === undefined ? [] : [["team", team.id] as const])
        ]
        const all = yield* Effect.forEach(subjects, ([kind, id]) => ifFound(states.of(kind, id)))
        // A budget of the settings may hold for both the key and its user.
        const budgets = new Map(
          all.flatMap((states) => (states ?? []).map((state) => [`${state.of} ${state.id} ${state.budget}`, state]))
        )
        return {
          keys: own,
          ...(user !== undefined && { user }),
          ...(team !== undefined && { team }),
          budgets: [...budgets.values()]
        }
      }),
      mySpend: Effect.fnUntraced(function* ({ query }) {
        return yield* LedgerQueries.spend(ledger, { ...query, ...ownOf(yield* currentCaller) })
      }),
      myCalls: Effect.fnUntraced(function* ({ query }) {
        return yield* LedgerQueries.page(ledger, { ...query, ...ownOf(yield* currentCaller) })
      })
    })
  })
)
