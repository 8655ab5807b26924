import type * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Transformation from "effect/SchemaTransformation"

/** A field of any value; `undefined` is absent in JSON, where it would otherwise come back as `null`. */
const anything = (
  encode: (value: unknown) => Schema.Json,
  decode: (json: Schema.Json) => unknown,
  example: Schema.Codec<unknown, unknown>
): Schema.optionalKey<Schema.Codec<unknown>> =>
  Schema.optionalKey(
    Schema.declare<unknown>((_): _ is unknown => true, {
      expected: "anything",
      toCodecJson: () =>
        Schema.link<unknown>()(
          Schema.optionalKey(Schema.Json),
          Transformation.transformOptional<unknown, Schema.Json>({
            decode: Option.map(decode),
            encode: (value) =>
              Option.map(
                Option.filter(value, (value) => value !== undefined),
                encode
              )
          })
        ),
      toCodecArbitrary: () => Schema.link<unknown>()(example, Transformation.passthrough())
    })
  )

const isJson = Schema.is(Schema.Json)

const defect = Schema.toCodecJson(Schema.Defect())

/**
 * The fields of every error of a call. `status` is the HTTP status, or the one that the provider named inside a stream.
 * `detail` is the provider's own message. `body` is what the provider sent, with secrets redacted. `shouldRetry` is the
 * provider's header `x-should-retry`.
 *
 * @since 0.1.0
 * @category models
 */
export const ErrorFields = {
  provider: Schema.optional(Schema.String),
  model: Schema.optional(Schema.String),
  status: Schema.optional(Schema.Int),
  requestId: Schema.optional(Schema.String),
  code: Schema.optional(Schema.String),
  detail: Schema.optional(Schema.String),
  body: anything(
    (body) => (isJson(body) ? body : String(body)),
    (json) => json,
    Schema.Json
  ),
  shouldRetry: Schema.optional(Schema.Boolean),
  /** In JSON, an error keeps its name, its message and its cause. */
  cause: anything(Schema.encodeSync(defect), Schema.decodeSync(defect), Schema.ErrorInstance())
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ErrorFields {
  readonly provider?: string | undefined
  readonly model?: string | undefined
  readonly status?: number | undefined
  readonly requestId?: string | undefined
  readonly code?: string | undefined
  readonly detail?: string | undefined
  readonly body?: unknown
  readonly shouldRetry?: boolean | undefined
  readonly cause?: unknown
}

/**
 * The two parts of an error's message: what `happened`, for everybody, and `advice` for the developer who calls a model. A
 * server has other readers, and words its own advice.
 *
 * @since 0.1.0
 * @category models
 */
export interface Explanation {
  readonly happened: string
  readonly advice: string
}

/**
 * An error that explains itself.
 *
 * @since 0.1.0
 * @category models
 */
export interface Explained {
  readonly explanation: Explanation
}

/**
 * The class of an error with `ErrorFields` and some of its own.
 *
 * @since 0.1.0
 * @category models
 */
export interface ErrorClass<Self, Tag extends string, Fields extends Schema.Struct.Fields = {}> extends Schema.Class<
  Self,
  Schema.TaggedStruct<Tag, typeof ErrorFields & Fields>,
  Cause.YieldableError & Explained
> {}

/**
 * Makes the class of an error with `ErrorFields` and some of its own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const errorClass =
  <Self>() =>
  <Tag extends string, const Fields extends Schema.Struct.Fields = {}>(
    tag: Tag,
    fields?: Fields
  ): ErrorClass<Self, Tag, Fields> => {
    const error = Schema.TaggedError<never>()(tag, { ...ErrorFields, ...fields }) as unknown as ErrorClass<
      Self,
      Tag,
      Fields
    >
    Object.defineProperty(error.prototype, "message", { get: messageOf, configurable: true })
    return error
  }

function messageOf(this: ErrorFields & Explained): string {
  return sentence(this, this.explanation)
}

/**
 * Whether the error comes from a provider; otherwise it was found before anything was sent.
 *
 * @since 0.1.0
 * @category guards
 */
export const isFromProvider = (error: Pick<ErrorFields, "status" | "body">): boolean =>
  error.status !== undefined || error.body !== undefined

/**
 * Whether the request needs more than the rate limit allows, so that waiting does not help.
 *
 * @since 0.1.0
 * @category guards
 */
export const isTooLarge = (error: { readonly requested?: unknown; readonly allowed?: unknown }): boolean =>
  Number(error.requested) > Number(error.allowed)

/**
 * Says which rate limit was reached, and what to do about it.
 *
 * @since 0.1.0
 * @category formatting
 */
export const explainRateLimit = (error: {
  readonly limit?: string | undefined
  readonly allowed?: number | undefined
  readonly requested?: number | undefined
  readonly retryAfter?: Duration.Duration | undefined
}): Explanation => {
  const { allowed, retryAfter } = error
  const limit = `the rate limit${error.limit === undefined ? "" : ` on ${error.limit}`}${allowed === undefined ? "" : ` of ${allowed}`}`
  const requested = error.requested === undefined ? "" : ` (${error.requested} were requested)`
  if (isTooLarge(error)) {
    return {
      happened: `the request is larger than ${limit}${requested}`,
      advice:
        "It will never succeed: shorten it, lower maxOutputTokens, use another model, or raise the account's limit."
    }
  }
  return {
    happened: `${limit} was reached${requested}`,
    advice:
      retryAfter === undefined || Duration.isZero(retryAfter)
        ? "Send less at a time, or retry with an increasing delay (Retry.standard does)."
        : `Wait ${Duration.format(retryAfter)} before the next request (Retry.standard does).`
  }
}

/** The longest parts of a message, in UTF-16 code units. */
const longest = { happened: 800, advice: 800, detail: 2000 }

/**
 * Cuts a text to at most this many UTF-16 code units, never within a character.
 *
 * @since 0.1.0
 * @category formatting
 */
export const clip = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, "")}…`

/**
 * The message of an error: who, what happened, what to do next, and what the provider said, each cut to a bounded
 * length.
 *
 * @since 0.1.0
 * @category formatting
 */
export const sentence = (error: ErrorFields, { advice, happened }: Explanation): string => {
  const who = [error.provider, error.model].filter((part) => part !== undefined).join("/")
  const reported =
    error.detail === undefined || error.detail === ""
      ? ""
      : ` ${isFromProvider(error) ? "The provider said" : "In detail"}: ${clip(error.detail, longest.detail)}`
  return `${who === "" ? "" : `${who}: `}${clip(happened, longest.happened)}.${advice === "" ? "" : ` ${clip(advice, longest.advice)}`}${reported}`
}

const awaited = {
  connect: "response",
  "first-token": "first token",
  idle: "further token",
  total: "complete response"
} as const

/**
 * Says what did not arrive in time.
 *
 * @since 0.1.0
 * @category formatting
 */
export const lateness = (phase: keyof typeof awaited, duration: Duration.Duration): string =>
  `no ${awaited[phase]} within ${Duration.format(duration)}`
