import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import type { Frame } from "../domain/Frame.ts"
import type { Json } from "../domain/Json.ts"
import { AnthropicMessages, type AnthropicMessagesQuirks } from "./AnthropicMessages.ts"
import { rules } from "./anthropicMessages/client/HistoryRules.ts"
import { fitted } from "./wire/FittedRequest.ts"
import { encodeRequest } from "./anthropicMessages/client/RequestEncoder.ts"
import { decodeError, encodeError, encodeException, exceptionOf, isError } from "./wire/BedrockError.ts"
import type { ChatProtocol, DecodedRequest, EncodedRequest } from "./ChatProtocol.ts"
import { array, compact, isObject, object, parse, text, type WireObject } from "./wire/WireObject.ts"
import { withPath } from "./wire/RequestPath.ts"

/**
 * Claude on Bedrock in Anthropic's own words: InvokeModel and InvokeModelWithResponseStream with the body of the
 * Messages API. The model and whether to stream stand in the path (`""` and `false` in a decoded request), betas in
 * the body, the service tier in a header; each frame of a stream holds an event of Anthropic's in base64.
 *
 * Its id is that of Anthropic's Messages: `providerOptions` and the proofs of thoughts are the same there and here.
 *
 * Sources: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html,
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html and
 * https://platform.claude.com/docs/en/build-with-claude/extended-thinking
 *
 * @since 0.1.0
 * @category protocols
 */
export const BedrockAnthropic: ChatProtocol<AnthropicMessagesQuirks> = {
  ...AnthropicMessages,
  framing: "aws-event-stream",
  path: (model, stream) => `/model/${encodeURIComponent(model)}/${stream ? "invoke-with-response-stream" : "invoke"}`,
  encodeRequest: fitted(
    ({ serviceTier, ...request }, options) =>
      Result.map(encodeRequest(request, options, withVersion), (encoded) => encodeBody(encoded, serviceTier)),
    rules
  ),
  decodeResponse: (body, options) =>
    isError(body) && object(body)?.content === undefined
      ? Result.fail(decodeError(body))
      : AnthropicMessages.decodeResponse(body, options),
  makeDecoder: (options) => {
    const inner = AnthropicMessages.makeDecoder(options)
    return {
      get done() {
        return inner.done
      },
      decode: (frame, events) => {
        const exception = exceptionOf(frame.event)
        return exception === undefined
          ? inner.decode(unwrapped(frame), events)
          : decodeError(parse(frame.data) ?? frame.data, undefined, exception)
      },
      end: (events) => inner.end(events)
    }
  },
  decodeError,
  decodeRequest: (body, path) =>
    Result.map(AnthropicMessages.decodeRequest(withModel(withPath(body, path))), decodeBetas),
  makeEncoder: (options) => {
    const inner = AnthropicMessages.makeEncoder(options)
    return {
      encode: (event) => inner.encode(event).map(wrapped),
      end: () => inner.end().map(wrapped),
      fail: (error) => [encodeException(error)]
    }
  },
  encodeError
}

const version = "bedrock-2023-05-31"

/** Anthropic's words, and those of other providers, for what Bedrock calls `default`. */
const plainTiers = new Set(["auto", "standard", "standard_only"])

/** What an invalid request without a model would be told to have. */
const noModel = "-"

const withVersion = ({ model: _, stream: __, ...body }: WireObject): WireObject => ({
  anthropic_version: version,
  ...body
})

const encodeBody = ({ body, headers, ...encoded }: EncodedRequest, serviceTier: string | undefined): EncodedRequest => {
  const betas = headers?.["anthropic-beta"]?.split(",")
  return {
    body: compact({ anthropic_beta: betas, ...body }),
    headers:
      serviceTier === undefined
        ? undefined
        : { "x-amzn-bedrock-service-tier": plainTiers.has(serviceTier) ? "default" : serviceTier },
    ...encoded
  }
}

const withModel = (body: unknown): unknown => {
  if (!isObject(body)) return body
  const { anthropic_version: _, ...rest } = body
  return { ...rest, model: body.model ?? noModel }
}

const decodeBetas = ({ model, request, ...decoded }: DecodedRequest): DecodedRequest => {
  const { [AnthropicMessages.id]: own, ...others } = request.providerOptions ?? {}
  const { anthropic_beta: betas, ...rest } = own ?? {}
  const options = array(betas).length === 0 ? rest : { ...rest, betas: betas as Json }
  const isSaid = Object.keys(options).length > 0
  const providerOptions = { ...others, ...(isSaid ? { [AnthropicMessages.id]: options } : {}) }
  return {
    ...decoded,
    model: model === noModel ? "" : model,
    request: { ...request, providerOptions: Object.keys(providerOptions).length > 0 ? providerOptions : undefined }
  }
}

const unwrapped = (frame: Frame): Frame => {
  const bytes = text(object(parse(frame.data))?.bytes)
  const data = bytes === undefined ? Result.fail(undefined) : Base64.decodeString(bytes)
  return Result.isSuccess(data) ? { data: data.success } : frame
}

const wrapped = ({ data }: Frame): Frame => ({
  event: "chunk",
  data: JSON.stringify({ bytes: Base64.encode(data) } satisfies WireObject)
})
