/**
 * A response, the attempts that led to it, their errors, and the errors that hold a partial response: each may hold the
 * others, so they are one module.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as Transformation from "effect/SchemaTransformation"
import { Cached } from "./Cached.ts"
import { Citation, type ToolCallPart, ProviderOptions } from "./ContentPart.ts"
import { Cost } from "./Cost.ts"
import * as CallErrors from "./CallErrors.ts"
import { clip, errorClass, explainRateLimit, type Explanation, lateness } from "./ErrorFields.ts"
import { FinishReason } from "./FinishReason.ts"
import { Frame } from "./Frame.ts"
import { OptionalJson } from "./Json.ts"
import { Logprob } from "./Logprob.ts"
import {
  CircuitOpenError,
  LocalRateLimitError,
  LostRaceError,
  PolicyStoreError,
  budgetFields,
  explainValidation,
  toMessage,
  explainBudget
} from "./PolicyErrors.ts"
import { type AssistantMessage, AssistantPart } from "./Message.ts"
import { RateLimits } from "./RateLimits.ts"
import { Timings } from "./Timings.ts"
import { Usage } from "./Usage.ts"
import { Warning } from "./Warning.ts"

/**
 * One attempt of a call: the model, the error (absent on success), how long the attempt took, and how long the caller
 * waited before it. `cost` is set where costs are computed and the attempt consumed something, or may have; `deployment` is
 * the name of the deployment, where a group made the attempt.
 *
 * @since 0.1.0
 * @category models
 */
export interface Attempt {
  readonly model: string
  readonly error?: AttemptError | undefined
  readonly duration: Duration.Duration
  readonly wait?: Duration.Duration | undefined
  readonly cost?: Cost | undefined
  readonly deployment?: string | undefined
}

/**
 * The schema of `Attempt`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Attempt: Schema.Codec<Attempt, unknown> = Schema.Struct({
  model: Schema.String,
  error: Schema.optional(Schema.suspend(() => AttemptErrors)),
  duration: Schema.Duration,
  wait: Schema.optional(Schema.Duration),
  cost: Schema.optional(Cost),
  deployment: Schema.optional(Schema.String)
})

/**
 * A response of a chat model. `model` is the model as the provider reports it, `attempts` are those that led here, the
 * successful one last, and `raw` is the provider's own body (non-streaming calls only).
 *
 * @since 0.1.0
 * @category models
 */
export class ChatResponse extends Schema.Class<ChatResponse>("effect-llm/ChatResponse")({
  id: Schema.optional(Schema.String),
  model: Schema.optional(Schema.String),
  provider: Schema.optional(Schema.String),
  content: Schema.Array(AssistantPart),
  finishReason: FinishReason,
  /** The provider's own word for the finish reason. */
  rawFinishReason: Schema.optional(Schema.String),
  /** The stop sequence that ended the response, where the provider names it. */
  stopSequence: Schema.optional(Schema.String),
  usage: Usage,
  /** What this response cost, where costs are computed; the cost of failed attempts is in `attempts`. */
  cost: Schema.optional(Cost),
  /** Sources of the response as a whole, where the provider lists them apart from the text. */
  sources: Schema.optional(Schema.Array(Citation)),
  logprobs: Schema.optional(Schema.Array(Logprob)),
  /**
   * Other fields of the response, by the id of the protocol: Anthropic's `container`, Google's `finishMessage`. Many of
   * them may be sent back in the `providerOptions` of the next request.
   */
  providerMetadata: Schema.optional(ProviderOptions),
  warnings: Schema.Array(Warning),
  requestId: Schema.optional(Schema.String),
  rateLimits: Schema.optional(RateLimits),
  timings: Schema.optional(Timings),
  attempts: Schema.Array(Attempt),
  /** Present on a response that a cache kept from an earlier call. */
  cached: Schema.optional(Cached),
  raw: OptionalJson
}) {
  /** All text of the response, joined. */
  get text(): string {
    return joinTexts(this.content, "text")
  }

  /** All visible reasoning, joined. */
  get reasoningText(): string {
    return joinTexts(this.content, "reasoning")
  }

  /** The text of the refusal, or the empty string. */
  get refusal(): string {
    return joinTexts(this.content, "refusal")
  }

  /** The tool calls that the caller has to run. */
  get toolCalls(): ReadonlyArray<ToolCallPart> {
    return this.content.filter(
      (part): part is ToolCallPart => part.type === "tool-call" && part.providerExecuted !== true
    )
  }

  /** The response as a message of the next request. */
  get message(): AssistantMessage {
    return { role: "assistant", content: this.content }
  }

  /** A response with these fields, which must be valid: unlike the constructor, it does not check them. `more` overrides some. */
  static of(fields: ChatResponseFields, more?: Partial<ChatResponseFields>): ChatResponse {
    return { __proto__: ChatResponse.prototype, ...fields, ...more } as unknown as ChatResponse
  }

  /** A copy with some fields replaced. */
  with(fields: Partial<ChatResponseFields>): ChatResponse {
    return { __proto__: ChatResponse.prototype, ...this, ...fields } as unknown as ChatResponse
  }
}

