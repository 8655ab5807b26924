import type { Frame } from "../../domain/Frame.ts"
import type { Json } from "../../domain/Json.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { ProviderFailure } from "../Protocol.ts"
import { decodeError as decodeGeneral } from "../wire/response/ErrorBody.ts"
import { compact, isObject, nonNegativeInt, object, text } from "../wire/WireObject.ts"

/** How a frame's event says that it is an exception: `exception:throttlingException`. */
const mark = "exception:"

/** The name of the exception that a frame of an AWS event stream is, or none. `EventStreamReader` marks it so. */
export const exceptionOf = (event: string | undefined): string | undefined =>
  event?.startsWith(mark) === true ? event.slice(mark.length) : undefined

/**
 * What an error response says: `{ message }`, with its kind in the header `x-amzn-errortype`, or in `__type` or `code`;
 * `exception` is the name of one within a stream.
 * Source: https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html and
 * https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
 */
export const decodeError = (
  body: unknown,
  headers?: { readonly [name: string]: string | undefined },
  exception?: string
): ProviderFailure => {
  const whole = object(body) ?? {}
  const error = object(whole.Output) ?? object(whole.error) ?? whole
  const status = nonNegativeInt(whole.originalStatusCode)
  const kind = [exception, headers?.["x-amzn-errortype"], error.__type, whole.__type, error.code, error.type]
    .map(text)
    .find((kind) => kind !== undefined)
  return compact({
    _tag: "ProviderFailure",
    status: status !== undefined && status >= 400 && status < 600 ? status : undefined,
    type: kind === undefined ? undefined : kindOf(kind),
    message:
      text(error.message) ??
      text(error.Message) ??
      text(whole.message) ??
      text(whole.originalMessage) ??
      text(whole.error) ??
      text(body) ??
      decodeGeneral(body).message,
    body
  })
}

/** `com.amazon.coral.service#ThrottlingException`, `ThrottlingException:http://...` and `throttlingException` alike. */
const kindOf = (kind: string): string => {
  const name = kind.slice(kind.lastIndexOf("#") + 1).replace(/:.*$/s, "")
  return /^[a-z]+(?:[A-Z]|$)/.test(name) ? name.charAt(0).toUpperCase() + name.slice(1) : name
}

/** Whether an object is an error response rather than a message of another kind. */
export const isError = (body: unknown): boolean =>
  isObject(body) &&
  body.output === undefined &&
  ["message", "Message", "__type", "Output", "error"].some((key) => body[key] !== undefined)

/**
 * The status and the kind of each error. What the upstream provider did wrong is the server's error here.
 * Source: https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
 */
const table: { readonly [tag in ProviderError["_tag"]]: readonly [status: number, kind: string] } = {
  AuthenticationError: [403, "UnrecognizedClientException"],
  PermissionDeniedError: [403, "AccessDeniedException"],
  RateLimitError: [429, "ThrottlingException"],
  QuotaExceededError: [400, "ServiceQuotaExceededException"],
  TimeoutError: [408, "ModelTimeoutException"],
  InvalidRequestError: [400, "ValidationException"],
  UnsupportedParameterError: [400, "ValidationException"],
  ContextWindowExceededError: [400, "ValidationException"],
  ContentPolicyError: [400, "ValidationException"],
  ModelNotFoundError: [404, "ResourceNotFoundException"],
  EndpointNotFoundError: [500, "InternalServerException"],
  OverloadedError: [503, "ServiceUnavailableException"],
  ServerError: [500, "InternalServerException"],
  NetworkError: [500, "InternalServerException"],
  ResponseParseError: [424, "ModelErrorException"],
  ResponseTooLargeError: [424, "ModelErrorException"],
  StreamInterruptedError: [424, "ModelStreamErrorException"]
}

/**
 * Writes an error response. On the wire the kind is the header `x-amzn-errortype`; clients also read it from `__type`.
 * They know a context overflow by its words only, so it begins with them.
 */
export const encodeError = (
  error: ProviderError
): { readonly status: number; readonly body: { readonly [key: string]: Json } } => {
  const [status, kind] = table[error._tag]
  const prefix = error._tag === "ContextWindowExceededError" ? "Input is too long for requested model. " : ""
  return { status, body: { __type: kind, message: prefix + error.message } }
}

/**
 * The exceptions that a stream may hold; any other is said as the model's.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
 */
const exceptions: { readonly [kind: string]: string } = {
  InternalServerException: "internalServerException",
  ServiceUnavailableException: "serviceUnavailableException",
  ThrottlingException: "throttlingException",
  ValidationException: "validationException"
}

/** The frame that ends a stream with an error. */
export const encodeException = (error: ProviderError): Frame => {
  const { __type: kind, message } = encodeError(error).body
  return exception(exceptions[String(kind)] ?? "modelStreamErrorException", String(message))
}

export const exception = (name: string, message: string): Frame => ({
  event: mark + name,
  data: JSON.stringify({ message })
})
