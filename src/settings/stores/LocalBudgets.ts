import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import type { SqlClient } from "effect/sql/SqlClient"
import { BudgetStore, BudgetStoreError } from "effect-llm/policies/BudgetStore"
import * as BudgetStoreBuffered from "effect-llm/policies/BudgetStoreBuffered"
import { BudgetJournal } from "./BudgetJournal.ts"
import { inTables, storeIn } from "./BudgetTables.ts"
import { Claim } from "./Claim.ts"
import { once } from "./Once.ts"
import { unusableDirectory } from "./UnusableDirectory.ts"

type Store = BudgetStore["Service"]

/** What is done for no call is a part of no trace. */
const untraced = Effect.provideService(References.TracerEnabled, false)

type Finding = Effect.Effect<Store, BudgetStoreError>

/** How often to check whether another process has started. */
const watching = "100 millis"

/**
 * Budgets of a SQLite file. A process that has it alone keeps them in memory, with a journal in a directory; when another one comes,
 * both use the tables from then on.
 */
export const layer = (directory: string): Layer.Layer<BudgetStore, never, SqlClient> =>
  Layer.effect(BudgetStore, make(directory))

const make = Effect.fnUntraced(function* (directory: string): Effect.fn.Return<Store, never, SqlClient | Scope.Scope> {
  const scope = yield* Effect.scope
  const services = yield* Effect.context<SqlClient>()
  const tables = yield* inTables
  const claimed = Result.try(() => new Claim(directory))
  if (Result.isFailure(claimed)) {
    const meaning = "Calls with budgets take longer, since each waits for the database"
    yield* Effect.logWarning(unusableDirectory(meaning, directory, claimed.failure))
    return storeIn(tables)
  }
  const claim = claimed.success
  yield* Effect.addFinalizer(() => Effect.sync(() => claim.release()))

  const shared: Finding = Effect.suspend(() =>
    claim.takeShared()
      ? tables
      : Effect.fail(new BudgetStoreError({ cause: new Error("another process has the budgets in its memory") }))
  ).pipe(Effect.retry({ schedule: Schedule.spaced("20 millis"), while: () => !claim.isShared }))

  const alone: Finding = Effect.gen(function* () {
    const journaling = yield* Scope.fork(scope)
    const journal = new BudgetJournal(directory)
    yield* Scope.addFinalizer(
      journaling,
      Effect.sync(() => journal.close())
    )
    const { close, store } = yield* BudgetStoreBuffered.make({ journal }).pipe(
      Effect.provideService(Scope.Scope, journaling),
      Effect.onExit((exit) => (Exit.isFailure(exit) ? Scope.close(journaling, exit) : Effect.void))
    )
    const handOver = once(
      Effect.andThen(Effect.uninterruptible(Effect.andThen(close, Scope.close(journaling, Exit.void))), shared)
    )
    yield* Effect.sleep(watching).pipe(
      Effect.repeat({ until: () => claim.isWanted }),
      Effect.andThen(
        Effect.sync(() => {
          own = undefined
          finding = handOver
        })
      ),
      Effect.andThen(Effect.ignore(handOver)),
      untraced,
      Effect.forkIn(scope)
    )
    own = store
    finding = Effect.succeed(store)
    return store
  }).pipe(Effect.provideContext(services), untraced)

  /** The store in memory, as long as budgets are there. */
  let own: Store | undefined
  let finding: Finding = once(Effect.suspend(() => (claim.isAlone || claim.takeAlone() ? alone : shared)))
  // What a process before this one has left is in the tables before the first call.
  yield* Effect.forkScoped(untraced(Effect.ignore(finding)))

  /** What was begun when the store was handed over is done again where it is now. */
  const use = <A>(
    operation: (store: Store) => Effect.Effect<A, BudgetStoreError>
  ): Effect.Effect<A, BudgetStoreError> =>
    Effect.suspend(() => {
      const before = finding
      return Effect.catch(Effect.flatMap(before, operation), (error) =>
        finding === before ? Effect.fail(error) : Effect.flatMap(finding, operation)
      )
    })

  return {
    reserve: (request) => use((store) => store.reserve(request)),
    settle: (id, charges, expiresAt) => use((store) => store.settle(id, charges, expiresAt)),
    renew: (ids, expiresAt) => use((store) => store.renew(ids, expiresAt)),
    expire: (now, whenAbandoned) => use((store) => store.expire(now, whenAbandoned)),
    balance: (account, start) => use((store) => store.balance(account, start)),
    atOnce: {
      reserve: (request) => own?.atOnce?.reserve(request),
      settle: (id, charges, expiresAt) => own?.atOnce?.settle(id, charges, expiresAt)
    }
  }
})
