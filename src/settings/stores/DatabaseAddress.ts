import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { createHash } from "node:crypto"
import { userInfo } from "node:os"

/** Whether an address is that of a Postgres, and no file. */
export const isPostgres = (address: string): boolean => /^postgres(?:ql)?:\/\//.test(address)

const forms = { postgres: "postgres://USER:PASSWORD@HOST/DATABASE", redis: "redis://USER:PASSWORD@HOST:PORT" }

/** Whether an address says what was meant: after `12#x@host`, 12 would be a port, and the rest a fragment. */
const isReadable = (address: string): boolean => {
  const { hash, href, pathname, search } = new URL(address)
  decodeURIComponent(href)
  return hash === "" && !(pathname + search).includes("@")
}

/** What keeps the address of a store from being read; it is not shown, since it may hold a password. */
export const addressMistake = (address: string, of: keyof typeof forms = "postgres"): string | undefined =>
  Result.getOrElse(
    Result.try(() => isReadable(address)),
    () => false
  )
    ? undefined
    : `is not an address: write it as ${forms[of]}, and in the password %23 for #, %25 for %, %2F for /, %3F for ?, %40 for @`

/** Who uses a Postgres whose address names no user: as for psql, the user of this process. */
export const userOf = (address: string): Effect.Effect<string | undefined, Error> => {
  const mistake = addressMistake(address)
  if (mistake !== undefined) return Effect.fail(new Error(mistake))
  const { searchParams, username } = new URL(address)
  if (username !== "" || searchParams.has("user")) return Effect.undefined
  return Effect.firstSuccessOf([
    Config.String("USER"),
    Effect.try({ try: () => userInfo().username, catch: () => new Error(noUser) })
  ]).pipe(Effect.mapError(() => new Error(noUser)))
}

const noUser = "its address names no user: write it as postgres://USER@HOST/DATABASE"

/**
 * Where calls and budgets wait for a database: beside its file, or for a server in the working directory; nowhere for one in memory, which ends
 * with them. Each database has its own, so that nothing comes into another.
 */
export const spoolDirectory = (database: string): string | undefined => {
  if (database === ":memory:") return undefined
  if (!isPostgres(database)) return `${database}-spool`
  const { host, pathname } = new URL(database)
  return `effect-llm-spool-${createHash("sha256").update(`${host}${pathname}`).digest("hex").slice(0, 8)}`
}
