import * as Equal from "effect/Equal"
import * as Redacted from "effect/Redacted"
import type { Credentials } from "../../client/Credentials.ts"
import { isSecret } from "../../transport/RequestHeaders.ts"

/** Whether a caller adds headers that are not secret, and nothing else: then a key of the pool goes with them. */
export const headersOnly = (credentials: Credentials<string>): boolean =>
  Object.entries(credentials).every(
    ([name, value]) =>
      value === undefined ||
      (name === "headers" &&
        Object.entries(credentials.headers ?? {}).every(
          ([header, text]) => !Redacted.isRedacted(text) && !isSecret(header)
        ))
  )

/** Whether two entries authenticate alike; secrets are compared by their values. */
export const sameCredentials = (one: Credentials<string>, other: Credentials<string>): boolean =>
  Equal.equals(one, other)