/**
 * The fields of a `ChatResponse`.
 *
 * @since 0.1.0
 * @category models
 */
export type ChatResponseFields = ConstructorParameters<typeof ChatResponse>[0]

const joinTexts = (content: ReadonlyArray<AssistantPart>, type: "text" | "reasoning" | "refusal"): string => {
  let text = ""
  for (const part of content) if (part.type === type) text += part.text
  return text
}

/** The incomplete response, where the error came after its beginning. */
const partial = { partial: Schema.optional(ChatResponse) }

/**
 * Too many requests or tokens in a short time (usually 429). `retryAfter` is how long the provider says to wait;
 * `limit` is the limit that was reached (`requests`, `tokens`, ...), `allowed` how many of them it allows per window,
 * and `requested` how many this request needs, where the provider says so. A request that needs more than is allowed
 * never passes.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimitError extends errorClass<RateLimitError>()("RateLimitError", {
  retryAfter: Schema.optional(Schema.Duration),
  limit: Schema.optional(Schema.String),
  allowed: Schema.optional(Schema.Finite),
  requested: Schema.optional(Schema.Finite),
  ...partial
}) {
  override get explanation(): Explanation {
    return explainRateLimit(this)
  }
}

/**
 * The provider has no capacity at the moment (503, 529). `retryAfter` is how long it says to wait.
 *
 * @since 0.1.0
 * @category errors
 */
export class OverloadedError extends errorClass<OverloadedError>()("OverloadedError", {
  retryAfter: Schema.optional(Schema.Duration),
  ...partial
}) {
  override get explanation(): Explanation {
    return {
      happened: "the provider is overloaded",
      advice: "Retry later (Retry.standard does), or fall back to another provider."
    }
  }
}

/**
 * The provider failed (500, 502, 504, 408, ...). `retryAfter` is how long it says to wait.
 *
 * @since 0.1.0
 * @category errors
 */
export class ServerError extends errorClass<ServerError>()("ServerError", {
  retryAfter: Schema.optional(Schema.Duration),
  ...partial
}) {
  override get explanation(): Explanation {
    return { happened: "the provider failed", advice: "Retry (Retry.standard does), or fall back to another provider." }
  }
}

/**
 * A time limit was reached. `phase` says which: `connect` (no response head), `first-token` (no content yet), `idle`
 * (silence between two pieces) or `total`; `duration` is the limit.
 *
 * @since 0.1.0
 * @category errors
 */
export class TimeoutError extends errorClass<TimeoutError>()("TimeoutError", {
  phase: Schema.Literals(["connect", "first-token", "idle", "total"]),
  duration: Schema.Duration,
  ...partial
}) {
  override get explanation(): Explanation {
    return { happened: lateness(this.phase, this.duration), advice: "Raise the limit, or fall back to a faster model." }
  }
}

/**
 * The provider refused the content by its policy. `category` is its own word for the reason.
 *
 * @since 0.1.0
 * @category errors
 */
export class ContentPolicyError extends errorClass<ContentPolicyError>()("ContentPolicyError", {
  category: Schema.optional(Schema.String),
  ...partial
}) {
  override get explanation(): Explanation {
    return {
      happened: `the content was rejected by policy${this.category === undefined ? "" : ` (${this.category})`}`,
      advice: "Rephrase the request; a fallback does not send it to another model unless you opt in."
    }
  }
}

/**
 * The response cannot be decoded. `frame` is the message of the stream that could not.
 *
 * @since 0.1.0
 * @category errors
 */
export class ResponseParseError extends errorClass<ResponseParseError>()("ResponseParseError", {
  frame: Schema.optional(Frame),
  ...partial
}) {
  override get explanation(): Explanation {
    return {
      happened: "the response could not be decoded",
      advice:
        "Check that the base URL belongs to a server that speaks this protocol; if it does, report the frame as a bug."
    }
  }
}

/**
 * The stream broke off before its end. `partial` is the incomplete response. `cause` is the error that cut it, where
 * there was one.
 *
 * @since 0.1.0
 * @category errors
 */
export class StreamInterruptedError extends errorClass<StreamInterruptedError>()("StreamInterruptedError", {
  partial: ChatResponse
}) {
  override get explanation(): Explanation {
    return {
      happened: "the response was cut off before its end",
      advice: 'Use `partial` knowing that it is incomplete, or set onInterrupted: "restart" on the retry or fallback.'
    }
  }
}

