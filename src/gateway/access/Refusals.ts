import * as Duration from "effect/Duration"
import { AuthenticationError, PermissionDeniedError } from "effect-llm/domain/CallErrors"
import { OverloadedError } from "effect-llm/domain/ChatResponse"
import { worded } from "../calls/Advice.ts"
import { Refused } from "../calls/Failure.ts"
import type { StoreError } from "../store/Store.ts"

/** Clients that repeat a 401 show its text in the end: it says what to do. */
const unauthenticated = (message: string): Refused =>
  new Refused({
    error: worded(new AuthenticationError({}), message),
    status: 401,
    headers: { "www-authenticate": "Bearer", "x-should-retry": "false" }
  })

const another = "Ask the administrator of this gateway for one, who makes it with `effect-llm keys create`."

export const missing = unauthenticated(
  `No key was sent. Send a key of this gateway as "Authorization: Bearer ...", or as x-api-key, x-goog-api-key or api-key. ${another}`
)

export const unknown = unauthenticated(
  `This key is not known here. Send a key of this gateway, and not one of a provider. ${another}`
)

export const blocked = unauthenticated("This key is blocked. Ask the administrator of this gateway to unblock it.")

export const expired = unauthenticated(`This key has expired. ${another}`)

export const rotated = unauthenticated(
  "This key has a newer secret, and this one holds no more. Send the newer one, or ask the administrator of this gateway for it."
)

export const badToken = (detail: string): Refused =>
  unauthenticated(`This token does not hold: ${detail}. Sign in again, and send the new one.`)

export const badLogin = (detail: string): Refused =>
  unauthenticated(`This login cannot be finished: ${detail}. Begin again at /auth/login.`)

/** A token is not rejected because its issuer is unreachable. */
export const issuerAway = new Refused({
  error: worded(
    new OverloadedError({ retryAfter: Duration.seconds(5) }),
    "The identity provider does not respond as it should. Try again in a moment; if that goes on, the log of this gateway says why."
  ),
  status: 503,
  headers: { "retry-after": "5", "x-should-retry": "true" }
})

export const badSession = unauthenticated("This session has ended. Sign in again at /auth/login.")

export const forbiddenPath = (path: string): Refused =>
  new Refused({ error: worded(new PermissionDeniedError({}), `This key may not use ${path}.`), status: 403 })

export const forgery = new Refused({
  error: worded(
    new PermissionDeniedError({}),
    "A change by a page needs the header x-effect-llm-csrf, as /auth/session gives it."
  ),
  status: 403
})

/** No key is refused because the database is away. */
export const away = (_: StoreError): Refused =>
  new Refused({
    error: worded(
      new OverloadedError({ retryAfter: Duration.seconds(2) }),
      "This key cannot be looked up now, because the database of the gateway does not respond. Try again in a moment; keys in use go on."
    ),
    status: 503,
    headers: { "retry-after": "2", "x-should-retry": "true" }
  })
