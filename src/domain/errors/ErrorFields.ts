import type * as Cause from "effect/Cause"
import * as Schema from "effect/Schema"

/**
 * What every error of a call says about where it happened. `status` is the HTTP status, or the one that the provider
 * named inside a stream. `detail` is the provider's own sentence. `body` is what the provider sent, with secrets
 * redacted.
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
  body: Schema.optional(Schema.Unknown),
  cause: Schema.optional(Schema.Defect())
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
  readonly cause?: unknown
}

/**
 * The class of an error that has these fields and some of its own.
 *
 * @since 0.1.0
 * @category models
 */
export interface ErrorClass<Self, Tag extends string, Fields extends Schema.Struct.Fields = {}> extends Schema.Class<
  Self,
  Schema.TaggedStruct<Tag, typeof ErrorFields & Fields>,
  Cause.YieldableError
> {}

/**
 * Makes the class of an error that has these fields and some of its own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const errorClass =
  <Self>() =>
  <Tag extends string, const Fields extends Schema.Struct.Fields = {}>(
    tag: Tag,
    fields?: Fields
  ): ErrorClass<Self, Tag, Fields> =>
    Schema.TaggedError<never>()(tag, { ...ErrorFields, ...fields }) as unknown as ErrorClass<Self, Tag, Fields>

/**
 * Words an error: who, what happened, what to do next, and what the provider said.
 *
 * @since 0.1.0
 * @category formatting
 */
export const sentence = (error: ErrorFields, happened: string, next: string): string => {
  const who = [error.provider, error.model].filter((part) => part !== undefined).join("/")
  const answered = error.status !== undefined || error.body !== undefined
  const said =
    error.detail === undefined || error.detail === ""
      ? ""
      : ` ${answered ? "The provider said" : "In detail"}: ${error.detail}`
  return `${who === "" ? "" : `${who}: `}${happened}. ${next}${said}`
}
