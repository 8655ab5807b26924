import * as Schema from "effect/Schema"
import { ContentPolicies } from "./Content.ts"
import { policy } from "./ShortForm.ts"
import { Count, Duration, Name, Pattern, Window } from "./Scalars.ts"
import { optional, required } from "./Setting.ts"

const Timeout = Schema.Struct({
  connect: optional(Duration, "Until the provider accepts the request"),
  firstToken: optional(Duration, "Until the first content"),
  idle: optional(Duration, "Silence in a stream, after that"),
  total: optional(Duration, "The whole call")
}).annotate({ identifier: "Timeout" })

const Times = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0, { expected: "a whole number, 0 or more" }))

/** How often each class of errors is retried. */
const RetriedErrors = Schema.Struct({
  rateLimit: optional(Times, "A limit of the provider"),
  timeout: optional(Times, "A time limit of these settings, or of the provider"),
  overloaded: optional(Times, "A provider that is overloaded (503, 529)"),
  serverError: optional(Times, "A fault of the provider (500, 502)"),
  network: optional(Times, "A connection that failed or broke off"),
  invalidResponse: optional(Times, "A response that cannot be read"),
  authentication: optional(Times, "A key that is refused, or may not do this; not retried unless named"),
  invalidRequest: optional(Times, "A request that is refused; not retried unless named"),
  contentPolicy: optional(Times, "Content that the provider refuses; not retried unless named")
}).annotate({ identifier: "RetriedErrors" })

export interface RetriedErrors extends Schema.Schema.Type<typeof RetriedErrors> {}

const Retry = Schema.Struct({
  times: optional(Times, "Retries, so one less than the attempts. Default: 3"),
  byError: optional(
    RetriedErrors,
    "Retries after errors of a class, in place of `times`, which holds for those that are not named"
  ),
  base: optional(Duration, "The longest first delay; it doubles. Default: 500ms"),
  cap: optional(Duration, "The longest delay. Default: 30s"),
  total: optional(Duration, "How long attempts may still begin. Default: 2m"),
  retryAfterLimit: optional(Duration, "The longest Retry-After to honour. Default: 1m")
}).annotate({ identifier: "Retry" })

export interface Retry extends Schema.Schema.Type<typeof Retry> {}

/** Rate limits. */
export const Limits = Schema.Struct({
  requests: optional(Count, "Requests within the time of `per`"),
  tokens: optional(Count, "Tokens, in and out, within the time of `per`"),
  concurrency: optional(Count, "Calls at once"),
  per: optional(Window, "Default: 1m"),
  wait: optional(Duration, "How long a call waits for its turn before it fails")
}).annotate({ identifier: "Limits" })

export interface Limits extends Schema.Schema.Type<typeof Limits> {}

/** How long a deployment that fails is not called. */
const Cooling = Schema.Struct({
  faults: optional(Count, "After so many faults of the provider in a row. Default: 3"),
  first: optional(Duration, "The first pause; it doubles. Default: 1s"),
  longest: optional(Duration, "The longest pause. Default: 5s"),
  retryAfterLimit: optional(Duration, "The longest Retry-After to honour. Default: 1h")
}).annotate({ identifier: "Cooling" })

const timeout = policy(
  Timeout,
  Duration,
  (total) => ({ total }),
  `a duration such as "30s", limits by phase such as { firstToken: 10s }, or false`
)

const retry = policy(
  Retry,
  Schema.Int,
  (times) => ({ times }),
  "a number of retries, an object such as { times: 3 }, or false"
)

const CircuitBreaker = Schema.Struct({
  failures: optional(Count, "Failures in a row that open the circuit. Default: 5"),
  open: optional(Duration, "How long until a probe is let through. Default: 5s")
}).annotate({ identifier: "CircuitBreaker" })

const Validate = Schema.Struct({
  notEmpty: optional(Schema.Boolean, "Whether a response without content is refused"),
  json: optional(Schema.Boolean, "Whether the text has to be JSON"),
  matches: optional(Pattern, "A regular expression that has to be found in the text"),
  schema: optional(
    Schema.Record(Schema.String, Schema.Json),
    "A JSON Schema (draft 2020-12) that the text has to conform to, as JSON"
  ),
  longest: optional(Count, "The most characters of the text"),
  times: optional(Times, "How often the model is called again with the reason. Default: 2"),
  stream: optional(
    Schema.Literals(["hold-back", "restart"]),
    "Whether a stream is passed on once it is complete and valid, or as it arrives, with an error at its end if it is not. Default: hold-back"
  )
}).annotate({ identifier: "Validate", description: "Requirements on responses" })

