/**
 * A response, the attempts that led to it, the errors of those attempts, and the errors that hold a response or another
 * error: each may hold the others, so they are one module.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as Transformation from "effect/SchemaTransformation"
import type { ChatEvent } from "./ChatEvent.ts"
import { ChatFold } from "./ChatFold.ts"
import { unfold } from "./ChatUnfold.ts"
import { Citation, type ToolCallPart, ProviderOptions } from "./ContentPart.ts"
import { Cost } from "./Cost.ts"
import { AuthenticationError } from "./errors/AuthenticationError.ts"
import { ContextWindowExceededError } from "./errors/ContextWindowExceededError.ts"
import { EndpointNotFoundError } from "./errors/EndpointNotFoundError.ts"
import { InvalidRequestError } from "./errors/InvalidRequestError.ts"
import { ModelNotFoundError } from "./errors/ModelNotFoundError.ts"
import { NetworkError } from "./errors/NetworkError.ts"
import { PermissionDeniedError } from "./errors/PermissionDeniedError.ts"
import { QuotaExceededError } from "./errors/QuotaExceededError.ts"
import { ResponseTooLargeError } from "./errors/ResponseTooLargeError.ts"
import { UnsupportedParameterError } from "./errors/UnsupportedParameterError.ts"
import { errorClass, sentence } from "./errors/ErrorFields.ts"
import { FinishReason } from "./FinishReason.ts"
import { Frame } from "./Frame.ts"
import { OptionalJson } from "./Json.ts"
import { Logprob } from "./Logprob.ts"
import { type AssistantMessage, AssistantPart } from "./Message.ts"
import { RateLimits } from "./RateLimits.ts"
import { Timings } from "./Timings.ts"
import { Usage } from "./Usage.ts"
import { Warning } from "./Warning.ts"

/**
 * One try of a call: which model, what it failed with (absent when it answered), how long it took, and how long was
 * waited before it. `cost` is there where costs are computed and the attempt consumed something, or may have.
 *
 * @since 0.1.0
 * @category models
 */
export interface Attempt {
  readonly model: string
  readonly error?: ProviderError | undefined
  readonly duration: Duration.Duration
  readonly wait?: Duration.Duration | undefined
  readonly cost?: Cost | undefined
}

/**
 * The schema of `Attempt`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Attempt: Schema.Codec<Attempt, unknown> = Schema.Struct({
  model: Schema.String,
  error: Schema.optional(Schema.suspend(() => AttemptError)),
  duration: Schema.Duration,
  wait: Schema.optional(Schema.Duration),
  cost: Schema.optional(Cost)
})

/**
 * A model's answer. `model` is the model as the provider reports it, `attempts` the trail of tries that led here,
 * `raw` the provider's own body (unary calls only).
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
  /** The stop text that ended the answer, where the provider tells. */
  stopSequence: Schema.optional(Schema.String),
  usage: Usage,
  /** What this answer cost, where costs are reckoned; what failed tries cost is in `attempts`. */
  cost: Schema.optional(Cost),
  /** Pages that the answer as a whole draws on, where the provider lists them apart from the text. */
  sources: Schema.optional(Schema.Array(Citation)),
  logprobs: Schema.optional(Schema.Array(Logprob)),
  /**
   * What the provider says besides, by the id of the protocol: Anthropic's `container`, Google's `finishMessage`. Much of it
   * may be sent on in the `providerOptions` of the next request.
   */
  providerMetadata: Schema.optional(ProviderOptions),
  warnings: Schema.Array(Warning),
  requestId: Schema.optional(Schema.String),
  rateLimits: Schema.optional(RateLimits),
  timings: Schema.optional(Timings),
  attempts: Schema.Array(Attempt),
  raw: OptionalJson
}) {
  /** All text of the answer, joined. */
  get text(): string {
    return joined(this.content, "text")
  }

  /** All that the model let be seen of its thoughts, joined. */
  get reasoningText(): string {
    return joined(this.content, "reasoning")
  }

  /** The words with which the model declined, or the empty string. */
  get refusal(): string {
    return joined(this.content, "refusal")
  }

  /** The tool calls that wait for a result from the caller. */
  get toolCalls(): ReadonlyArray<ToolCallPart> {
    return this.content.filter(
      (part): part is ToolCallPart => part.type === "tool-call" && part.providerExecuted !== true
    )
  }

  /** The answer as a message of the next request. */
  get message(): AssistantMessage {
    return { role: "assistant", content: this.content }
  }

  /** The answer that the events of one stream spell; of a stream that broke off, what had arrived. */
  static fold(events: Iterable<ChatEvent>): ChatResponse {
    const fold = new ChatFold()
    for (const event of events) fold.add(event)
    return ChatResponse.of(fold.fields())
  }

  /** An answer of fields that have their types: unlike the constructor it looks at none of them, which takes time. */
  static of(fields: ConstructorParameters<typeof ChatResponse>[0]): ChatResponse {
    return Object.assign(Object.create(ChatResponse.prototype) as ChatResponse, fields)
  }

  /** The events that spell this answer, for what expects a stream. */
  get events(): ReadonlyArray<ChatEvent> {
    return unfold(this)
  }

  /** A copy with some fields replaced. */
  with(fields: Partial<ConstructorParameters<typeof ChatResponse>[0]>): ChatResponse {
    return Object.assign(Object.create(ChatResponse.prototype) as ChatResponse, this, fields)
  }
}

