/**
 * Claude on Bedrock in Anthropic's own words: InvokeModel and InvokeModelWithResponseStream with the body of the
 * Messages API.
 *
 * ```ts
 * const path = BedrockAnthropic.path("anthropic.claude-opus-5", true)
 * const encoded = BedrockAnthropic.encodeRequest(request, { provider: "acme", model: "anthropic.claude-opus-5", stream: true })
 * ```
 *
 * Its id is that of Anthropic's Messages: `providerOptions` and the signatures of reasoning are the same there and here.
 *
 * @since 0.1.0
 */
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Frame } from "../domain/Frame.ts"
import { Json } from "../domain/Json.ts"
import { AnthropicMessages, type AnthropicMessagesQuirks } from "./AnthropicMessages.ts"
import { betasOf, definition, withDiagnostics } from "./anthropicMessages/Request.ts"
import type { ChatProtocol } from "./ChatProtocol.ts"
import { decodeError, encodeError, encodeException, exceptionOf, isError } from "./bedrockConverse/Errors.ts"
import * as RequestCodec from "./wire/request/RequestCodec.ts"
import { setOf, object, parse, text, type WireObject } from "./wire/WireObject.ts"

const envelope = RequestCodec.group({
  fields: { anthropic_version: Schema.String, anthropic_beta: Schema.Array(Json) },
  encode: (request, context: RequestCodec.RequestContext<AnthropicMessagesQuirks>) => ({
    anthropic_version: "bedrock-2023-05-31",
    anthropic_beta: betasOf(request, context)
  }),
  decode: ({ anthropic_beta: betas }) => ({ unknownFields: { betas: betas?.length === 0 ? undefined : betas } })
})

/** The tier is sent as it is, in a header that `finish` writes. */
const serviceTier = RequestCodec.group({
  fields: { service_tier: Schema.String },
  encode: () => ({}),
  decode: ({ service_tier }) => ({ serviceTier: service_tier })
})

/** The names of Anthropic and other providers for the tier that Bedrock calls `default`. */
const defaultTiers = setOf("auto standard standard_only")

const request = RequestCodec.make<AnthropicMessagesQuirks>({
  ...definition,
  parameters: { ...definition.parameters, serviceTier },
  model: { isInPath: true },
  stream: "in-path",
  extra: [envelope],
  finish: (body, _, { serviceTier: tier }) => ({
    body: withDiagnostics(body),
    headers:
      tier === undefined ? undefined : { "x-amzn-bedrock-service-tier": defaultTiers.has(tier) ? "default" : tier }
  })
})

/**
 * The protocol `anthropic-messages` as Bedrock has it. The model and whether to stream are in the path (`""` and `false`
 * in a decoded request whose path is not given), betas in the body, the service tier in a header; each frame of a stream
 * holds one of Anthropic's events in Base64.
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
  ...request,
  framing: "aws-event-stream",
  path: (model, stream) => `/model/${encodeURIComponent(model)}/${stream ? "invoke-with-response-stream" : "invoke"}`,
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

const unwrapped = (frame: Frame): Frame => {
  const bytes = text(object(parse(frame.data))?.bytes)
  const data = bytes === undefined ? undefined : Result.getOrUndefined(Base64.decodeString(bytes))
  return { data: data ?? frame.data }
}

const wrapped = ({ data }: Frame): Frame => ({
  event: "chunk",
  data: JSON.stringify({ bytes: Base64.encode(data) } satisfies WireObject)
})