/** The policies of a single deployment. */
export const DeploymentPolicies = Schema.Struct({
  timeout: optional(timeout, "How long an attempt may last: in all, or by phase"),
  retry: optional(
    retry,
    "Retries on the same deployment after transient errors. Default: none, the next deployment is called"
  ),
  circuitBreaker: optional(
    Schema.Union([Schema.Literal(false), CircuitBreaker]),
    "Shares the failures of a model among all models that call it. Default: none; see cooling"
  ),
  limits: optional(
    Schema.Union([Schema.Literal(false), Limits]),
    "The most that the same model is sent, by all models together; a call waits for its turn, or fails"
  ),
  validate: optional(
    policy(
      Validate,
      Schema.Literals(["notEmpty", "json"]),
      (name): typeof Validate.Type => ({ [name]: true }),
      "notEmpty, json, an object such as { matches: ^yes|no$ }, or false"
    ),
    "Calls the model again, with the reason, if a response does not meet the requirements; then the next deployment"
  ),
  budgets: optional(
    Schema.Union([Schema.Literal(false), Schema.Array(Name)]),
    "The budgets that calls are charged to, by name; a used-up budget refuses them"
  )
}).annotate({ identifier: "DeploymentPolicies" })

export interface DeploymentPolicies extends Schema.Schema.Type<typeof DeploymentPolicies> {}

/** The policies of a model as a whole. */
export const ModelPolicies = Schema.Struct({
  attempts: optional(
    Count,
    "Attempts of a call at most, retries and fallbacks included. Default: 6, or one for each deployment"
  ),
  deadline: optional(
    Duration,
    "How long a call may take until its response, or a stream until its first content, with all attempts. Default: no limit"
  ),
  wait: optional(
    Duration,
    "How long to wait for a deployment that asks for it, where no other is faster. Default: 10s"
  ),
  cooling: optional(Cooling, "How long a deployment that fails is not called"),
  onInterrupted: optional(
    Schema.Literals(["fail", "restart"]),
    "What happens to a stream that breaks after its first content. Default: fail"
  )
}).annotate({ identifier: "ModelPolicies" })

export interface ModelPolicies extends Schema.Schema.Type<typeof ModelPolicies> {}

const Tenant = Schema.Literals(["key", "user", "all"])

const Hedge = Schema.Struct({
  after: optional(
    Duration,
    "How long the first call has to begin its response; with a percentile, at least. Default: 1s"
  ),
  percentile: optional(
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }, { expected: "a share between 0 and 1" })),
    "Waits as long as this share of earlier calls took, such as 0.95, once 20 are known"
  ),
  share: optional(
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }, { expected: "a share between 0 and 1" })),
    "The share of calls that may have a second one. Default: 0.1"
  )
}).annotate({ identifier: "Hedge", description: "A second call where the first is slow" })

const Cache = Schema.Struct({
  ttl: required(
    Duration,
    "How long a response may be reused",
    "is missing: say how long a response may be reused, such as 1h"
  ),
  tenant: optional(
    Tenant,
    "Whether only requests of the same key (and of the same user, where requests name one) share responses, those of the same user whatever their key, or all. Default: key"
  )
}).annotate({ identifier: "Cache" })

/** The policies that save calls by caching and sharing responses, or spend one more where the first is slow. */
export const SharingPolicies = Schema.Struct({
  hedge: optional(
    policy(
      Hedge,
      Duration,
      (after): typeof Hedge.Type => ({ after }),
      "a duration such as 2s, an object such as { percentile: 0.95, after: 500ms }, or false"
    ),
    "Makes a second call where the first is slow, and takes the one that begins first; both are paid for. With after: 0ms and share: 1, every call is a race of two"
  ),
  cache: optional(
    policy(
      Cache,
      Duration,
      (ttl): typeof Cache.Type => ({ ttl }),
      "a duration such as 1h, an object such as { ttl: 1h }, or false"
    ),
    "Reuses responses for identical requests"
  ),
  coalesce: optional(
    Schema.Union([Tenant, Schema.Literal(false)]),
    "Lets equal requests that are in progress share one call: those of the same key, of the same user, or all"
  )
}).annotate({ identifier: "SharingPolicies" })

export interface SharingPolicies extends Schema.Schema.Type<typeof SharingPolicies> {}

/**
 * The policies of a model and of its deployments, by name. Code that applies them lists them all
 * (`{ [P in keyof ModelPolicies]-?: ... }`), so that a policy without an effect does not compile.
 */
export const Policies = Schema.Struct({
  ...DeploymentPolicies.fields,
  ...ModelPolicies.fields,
  ...SharingPolicies.fields,
  ...ContentPolicies.fields
}).annotate({ identifier: "Policies" })

export interface Policies extends Schema.Schema.Type<typeof Policies> {}
