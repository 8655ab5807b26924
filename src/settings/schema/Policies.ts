import * as Schema from "effect/Schema"
import { ContentPolicies } from "./Content.ts"
import { policy } from "./ShortForm.ts"
import { Count, Duration, Name, Pattern } from "./Scalars.ts"

const Timeout = Schema.Struct({
  connect: Schema.optionalKey(Duration).annotateKey({ description: "Until the provider accepts the request" }),
  firstToken: Schema.optionalKey(Duration).annotateKey({ description: "Until the first content" }),
  idle: Schema.optionalKey(Duration).annotateKey({ description: "Silence in a stream, after that" }),
  total: Schema.optionalKey(Duration).annotateKey({ description: "The whole call" })
}).annotate({ identifier: "Timeout" })

const Times = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0, { expected: "a whole number, 0 or more" }))

/** How often each class of errors is retried. */
const RetriedErrors = Schema.Struct({
  rateLimit: Schema.optionalKey(Times).annotateKey({ description: "A limit of the provider" }),
  timeout: Schema.optionalKey(Times).annotateKey({ description: "A time limit of these settings, or of the provider" }),
  overloaded: Schema.optionalKey(Times).annotateKey({ description: "A provider that is overloaded (503, 529)" }),
  serverError: Schema.optionalKey(Times).annotateKey({ description: "A fault of the provider (500, 502)" }),
  network: Schema.optionalKey(Times).annotateKey({ description: "A connection that failed or broke off" }),
  invalidResponse: Schema.optionalKey(Times).annotateKey({ description: "A response that cannot be read" }),
  authentication: Schema.optionalKey(Times).annotateKey({
    description: "A key that is refused, or may not do this; not retried unless named"
  }),
  invalidRequest: Schema.optionalKey(Times).annotateKey({
    description: "A request that is refused; not retried unless named"
  }),
  contentPolicy: Schema.optionalKey(Times).annotateKey({
    description: "Content that the provider refuses; not retried unless named"
  })
}).annotate({ identifier: "RetriedErrors" })

export interface RetriedErrors extends Schema.Schema.Type<typeof RetriedErrors> {}

const Retry = Schema.Struct({
  times: Schema.optionalKey(Times).annotateKey({ description: "Retries, so one less than the attempts. Default: 3" }),
  byError: Schema.optionalKey(RetriedErrors).annotateKey({
    description: "Retries after errors of a class, in place of `times`, which holds for those that are not named"
  }),
  base: Schema.optionalKey(Duration).annotateKey({
    description: "The longest first delay; it doubles. Default: 500ms"
  }),
  cap: Schema.optionalKey(Duration).annotateKey({ description: "The longest delay. Default: 30s" }),
  total: Schema.optionalKey(Duration).annotateKey({ description: "How long attempts may still begin. Default: 2m" }),
  retryAfterLimit: Schema.optionalKey(Duration).annotateKey({
    description: "The longest Retry-After to honour. Default: 1m"
  })
}).annotate({ identifier: "Retry" })

export interface Retry extends Schema.Schema.Type<typeof Retry> {}

/** Rate limits. */
export const Limits = Schema.Struct({
  requests: Schema.optionalKey(Count).annotateKey({ description: "Requests within the time of `per`" }),
  tokens: Schema.optionalKey(Count).annotateKey({ description: "Tokens, in and out, within the time of `per`" }),
  concurrency: Schema.optionalKey(Count).annotateKey({ description: "Calls at once" }),
  per: Schema.optionalKey(Duration).annotateKey({ description: "Default: 1m" }),
  wait: Schema.optionalKey(Duration).annotateKey({ description: "How long a call waits for its turn before it fails" })
}).annotate({ identifier: "Limits" })

export interface Limits extends Schema.Schema.Type<typeof Limits> {}

/** How long a deployment that fails is not called. */
const Cooling = Schema.Struct({
  faults: Schema.optionalKey(Count).annotateKey({
    description: "After so many faults of the provider in a row. Default: 3"
  }),
  first: Schema.optionalKey(Duration).annotateKey({ description: "The first pause; it doubles. Default: 1s" }),
  longest: Schema.optionalKey(Duration).annotateKey({ description: "The longest pause. Default: 5s" }),
  retryAfterLimit: Schema.optionalKey(Duration).annotateKey({
    description: "The longest Retry-After to honour. Default: 1h"
  })
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
  failures: Schema.optionalKey(Count).annotateKey({
    description: "Failures in a row that open the circuit. Default: 5"
  }),
  open: Schema.optionalKey(Duration).annotateKey({ description: "How long until a probe is let through. Default: 5s" })
}).annotate({ identifier: "CircuitBreaker" })

const Validate = Schema.Struct({
  notEmpty: Schema.optionalKey(Schema.Boolean).annotateKey({
    description: "Whether a response without content is refused"
  }),
  json: Schema.optionalKey(Schema.Boolean).annotateKey({ description: "Whether the text has to be JSON" }),
  matches: Schema.optionalKey(Pattern).annotateKey({
    description: "A regular expression that has to be found in the text"
  }),
  schema: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json)).annotateKey({
    description: "A JSON Schema (draft 2020-12) that the text has to conform to, as JSON"
  }),
  longest: Schema.optionalKey(Count).annotateKey({ description: "The most characters of the text" }),
  times: Schema.optionalKey(Times).annotateKey({
    description: "How often the model is called again with the reason. Default: 2"
  }),
  stream: Schema.optionalKey(Schema.Literals(["hold-back", "restart"])).annotateKey({
    description:
      "Whether a stream is passed on once it is complete and valid, or as it arrives, with an error at its end if it is not. Default: hold-back"
  })
}).annotate({ identifier: "Validate", description: "Requirements on responses" })

