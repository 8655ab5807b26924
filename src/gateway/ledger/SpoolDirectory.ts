import { createHash } from "node:crypto"
import { isPostgres } from "../../settings/build/SqlStores.ts"

/**
 * Where calls wait for a database: beside its file, or for a server in the working directory; nowhere for one in memory, which ends
 * with them. Each database has its own, so that no call comes into another.
 */
export const spoolDirectory = (database: string): string | undefined => {
  if (database === ":memory:") return undefined
  if (!isPostgres(database)) return `${database}-spool`
  const { host, pathname } = new URL(database)
  return `effect-llm-spool-${createHash("sha256").update(`${host}${pathname}`).digest("hex").slice(0, 8)}`
}
