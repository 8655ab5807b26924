import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import type { AllFailedError } from "effect-llm/domain/AllFailedError"
import {
  InvalidRequestError,
  ModelNotFoundError,
  PermissionDeniedError,
  QuotaExceededError,
  UnsupportedParameterError
} from "effect-llm/domain/CallErrors"
import {
  type AttemptError,
  ContentPolicyError,
  OverloadedError,
  type PartialEmbeddingError,
  RateLimitError,
  ServerError
} from "effect-llm/domain/ChatResponse"
import { sentence } from "effect-llm/domain/ErrorFields"
import type { UnknownModelError } from "effect-llm/domain/ModelId"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import { isNeverPermitted, messageFor, worded } from "./Advice.ts"

/** A request that the gateway itself refuses, with the status that says so where the error alone does not. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", {
  error: Schema.Unknown,
  status: Schema.optional(Schema.Int),
  headers: Schema.optional(Schema.Record(Schema.String, Schema.String))
}) {
  override get message(): string {
    return (this.error as Error).message
  }
}

/** Refuses a request that is not valid. A status other than 400 says more than that, and so does the message. */
export const invalid = (
  detail: string,
  {
    at,
    headers,
    status
  }: { readonly at?: string; readonly status?: number; readonly headers?: { readonly [name: string]: string } } = {}
): Refused => {
  const error = new InvalidRequestError({ detail, at })
  const message = sentence({}, { happened: detail, advice: "" })
  return new Refused({ error: status === undefined ? error : worded(error, message), status, headers })
}

/** What is refused before it is a request: for what it is, or for want of room. */
export const refusedAt = (status: number, detail: string): Refused =>
  status < 500
    ? invalid(detail, { status })
    : new Refused({
        error: worded(
          new OverloadedError({ retryAfter: Duration.seconds(1) }),
          sentence({}, { happened: detail, advice: "" })
        ),
        status
      })

/** Everything that keeps a call from its response. */
export type Failure = AttemptError | AllFailedError | PartialEmbeddingError | UnknownModelError | Refused

/** The error behind a failure: that of the last attempt, where there were several. */
export const reasonOf = (failure: Failure): Failure =>
  failure._tag === "AllFailedError" || failure._tag === "PartialEmbeddingError"
    ? reasonOf(failure.reason as Failure)
    : failure

/** The error of a provider that says the same, for the encoders of the protocols. */
export const toProviderError = (failure: Failure): ProviderError => {
  switch (failure._tag) {
    case "Refused":
      return failure.error as ProviderError
    case "AllFailedError":
      return failure.attempts.length === 0 && failure.leftOut !== undefined && failure.leftOut.length > 0
        ? unserved(failure.leftOut)
        : toProviderError(failure.reason as Failure)
    case "PartialEmbeddingError":
      return toProviderError(failure.reason as Failure)
    case "UnknownModelError":
      return worded(new ModelNotFoundError({ model: failure.requested }), messageFor(failure))
    case "BudgetExceededError":
      return worded(new QuotaExceededError({}), messageFor(failure))
    case "LocalRateLimitError":
      return worded(
        new RateLimitError({
          limit: failure.limit,
          allowed: failure.allowed,
          requested: failure.requested,
          retryAfter: failure.retryAfter
        }),
        messageFor(failure)
      )
    case "CircuitOpenError":
      return worded(new OverloadedError({ retryAfter: failure.retryAfter }), messageFor(failure))
    case "PolicyStoreError":
      return worded(new OverloadedError({ retryAfter: Duration.seconds(1) }), messageFor(failure))
    case "LostRaceError":
    case "ValidationError":
      return worded(new ServerError({ status: 502 }), messageFor(failure))
    case "GuardrailError":
      return failure.undecided === true
        ? worded(new OverloadedError({ retryAfter: Duration.seconds(1) }), messageFor(failure))
        : worded(new ContentPolicyError({}), messageFor(failure))
    default:
      return failure
  }
}

/** No deployment was called: for what the request asks, or because all of them have to be left alone for now. */
const unserved = (leftOut: NonNullable<AllFailedError["leftOut"]>): ProviderError => {
  const reasons = leftOut.map(({ because, deployment }) => `${deployment}: ${because}`).join("; ")
  const parameter = unacceptedBy(leftOut)
  if (parameter !== undefined) return new UnsupportedParameterError({ parameter, detail: reasons })
  const waits = leftOut.flatMap(({ wait }) => wait ?? [])
  if (waits.length === 0) return new InvalidRequestError({ detail: `no deployment can serve this request: ${reasons}` })
  const retryAfter = waits.reduce((a, b) => Duration.min(a, b))
  return worded(
    new RateLimitError({ retryAfter }),
    `no deployment may be called now: ${reasons}. Wait ${Duration.format(retryAfter)}, or use another model.`
  )
}

/** The only parameter for which all of these deployments were left out. */
const unacceptedBy = (leftOut: NonNullable<AllFailedError["leftOut"]>): string | undefined => {
  const [parameter, ...others] = new Set(leftOut.map(({ parameter }) => parameter))
  return others.length === 0 ? parameter : undefined
}

/** Seconds until a budget begins anew, where that is known. */
export const resetSeconds = (failure: Failure, nowMillis: number): number | undefined => {
  const reason = reasonOf(failure)
  return reason._tag === "BudgetExceededError" && reason.resetsAt !== undefined && !isNeverPermitted(reason)
    ? Math.max(1, Math.ceil((DateTime.toEpochMillis(reason.resetsAt) - nowMillis) / 1000))
    : undefined
}

/** The error of a stream that is cut off when the gateway stops. */
export const stopped = worded(new ServerError({ status: 503 }), "The gateway is being stopped. Send the request again.")

/** Refuses a request for which there is no time any more. */
export const unfinished = new Refused({
  error: worded(new OverloadedError({ retryAfter: Duration.seconds(1) }), stopped.message),
  headers: { "x-should-retry": "true" }
})

/** The error for a defect, which is logged with the id of the request. */
export const bug = worded(
  new ServerError({ status: 500 }),
  "This is a bug in the gateway. Tell its administrator the id of this request, by which the log has it."
)

/** The error for calls that only administrators may make. */
export const forAdministrators = new Refused({
  error: worded(new PermissionDeniedError({}), "This takes the key of an administrator.")
})
