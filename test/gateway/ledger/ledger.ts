import { BigDecimal, Effect, FileSystem, Layer, Redacted, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { NodeServices } from "@effect/platform-node"
import { Ledger } from "../../../src/gateway/ledger/Ledger.ts"
import type { LedgerRow } from "../../../src/gateway/ledger/LedgerRow.ts"
import * as RequestId from "../../../src/gateway/http/RequestId.ts"
import { CurrentSettings } from "../../../src/gateway/operations/CurrentSettings.ts"
import type { Ledger as LedgerSettings } from "../../../src/settings/schema/Ledger.ts"
import { Store } from "../../../src/gateway/store/Store.ts"
import { formatDecimal } from "../../../src/catalog/Money.ts"
import { postgresUrl, postgresLayer } from "../../services/services.ts"

/** A folder of the test's own. */
export const folder = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped()).pipe(
  Effect.provide(NodeServices.layer)
)

export const sqliteFile = Effect.map(folder, (folder) => `${folder}/gateway.db`)

/** The address of a database of the test's own, in the Postgres that all tests share. */
export const postgresDatabase = Effect.gen(function* () {
  const name = `ledger_${process.pid}_${crypto.randomUUID().slice(0, 8)}`
  yield* Effect.provide(
    SqlClient.SqlClient.use((sql) => sql.unsafe(`CREATE DATABASE ${name}`)),
    postgresLayer
  )
  return (yield* postgresUrl).replace(/\/[^/]*$/, `/${name}`)
})

export const storeAt = (address: string) => Store.layer(undefined, Redacted.make(address))

/** A ledger of its own over a database, by some settings. */
export const ledgerAt = (address: string, ledger: LedgerSettings = {}) =>
  Ledger.layer({ interval: "10 millis" }).pipe(
    Layer.provideMerge(Layer.fresh(storeAt(address))),
    Layer.provide(
      Layer.succeed(CurrentSettings, {
        get: () => ({ models: {}, ledger }),
        reload: Effect.undefined,
        reloads: Stream.never
      })
    )
  )

/** Uses the database of a store. */
export const using = <A, E>(effect: Effect.Effect<A, E, SqlClient.SqlClient>) =>
  Store.use(({ sql, use }) => use(Effect.provideService(effect, SqlClient.SqlClient, sql)))

const nextId = RequestId.maker("test")

/** A day in November of a year long ago. */
export const noon = Date.UTC(2019, 10, 20, 12)

/** A call, that says as much as most calls do. */
export const rowAt = (at: number, more: Partial<LedgerRow> = {}): LedgerRow => ({
  id: nextId(at),
  at,
  millis: 1200,
  capability: "chat",
  streamed: false,
  model: "fast",
  outcome: "success",
  ...more
})

export const usd = (amounts: ReadonlyArray<string | undefined>): string =>
  formatDecimal(BigDecimal.sumAll(amounts.map((amount) => BigDecimal.fromStringUnsafe(amount ?? "0"))))
