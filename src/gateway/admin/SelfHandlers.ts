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

/** Whose calls are a caller's own: those of its user, whichever key made them, or of its key. */
const ownOf = ({ id, user }: Caller): { readonly user: string } | { readonly key: string } =>
  user === undefined ? { key: id } : { user }

/** What is not there, such as a user that a token alone knows, is left out; a database that is away is said. */
const found = <A, E extends { readonly _tag: string; readonly message: string }>(
  effect: Effect.Effect<A, E>
): Effect.Effect<A | undefined, Unavailable> =>
  Effect.catch(effect, (error) =>
    error._tag === "RecordNotFoundError" ? Effect.undefined : Effect.fail(new Unavailable({ detail: error.message }))
  )

/** Who asks, and what is theirs. */
export const selfHandlers = HttpApiBuilder.group(
  api,
  "self",
  Effect.fnUntraced(function* (handlers) {
    const ledger = yield* LedgerQueries.reading
    const [keys, users, teams, states] = [yield* Keys, yield* Users, yield* Teams, yield* BudgetStates]

    const keysOf = ({ id, user, via }: Caller) =>
      user !== undefined
        ? found(keys.list({ user, limit: 1000 }))
        : via === "key"
          ? Effect.map(found(keys.get(id)), (key) => (key === undefined ? [] : [key]))
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
        const user = caller.user === undefined ? undefined : yield* found(users.get(caller.user))
        const team = caller.team === undefined ? undefined : yield* found(teams.get(caller.team))
        const subjects = [
          ...own.map(({ id }) => ["key", id] as const),
          ...(user === undefined ? [] : [["user", user.id] as const]),
          ...(team === undefined ? [] : [["team", team.id] as const])
        ]
        const all = yield* Effect.forEach(subjects, ([kind, id]) => found(states.of(kind, id)))
        // One of the settings may be that of the key and of its user.
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
