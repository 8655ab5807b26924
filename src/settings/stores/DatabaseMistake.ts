import * as Predicate from "effect/Predicate"
import { isSqlError } from "effect/sql/SqlError"

/** What somebody has to correct, by the code of a Postgres, before it can be used. */
const advice: ReadonlyArray<readonly [code: RegExp, problem: string, correct: string]> = [
  [
    /^28/,
    "does not let the user in",
    "correct the user and the password of its address, or the access rules of the server"
  ],
  [/^3D000/, "is not there", "create it, or name another one"],
  [/^(?:42501|3F000)/, "does not let the user make tables", "grant it CREATE on the schema, or name another user"]
]

/** Says what is wrong with the address of a database that responds, but cannot be used, as an error of its own tells. */
export const databaseMistake = (error: unknown): string | undefined => {
  const cause = isSqlError(error) ? error.reason.cause : error
  if (!Predicate.isError(cause) || !("code" in cause)) return undefined
  const found = advice.find(([code]) => code.test(String(cause.code)))
  return found && `the database ${found[1]}: ${found[2]} (the server said: ${cause.message})`
}
