import { ChatResponse } from "../../domain/ChatResponse.ts"
import type { Json } from "../../domain/Json.ts"
import type { DecodeOptions } from "../ChatProtocol.ts"
import { isBlank, isObject, setOf, text, type WireObject } from "../wire/WireObject.ts"
import type { OpenAiChatQuirks } from "./Quirks.ts"
import { decodeFinishReason } from "./ResponseFields.ts"
import { decodeUsage } from "./Usage.ts"

const bodyKeys = setOf("id object created model choices usage service_tier system_fingerprint")
const choiceKeys = setOf("index message finish_reason logprobs")
const messageKeys = setOf("role content refusal annotations")
const finishWords = setOf("stop length")

/**
 * A response that is one text and its usage, as most are: it is what the reader of all others would make of it, at once. `undefined`
 * for one that may hold anything else.
 */
export const plainResponse = (
  body: WireObject,
  protocol: string,
  { provider, quirks }: DecodeOptions<OpenAiChatQuirks>
): ChatResponse | undefined => {
  const { choices, system_fingerprint: fingerprint, usage } = body
  if (!Array.isArray(choices) || choices.length !== 1 || !isObject(usage) || mayRewrite(quirks)) return undefined
  const choice: unknown = choices[0]
  const message = isObject(choice) ? choice.message : undefined
  if (!isObject(choice) || !isObject(message) || !isWhole(body, choice, message)) return undefined
  const { content } = message
  const { finish_reason: word } = choice
  if (typeof content !== "string" || content === "" || typeof word !== "string" || !finishWords.has(word))
    return undefined
  const serviceTier = text(body.service_tier)
  const reasoningOutsideOutput = quirks?.reasoningOutsideOutput === true
  // With all fields, in the order of `ChatFold`: V8 then has one shape for all responses.
  return ChatResponse.of({
    id: text(body.id),
    model: text(body.model),
    provider,
    content: [{ type: "text", text: content }],
    finishReason: decodeFinishReason(word),
    rawFinishReason: word,
    stopSequence: undefined,
    usage: decodeUsage(usage, { serviceTier, reasoningOutsideOutput }),
    cost: undefined,
    sources: undefined,
    logprobs: undefined,
    providerMetadata: isBlank(fingerprint) ? undefined : { [protocol]: { system_fingerprint: fingerprint as Json } },
    warnings: [],
    requestId: undefined,
    rateLimits: undefined,
    timings: undefined,
    attempts: [],
    raw: body as Json
  })
}

/** Whether texts are not what the server has written, such as reasoning between tags. */
const mayRewrite = (quirks: Partial<OpenAiChatQuirks> | undefined): boolean =>
  quirks?.thinkTags === true || (quirks?.stripTokens !== undefined && quirks.stripTokens.length > 0)

/** Whether there is nothing in it but what a plain response has. */
const isWhole = (body: WireObject, choice: WireObject, message: WireObject): boolean =>
  hasOnly(body, bodyKeys) &&
  hasOnly(choice, choiceKeys) &&
  hasOnly(message, messageKeys) &&
  isBlank(choice.logprobs) &&
  isBlank(message.refusal) &&
  isBlank(message.annotations) &&
  body.object !== "error"

const hasOnly = (value: WireObject, keys: ReadonlySet<string>): boolean => {
  for (const key in value) if (!keys.has(key)) return false
  return true
}
