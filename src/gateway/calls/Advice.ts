import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type { AttemptError, BudgetExceededError } from "effect-llm/domain/ChatResponse"
import { type ErrorFields, type Explained, isFromProvider, isTooLarge, sentence } from "effect-llm/domain/ErrorFields"
import type { UnknownModelError } from "effect-llm/domain/ModelId"
import type { ProviderError } from "effect-llm/domain/ProviderError"

/** What is said to the clients of a gateway, who can change their request and nothing behind it. */
type Advised = AttemptError | UnknownModelError

type Advice = { readonly [Tag in Advised["_tag"]]: (error: Extract<Advised, { readonly _tag: Tag }>) => string }

const administrator = "the administrator of this gateway"
const later = "Try again in a moment, or use another model."
const models = "/v1/models lists those that your key may call."

/** Whether a call needs more than its budget permits when nothing is spent, so that no waiting helps. */
export const isNeverPermitted = ({ limit, requested }: BudgetExceededError): boolean =>
  requested !== undefined && BigDecimal.isGreaterThan(requested, limit)

const waiting = (wait: Duration.Duration | undefined): string =>
  wait === undefined || Duration.isZero(wait)
    ? later
    : `Wait ${Duration.format(wait)} before the next request, or use another model.`

/** What a request cannot be without, in the words of every dialect: only a part of it can be left out. */
const required: ReadonlySet<string> = new Set([
  "messages",
  "contents",
  "input",
  "inputs",
  "prompt",
  "documents",
  "query",
  "audio",
  "file"
])

/** What the caller can do, or else whom to ask. An error without a row does not compile. */
const advice: Advice = {
  AuthenticationError: () =>
    `The gateway's own account with the provider is not accepted, and no fault of your key: tell ${administrator}, or use another model.`,
  PermissionDeniedError: (error) =>
    isFromProvider(error)
      ? `The gateway's own account may not do this: use another model, or tell ${administrator}.`
      : `Ask ${administrator} for access, or use another model: ${models}`,
  QuotaExceededError: () =>
    `The gateway's own account with the provider is used up: use another model, or tell ${administrator}.`,
  RateLimitError: (error) =>
    isTooLarge(error)
      ? "It will never succeed: shorten it, ask for fewer tokens, or use another model."
      : waiting(error.retryAfter),
  TimeoutError: () => "Try again, use a faster model, or stream the response.",
  InvalidRequestError: () => "Correct the request; sending it again will not help.",
  UnsupportedParameterError: ({ parameter }) =>
    parameter === "request"
      ? "Make it smaller, or use another model."
      : parameter === "stream"
        ? "Ask for a whole response, or use another model."
        : `Leave ${parameter === undefined || required.has(parameter) ? "that part" : `\`${parameter}\``} out, use another model, or send the header x-effect-llm-unsupported: drop to have left out what cannot be carried.`,
  ContextWindowExceededError: () => "Shorten the conversation, or use a model with a larger window.",
  ContentPolicyError: () => "Rephrase the request, or use another model.",
  ModelNotFoundError: (error) =>
    isFromProvider(error)
      ? `The provider has no model of the name that the gateway knows: use another, or tell ${administrator}.`
      : `Check its name: ${models}`,
  EndpointNotFoundError: () =>
    `Tell ${administrator}, who has to check the address of the provider, or use another model.`,
  OverloadedError: ({ retryAfter }) => waiting(retryAfter),
  ServerError: ({ retryAfter }) => waiting(retryAfter),
  NetworkError: () => `Try again in a moment; where it goes on, tell ${administrator}.`,
  ResponseParseError: () =>
    `Try again, use another model, or tell ${administrator}: the provider may be another server.`,
  ResponseTooLargeError: () => "Ask for less at a time, or use another model.",
  StreamInterruptedError: () => "What has arrived is incomplete: discard it, and send the request again.",
  UnknownModelError: ({ suggestions }) =>
    suggestions.length === 0 ? `Check its name: ${models}` : `Did you mean ${suggestions.join(", ")}?`,
  BudgetExceededError: (error) =>
    error.unpriced !== undefined
      ? `Use a model with a known price, or ask ${administrator} to give this one a price.`
      : isNeverPermitted(error)
        ? `Lower the most output tokens, shorten the request, or ask ${administrator} to raise it.`
        : `${error.resetsAt === undefined ? "" : `It resets at ${DateTime.formatIso(error.resetsAt)}. `}Ask for less, or ask ${administrator} to raise it.`,
  LocalRateLimitError: ({ retryAfter }) =>
    retryAfter === undefined
      ? `Shorten the request, or ask ${administrator} to raise the limit.`
      : `Wait ${Duration.format(retryAfter)}, or ask ${administrator} to raise the limit.`,
  CircuitOpenError: ({ retryAfter }) => waiting(retryAfter),
  PolicyStoreError: () => `Try again in a moment; where it goes on, tell ${administrator}.`,
  ValidationError: () => "Try again, change the prompt, or use another model.",
  GuardrailError: ({ at, undecided }) =>
    undecided === true
      ? `It could not judge: try again in a moment; where it goes on, tell ${administrator}.`
      : at === "request"
        ? "Change the request: this gateway does not send such texts."
        : "Change the request: this gateway does not pass on such responses.",
  LostRaceError: () => ""
}

/** Removes what only administrators may see: the addresses of providers. */
const withoutAddresses = (error: Advised): ErrorFields & Explained => {
  const { provider, model, explanation } = error as ErrorFields & Explained
  switch (error._tag) {
    case "NetworkError":
      return { provider, model, explanation }
    case "EndpointNotFoundError":
      return { provider, model, explanation: { ...explanation, happened: "the provider has no such endpoint" } }
    default:
      return error
  }
}

/** The message of an error for clients of a gateway. One that was worded for them keeps its words. */
export const messageFor = (error: Advised): string => {
  if (Object.hasOwn(error, "message")) return error.message
  const own = (advice[error._tag] as (error: Advised) => string)(error)
  const fields = withoutAddresses(error)
  return sentence(fields, { happened: fields.explanation.happened, advice: own })
}

/** An error with another message. */
export const worded = <E extends ProviderError>(error: E, message: string): E =>
  Object.create(error, { message: { value: message } }) as E

/** An error as its client sees it. */
export const forClients = (error: ProviderError): ProviderError => worded(error, messageFor(error))