/**
 * Every error of one call to one model.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ProviderError = Schema.Union([
  CallErrors.AuthenticationError,
  CallErrors.PermissionDeniedError,
  RateLimitError,
  CallErrors.QuotaExceededError,
  TimeoutError,
  CallErrors.InvalidRequestError,
  CallErrors.UnsupportedParameterError,
  CallErrors.ContextWindowExceededError,
  ContentPolicyError,
  CallErrors.ModelNotFoundError,
  CallErrors.EndpointNotFoundError,
  OverloadedError,
  ServerError,
  CallErrors.NetworkError,
  ResponseParseError,
  CallErrors.ResponseTooLargeError,
  StreamInterruptedError
])

/**
 * @since 0.1.0
 * @category errors
 */
export type ProviderError = typeof ProviderError.Type

/**
 * The budget does not permit this call, or was used up while its response arrived. `limit`, `spent` and `reserved` are in the
 * budget's `unit`; `requested` is what the call was expected to need. `partial` is what had arrived, and `cost` its cost.
 * `unpriced` says why the model has no price, if the call was refused for that.
 *
 * @since 0.1.0
 * @category errors
 */
export class BudgetExceededError extends Schema.TaggedError<BudgetExceededError>()("BudgetExceededError", {
  ...budgetFields,
  cost: Schema.optional(Cost),
  ...partial
}) {
  get explanation(): Explanation {
    return explainBudget(this)
  }

  override get message(): string {
    return toMessage(this.explanation)
  }
}

/**
 * No response passed validation. `reasons` says why, one for each response, oldest first; `partial` is the last response.
 *
 * @since 0.1.0
 * @category errors
 */
export class ValidationError extends Schema.TaggedError<ValidationError>()("ValidationError", {
  reasons: Schema.Array(Schema.String),
  ...partial
}) {
  get explanation(): Explanation {
    return explainValidation(this.reasons)
  }

  override get message(): string {
    return toMessage(this.explanation)
  }
}

/**
 * A guard rejected the request or the response. `guard` is its name, `at` what it rejected, `reason` why; `undecided` says that it
 * could not judge, and `partial` is the part of the response that had passed.
 *
 * @since 0.1.0
 * @category errors
 */
export class GuardrailError extends Schema.TaggedError<GuardrailError>()("GuardrailError", {
  guard: Schema.String,
  at: Schema.Literals(["request", "response"]),
  reason: Schema.String,
  undecided: Schema.optional(Schema.Boolean),
  ...partial
}) {
  get explanation(): Explanation {
    return { happened: `the guard "${this.guard}" rejected the ${this.at}: ${clip(this.reason, 500)}`, advice: "" }
  }

  override get message(): string {
    return this.explanation.happened
  }
}

/**
 * Every error that the policies of this package add to a model, except that of a fallback chain (`AllFailedError`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const PolicyError = Schema.Union([
  CircuitOpenError,
  LocalRateLimitError,
  PolicyStoreError,
  BudgetExceededError,
  ValidationError,
  GuardrailError
])

/**
 * @since 0.1.0
 * @category errors
 */
export type PolicyError = typeof PolicyError.Type

/**
 * How an attempt may fail: in the provider, in a policy around its model, or because another call was faster.
 *
 * @since 0.1.0
 * @category errors
 */
export type AttemptError = ProviderError | PolicyError | LostRaceError

/**
 * Inputs were sent in several calls, and one of those failed with `reason` after others had succeeded. `embeddings` has
 * an entry for each input, `null` where there is no vector; `usage` is that of the calls that succeeded.
 *
 * @since 0.1.0
 * @category errors
 */
export class PartialEmbeddingError extends Schema.TaggedError<PartialEmbeddingError>()("PartialEmbeddingError", {
  reason: ProviderError,
  embeddings: Schema.Array(Schema.NullOr(Schema.Array(Schema.Finite))),
  usage: Usage
}) {
  override get message(): string {
    const done = this.embeddings.filter((vector) => vector !== null).length
    return `${done} of ${this.embeddings.length} inputs were embedded. Send the others again. ${this.reason.message}`
  }
}

/** Any other error, recorded by a custom policy; in JSON it keeps its name and message. */
const OtherError: Schema.Codec<ProviderError, unknown> = Schema.declare<ProviderError>(
  (u): u is ProviderError => u !== undefined,
  {
    expected: "an error",
    toCodecJson: () =>
      Schema.link<ProviderError>()(
        // In JSON, `null` means that there is no error.
        Schema.Union([PartialEmbeddingError, Schema.Defect().check(Schema.makeFilter((u) => u !== null))]),
        Transformation.transform({
          decode: (error) => error as ProviderError,
          encode: (error): unknown => error ?? new Error(String(error))
        })
      ),
    toCodecArbitrary: () => Schema.link<ProviderError>()(ServerError, Transformation.passthrough({ strict: false }))
  }
)

const AttemptErrors = Schema.Union([ProviderError, PolicyError, LostRaceError, OtherError])
