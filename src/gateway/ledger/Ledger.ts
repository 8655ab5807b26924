import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { SqlClient } from "effect/sql/SqlClient"
import * as Redacted from "effect/Redacted"
import type { SqlError } from "effect/sql/SqlError"
import { spoolDirectory } from "../../settings/stores/DatabaseAddress.ts"
import type { Ledger as LedgerSettings } from "../../settings/schema/Ledger.ts"
import { CurrentSettings } from "../operations/CurrentSettings.ts"
import { Store, type StoreError } from "../store/Store.ts"
import * as Drain from "./Drain.ts"
import type { LedgerEntry, LedgerRow } from "./LedgerRow.ts"
import * as LiveCalls from "./LiveCalls.ts"
import { dayOf } from "./RollUp.ts"
import { dropBefore } from "./Tables.ts"
import * as Write from "./Write.ts"

const spoolBytes = 1024 ** 3

export interface LedgerOptions {
  /** How long calls wait for more before they are written. */
  readonly interval?: Duration.Input | undefined
}

/** What every call is written down in. */
export class Ledger extends Context.Service<
  Ledger,
  {
    /** Keeps a call that ended; it never waits, and the death of the process does not lose it. */
    readonly append: (entry: LedgerEntry) => void
    /** Waits until the calls so far are in the database. */
    readonly flush: Effect.Effect<void>
    /** The calls of all processes that this one hears of, as they end. */
    readonly live: Stream.Stream<LedgerRow>
    readonly state: Drain.Drain["state"]
  }
>()("effect-llm-gateway/Ledger") {
  /** Writes to the gateway's database. */
  static readonly layer = (options: LedgerOptions = {}): Layer.Layer<Ledger, never, Store | CurrentSettings> =>
    Layer.effect(this, make(options))
}

const make = Effect.fnUntraced(function* ({
  interval = "500 millis"
}: LedgerOptions): Effect.fn.Return<Ledger["Service"], never, Store | CurrentSettings | Scope.Scope> {
  const store = yield* Store
  const { get } = yield* CurrentSettings
  const { spool } = get().ledger ?? {}
  const run = runIn(store)
  const write = Write.make()
  const drain = yield* Drain.make(
    {
      write: (entries) => run(write(entries)),
      isAway: ({ isAway }) => (isAway ? Effect.succeed(true) : Effect.map(store.responds, (responds) => !responds))
    },
    {
      directory: spool?.directory ?? spoolDirectory(Redacted.value(store.database)),
      instance: crypto.randomUUID().slice(0, 8),
      maxBytes: spool?.maxBytes ?? spoolBytes,
      interval,
      flushTimeout: "5 seconds"
    }
  )
  const live = yield* LiveCalls.make
  yield* Effect.suspend(() => sweep(run, get().ledger ?? {})).pipe(
    Effect.catch((error) => Effect.logWarning("The ledger could not drop old days; trying again", error)),
    Effect.andThen(Effect.sleep("1 hour")),
    Effect.forever,
    Effect.forkScoped
  )
  return {
    append: (entry) => {
      drain.append(entry)
      live.publish(entry.row)
    },
    flush: drain.flush,
    live: live.calls,
    state: drain.state
  }
})

type Run = ReturnType<typeof runIn>

const runIn =
  ({ sql, use }: Store["Service"]) =>
  <A>(effect: Effect.Effect<A, SqlError, SqlClient>): Effect.Effect<A, StoreError> =>
    use(Effect.provideService(effect, SqlClient, sql))

/** Drops the days that are kept no longer. */
const sweep = Effect.fnUntraced(function* (run: Run, { retention, texts }: LedgerSettings) {
  const now = yield* Clock.currentTimeMillis
  const firstDay = (kept: Duration.Duration) => dayOf(now - Duration.toMillis(kept))
  yield* run(dropBefore("calls", firstDay(retention ?? Duration.days(90))))
  yield* run(dropBefore("texts", firstDay(texts?.retention ?? Duration.days(30))))
})
