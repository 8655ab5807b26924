import { createHash } from "node:crypto"

/** Whether an address is that of a Postgres, and no file. */
export const isPostgres = (address: string): boolean => /^postgres(?:ql)?:\/\//.test(address)

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