const joined = (content: ReadonlyArray<AssistantPart>, type: "text" | "reasoning" | "refusal"): string => {
  let text = ""
  for (const part of content) if (part.type === type) text += part.text
  return text
}

const partial = {
  /** What had arrived of the response, where the error came after its beginning; it is not complete. */
  partial: Schema.optional(ChatResponse)
}

/**
 * Too many requests or tokens in a short time (usually 429). `retryAfter` is how long the provider asks to wait; `limit` is
 * which of its limits was reached (`requests`, `tokens`, ...), `allowed` how many of them it allows in its span of time and
 * `asked` how many this request takes, where it says so. With more asked than allowed, no waiting helps.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimitError extends errorClass<RateLimitError>()("RateLimitError", {
  retryAfter: Schema.optional(Schema.Duration),
  limit: Schema.optional(Schema.String),
  allowed: Schema.optional(Schema.Finite),
  asked: Schema.optional(Schema.Finite),
  ...partial
}) {
  override get message(): string {
    const limit = `the rate limit${this.limit === undefined ? "" : ` on ${this.limit}`}${this.allowed === undefined ? "" : ` of ${this.allowed}`}`
    const asked = this.asked === undefined ? "" : ` (${this.asked} were asked for)`
    if (isTooLarge(this)) {
      return sentence(
        this,
        `the request is larger than ${limit}${asked}`,
        "It will never pass: make it shorter, lower maxOutputTokens, ask another model, or raise the limit of the account."
      )
    }
    return sentence(
      this,
      `${limit} was reached${asked}`,
      this.retryAfter === undefined
        ? "Send less at a time, or retry with a growing delay (Retry.standard)."
        : `Wait ${Duration.format(this.retryAfter)} before the next request (Retry.standard does).`
    )
  }
}

/**
 * Whether the request is larger than the limit itself, so that it will never pass.
 *
 * @since 0.1.0
 * @category guards
 */
export const isTooLarge = (error: { readonly asked?: unknown; readonly allowed?: unknown }): boolean =>
  Number(error.asked) > Number(error.allowed)

/**
 * The provider has no capacity at the moment (503, 529). `retryAfter` is how long it asks to wait.
 *
 * @since 0.1.0
 * @category errors
 */
export class OverloadedError extends errorClass<OverloadedError>()("OverloadedError", {
  retryAfter: Schema.optional(Schema.Duration),
  ...partial
}) {
  override get message(): string {
    return sentence(
      this,
      "the provider is overloaded",
      "Retry later (Retry.standard does), or fall back to another provider."
    )
  }
}

/**
 * Something failed on the provider's side (500, 502, 504, 408, ...). `retryAfter` is how long it asks to wait.
 *
 * @since 0.1.0
 * @category errors
 */
export class ServerError extends errorClass<ServerError>()("ServerError", {
  retryAfter: Schema.optional(Schema.Duration),
  ...partial
}) {
  override get message(): string {
    return sentence(this, "the provider failed", "Retry (Retry.standard does), or fall back to another provider.")
  }
}

/**
 * A limit on time was reached. `phase` says which: `connect` (no answer to the request at all), `first-token` (no content yet),
 * `idle` (silence between two pieces) or `total`; `duration` is the limit.
 *
 * @since 0.1.0
 * @category errors
 */
