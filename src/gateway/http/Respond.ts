import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { attemptsOf, isRetryable, type ProviderError, retryAfter } from "effect-llm/domain/ProviderError"
import type { Access } from "../access/Access.ts"
import { type Caller, nobody } from "../access/Caller.ts"
import { forClients } from "../calls/Advice.ts"
import {
  bug,
  type Failure,
  forAdministrators,
  invalid,
  type Refused,
  resetSeconds,
  toProviderError
} from "../calls/Failure.ts"
import { headerText } from "../calls/CallNotes.ts"
import { isOfError, passedError } from "../calls/PassedError.ts"
import * as PassedHeaders from "../calls/PassedHeaders.ts"
import * as Remaining from "../calls/Remaining.ts"
import { type Dialect, dialectOf, type Dialects } from "../dialects/Dialect.ts"
import type { Answer } from "./Answer.ts"
import type { Received } from "./Received.ts"
import type { RequestNotes } from "./RequestNotes.ts"
import type { Routes } from "./Routes.ts"

/** Responds to a request; whatever goes wrong is a response in the words of its client. */
export const respond = (
  received: Received,
  notes: RequestNotes,
  routes: Routes,
  access: Access["Service"],
  dialects: Dialects
): Effect.Effect<Answer, never, Scope.Scope> => {
  const found = routes.find(received.method, received.path, received.headers)
  if (found._tag === "None") {
    const refused = invalid(`there is no ${received.path} here${nearby(received, routes)}`, { status: 404 })
    return Effect.succeed(refusal(refused, dialectOf(received, dialects), received, 0))
  }
  if (found._tag === "OtherMethod") {
    const allow = found.allowed.join(", ")
    const refused = invalid(`${received.path} takes ${allow}, not ${received.method}`, {
      status: 405,
      headers: { allow }
    })
    return Effect.succeed(refusal(refused, dialectOf(received, found.dialects), received, 0))
  }
  const { params, route } = found.match
  const { dialect } = route
  notes.route = route.path
  notes.dialect = dialect.name
  const run = (caller: Caller) => route.run({ received, params, dialect, caller })
  const answering =
    route.access === "open"
      ? Effect.suspend(() => run(nobody))
      : Effect.flatMap(access.authenticate(received), (caller) => {
          notes.caller = caller
          return route.access === "admin" && !caller.isAdmin ? Effect.fail(forAdministrators) : run(caller)
        })
  return Effect.matchCauseEffect(answering, {
    onSuccess: (answer) => Effect.succeed(identified(answer, dialect, received)),
    onFailure: (cause) => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause as Cause.Cause<never>)
      const error = Cause.findErrorOption(cause)
      return Effect.flatMap(Clock.currentTimeMillis, (now) =>
        error._tag === "Some"
          ? Effect.succeed(refusal(error.value, dialect, received, now))
          : Effect.as(
              Effect.annotateLogs(Effect.logError("A request ended in a defect", cause), { request: received.id }),
              refusal(bug, dialect, received, now)
            )
      )
    }
  })
}

/** Adds the request id to the headers, where it is missing. */
const identified = (answer: Answer, { requestIdHeader }: Dialect, { id }: Received): Answer =>
  requestIdHeader in answer.headers ? answer : { ...answer, headers: { ...answer.headers, [requestIdHeader]: id } }

/** Where a client adds the version of an API to an address that has one already, the path that it means. */
const nearby = ({ headers, method, path }: Received, routes: Routes): string => {
  const meant = path.replace(/^(\/v\d\w*)\/v\d\w*\//, "$1/")
  if (meant === path || routes.find(method, meant, headers)._tag !== "Match") return ""
  return `, but ${meant}: leave the version out of the client's base URL`
}

/** The answer to a request that is refused whatever it asks for, in the words of whoever has its path. */
export const refuse = (received: Received, refused: Refused, routes: Routes, dialects: Dialects): Answer => {
  const found = routes.find(received.method, received.path, received.headers)
  const dialect =
    found._tag === "Match"
      ? found.match.route.dialect
      : dialectOf(received, found._tag === "None" ? dialects : found.dialects)
  return refusal(refused, dialect, received, 0)
}

/** The response for a failure: a provider's own words, where it speaks the dialect. */
export const refusal = (failure: Failure, dialect: Dialect, received: Received, nowMillis: number): Answer => {
  const error = toProviderError(failure)
  const own = failure._tag === "Refused" ? failure : undefined
  const status = own === undefined ? statusOfProvider(error) : own.status
  const encoded = dialect.encodeError(forClients(error), { status, requestId: received.id })
  const passed = passedError(error, dialect, encoded.body)
  const wait = retryAfter(error)
  const seconds = wait === undefined ? resetSeconds(failure, nowMillis) : Math.ceil(Duration.toSeconds(wait))
  const attempts = failure._tag === "Refused" ? 0 : attemptsOf(failure).length
  const requestId = (error as { readonly requestId?: string }).requestId
  const headers: Record<string, string> = {}
  if (passed !== undefined) PassedHeaders.addForClient(headers, passed.headers)
  headers["content-type"] = dialect.errorMediaType ?? "application/json"
  headers[dialect.requestIdHeader] = received.id
  Remaining.addOfFailure(headers, failure, dialect, nowMillis)
  Object.assign(headers, shouldRetry(failure, error, attempts))
  if (attempts > 0) headers["x-effect-llm-attempts"] = String(attempts)
  if (requestId !== undefined) headers["x-effect-llm-provider-request-id"] = headerText(requestId)
  if (seconds !== undefined) headers["retry-after"] = String(seconds)
  return {
    status: passed?.status ?? (isOfError(encoded.status) ? encoded.status : 502),
    headers: { ...headers, ...own?.headers },
    body: passed?.body ?? JSON.stringify(encoded.body)
  }
}

/** The status of a provider that says no less than ours would of the same error, such as 413, 422 or 502. */
const statusOfProvider = (error: ProviderError): number | undefined => {
  switch (error._tag) {
    case "InvalidRequestError":
    case "UnsupportedParameterError":
      return error.status !== undefined && /^4(?!0[1238]|29)/.test(String(error.status)) ? error.status : undefined
    case "ServerError":
      return error.status !== undefined && error.status >= 500 ? error.status : undefined
    default:
      return undefined
  }
}

/** What our own policies have retried, clients must not; what they have not, clients treat as they would without us. */
const shouldRetry = (failure: Failure, error: ProviderError, attempts: number): Answer["headers"] => {
  const ofProvider = (error as { readonly shouldRetry?: boolean }).shouldRetry
  const ours = !isRetryable(error)
    ? // OpenAI's own is a 429, which clients would repeat in vain.
      error._tag === "QuotaExceededError"
      ? false
      : undefined
    : failure._tag === "LocalRateLimitError"
      ? true
      : attempts > 1
        ? false
        : undefined
  const retry = ours ?? ofProvider
  return retry === undefined ? {} : { "x-should-retry": String(retry) }
}