/** The policies of a single deployment. */
export const DeploymentPolicies = Schema.Struct({
  timeout: Schema.optionalKey(timeout).annotateKey({
    description: "How long an attempt may last: in all, or by phase"
  }),
  retry: Schema.optionalKey(retry).annotateKey({
    description: "Retries on the same deployment after transient errors. Default: none, the next deployment is called"
  }),
  circuitBreaker: Schema.optionalKey(Schema.Union([Schema.Literal(false), CircuitBreaker])).annotateKey({
    description: "Shares the failures of a model among all models that call it. Default: none; see cooling"
  }),
  limits: Schema.optionalKey(Schema.Union([Schema.Literal(false), Limits])).annotateKey({
    description: "The most that the same model is sent, by all models together; a call waits for its turn, or fails"
  }),
  validate: Schema.optionalKey(
    policy(
      Validate,
      Schema.Literals(["notEmpty", "json"]),
      (name): typeof Validate.Type => ({ [name]: true }),
      "notEmpty, json, an object such as { matches: ^yes|no$ }, or false"
    )
  ).annotateKey({
    description:
      "Calls the model again, with the reason, if a response does not meet the requirements; then the next deployment"
  }),
  budgets: Schema.optionalKey(Schema.Union([Schema.Literal(false), Schema.Array(Name)])).annotateKey({
    description: "The budgets that calls are charged to, by name; a used-up budget refuses them"
  })
}).annotate({ identifier: "DeploymentPolicies" })

export interface DeploymentPolicies extends Schema.Schema.Type<typeof DeploymentPolicies> {}

/** The policies of a model as a whole. */
export const ModelPolicies = Schema.Struct({
  attempts: Schema.optionalKey(Count).annotateKey({
    description: "Attempts of a call at most, retries and fallbacks included. Default: 6, or one for each deployment"
  }),
  deadline: Schema.optionalKey(Duration).annotateKey({
    description:
      "How long a call may take until its response, or a stream until its first content, with all attempts. Default: no limit"
  }),
  wait: Schema.optionalKey(Duration).annotateKey({
    description: "How long to wait for a deployment that asks for it, where no other is faster. Default: 10s"
  }),
  cooling: Schema.optionalKey(Cooling).annotateKey({ description: "How long a deployment that fails is not called" }),
  onInterrupted: Schema.optionalKey(Schema.Literals(["fail", "restart"])).annotateKey({
    description: "What happens to a stream that breaks after its first content. Default: fail"
  })
}).annotate({ identifier: "ModelPolicies" })

export interface ModelPolicies extends Schema.Schema.Type<typeof ModelPolicies> {}

const Tenant = Schema.Literals(["key", "user", "all"])

const Hedge = Schema.Struct({
  after: Schema.optionalKey(Duration).annotateKey({
    description: "How long the first call has to begin its response; with a percentile, at least. Default: 1s"
  }),
  percentile: Schema.optionalKey(
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }, { expected: "a share between 0 and 1" }))
  ).annotateKey({
    description: "Waits as long as this share of earlier calls took, such as 0.95, once 20 are known"
  }),
  share: Schema.optionalKey(
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }, { expected: "a share between 0 and 1" }))
  ).annotateKey({ description: "The share of calls that may have a second one. Default: 0.1" })
}).annotate({ identifier: "Hedge", description: "A second call where the first is slow" })

const Cache = Schema.Struct({
  ttl: Duration.annotateKey({
    description: "How long a response may be reused",
    messageMissingKey: "is missing: say how long a response may be reused, such as 1h"
  }),
  tenant: Schema.optionalKey(Tenant).annotateKey({
    description:
      "Whether only requests of the same key (and of the same user, where requests name one) share responses, those of the same user whatever their key, or all. Default: key"
  })
}).annotate({ identifier: "Cache" })

/** The policies that save calls by caching and sharing responses, or spend one more where the first is slow. */
export const SharingPolicies = Schema.Struct({
  hedge: Schema.optionalKey(
    policy(
      Hedge,
      Duration,
      (after): typeof Hedge.Type => ({ after }),
      "a duration such as 2s, an object such as { percentile: 0.95, after: 500ms }, or false"
    )
  ).annotateKey({
    description:
      "Makes a second call where the first is slow, and takes the one that begins first; both are paid for. With after: 0ms and share: 1, every call is a race of two"
  }),
  cache: Schema.optionalKey(
    policy(
      Cache,
      Duration,
      (ttl): typeof Cache.Type => ({ ttl }),
      "a duration such as 1h, an object such as { ttl: 1h }, or false"
    )
  ).annotateKey({ description: "Reuses responses for identical requests" }),
  coalesce: Schema.optionalKey(Schema.Union([Tenant, Schema.Literal(false)])).annotateKey({
    description:
      "Lets equal requests that are in progress share one call: those of the same key, of the same user, or all"
  })
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