export class TimeoutError extends errorClass<TimeoutError>()("TimeoutError", {
  phase: Schema.Literals(["connect", "first-token", "idle", "total"]),
  duration: Schema.Duration,
  ...partial
}) {
  override get message(): string {
    return sentence(
      this,
      `no ${this.phase === "connect" ? "response" : this.phase === "first-token" ? "first token" : this.phase === "idle" ? "further token" : "complete answer"} within ${Duration.format(this.duration)}`,
      "Raise the limit, or fall back to a faster model."
    )
  }
}

/**
 * The provider refused the content by its policy. `category` is its own word for the reason, where it says so.
 *
 * @since 0.1.0
 * @category errors
 */
export class ContentPolicyError extends errorClass<ContentPolicyError>()("ContentPolicyError", {
  category: Schema.optional(Schema.String),
  ...partial
}) {
  override get message(): string {
    return sentence(
      this,
      `the content was refused by policy${this.category === undefined ? "" : ` (${this.category})`}`,
      "Rephrase the request; it is not sent to another model unless you ask for that."
    )
  }
}

/**
 * The provider answered with something that cannot be understood. `frame` is what it sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class ResponseParseError extends errorClass<ResponseParseError>()("ResponseParseError", {
  frame: Schema.optional(Frame),
  ...partial
}) {
  override get message(): string {
    return sentence(
      this,
      "the answer could not be understood",
      "Check that the base URL belongs to a server of this protocol; if it does, report the frame as a bug."
    )
  }
}

/**
 * The stream broke off before its end. `partial` is what had arrived: it is not a complete answer. `cause` is the error that
 * cut it, where there was one.
 *
 * @since 0.1.0
 * @category errors
 */
export class StreamInterruptedError extends errorClass<StreamInterruptedError>()("StreamInterruptedError", {
  partial: ChatResponse
}) {
  override get message(): string {
    return sentence(
      this,
      "the answer was cut off before its end",
      'Use `partial` knowing that it is incomplete, or set onInterrupted: "restart" on the retry or fallback.'
    )
  }
}

/**
 * Every way in which asking one model of one provider can fail.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ProviderError = Schema.Union([
  AuthenticationError,
  PermissionDeniedError,
  RateLimitError,
  QuotaExceededError,
  TimeoutError,
  InvalidRequestError,
  UnsupportedParameterError,
  ContextWindowExceededError,
  ContentPolicyError,
  ModelNotFoundError,
  EndpointNotFoundError,
  OverloadedError,
  ServerError,
  NetworkError,
  ResponseParseError,
  ResponseTooLargeError,
  StreamInterruptedError
])

/**
 * @since 0.1.0
 * @category errors
 */
export type ProviderError =
  | AuthenticationError
  | PermissionDeniedError
  | RateLimitError
  | QuotaExceededError
  | TimeoutError
  | InvalidRequestError
  | UnsupportedParameterError
  | ContextWindowExceededError
  | ContentPolicyError
  | ModelNotFoundError
  | EndpointNotFoundError
  | OverloadedError
  | ServerError
  | NetworkError
  | ResponseParseError
  | ResponseTooLargeError
  | StreamInterruptedError

/**
 * Of inputs that were too many for one call, some have their vectors, and then a call failed with `reason`. `embeddings` has
 * a place for each input, `null` where there is no vector; `usage` is what the answered calls consumed.
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
    return `${done} of ${this.embeddings.length} inputs have their vectors. Ask again for the others. ${this.reason.message}`
  }
}

/** What a policy of the user's, or one over parts of a request, notes as an error; in JSON others keep name and message. */
const OtherError: Schema.Codec<ProviderError, unknown> = Schema.declare<ProviderError>(
  (u): u is ProviderError => u !== undefined,
  {
    expected: "an error",
    toCodecJson: () =>
      Schema.link<ProviderError>()(
        // `null` is how JSON says that there is no error.
        Schema.Union([PartialEmbeddingError, Schema.Defect().check(Schema.makeFilter((u) => u !== null))]),
        Transformation.transform({
          decode: (error) => error as ProviderError,
          encode: (error): unknown => error ?? new Error(String(error))
        })
      ),
    toCodecArbitrary: () => Schema.link<ProviderError>()(ServerError, Transformation.passthrough({ strict: false }))
  }
)

const AttemptError = Schema.Union([ProviderError, OtherError])
