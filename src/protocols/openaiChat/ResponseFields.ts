import { finishReasons } from "../wire/response/FinishReasons.ts"
import { array, either, number, object, type Shape, string } from "../wire/response/Shape.ts"
import { setOf } from "../wire/WireObject.ts"

/**
 * Sources: OpenAI's reference; `eos` Together; `end_turn`, `tool_use`, `max_tokens` and `stop_sequence` proxies of
 * Anthropic; `model_length` Mistral; `sensitive` and `model_context_window_exceeded` Z.ai; upper case Google.
 */
export const { decode: decodeFinishReason, encode: encodeFinishReason } = finishReasons({
  words: { stop: "stop", length: "length", tool_calls: "tool-calls", content_filter: "content-filter" },
  synonyms: {
    eos: "stop",
    end_turn: "stop",
    stop_sequence: "stop",
    complete: "stop",
    completed: "stop",
    max_tokens: "length",
    model_length: "length",
    model_context_window_exceeded: "length",
    tool_use: "tool-calls",
    function_call: "tool-calls",
    safety: "content-filter",
    sensitive: "content-filter"
  },
  written: {
    stop: "stop",
    length: "length",
    "tool-calls": "tool_calls",
    "content-filter": "content_filter",
    other: "other"
  },
  unknown: /^(?!(?:error|network_error|insufficient_system_resource)$)/
})

/**
 * Words with which a server says that it failed in the middle. Sources: OpenRouter and Mistral (`error`), Z.ai
 * (`network_error`), DeepSeek (`insufficient_system_resource`).
 */
export const failureWords = setOf("error network_error insufficient_system_resource")

const detailShape = object({
  type: string,
  text: string,
  summary: string,
  data: string,
  signature: string,
  id: string,
  index: number
})

const functionShape = object({ name: string, arguments: either(string, object()) })

const callShape = object({
  index: number,
  id: string,
  type: string,
  name: string,
  function: functionShape,
  custom: object({ name: string, input: string })
})

const messageFields = {
  refusal: string,
  reasoning_content: string,
  reasoning: string,
  reasoning_text: string,
  reasoning_details: array(detailShape),
  tool_calls: array(callShape),
  function_call: functionShape,
  audio: object({ id: string, data: string, transcript: string }),
  images: array(object({ image_url: object({ url: string }) })),
  annotations: array(object())
}

const bodyShape = (content: Shape): Shape => {
  const message = object({ content, ...messageFields })
  return object({ choices: array(object({ index: number, delta: message, message, finish_reason: string })) })
}

const reasoningShape = either(string, array(object({ text: string })))

const partShape = object({
  type: string,
  text: string,
  thinking: reasoningShape,
  summary: reasoningShape,
  image_url: either(string, object({ url: string }))
})

const contentShape = either(string, array(either(string, partShape)))

export const chunkShape = bodyShape(contentShape)

/** In JSON mode, Cloudflare sends the value itself as the content. */
export const responseShape = bodyShape(either(contentShape, object()))

/**
 * The known fields of bodies, choices and messages: those that the domain has its own for, that are the same in every
 * response, or with which OpenAI pads its chunks.
 */
export const known = {
  body: setOf(
    "id object created model choices usage service_tier citations search_results error base_resp obfuscation"
  ),
  choice: setOf("index delta message text finish_reason logprobs stop_reason matched_stop error usage"),
  message: new Set([...Object.keys(messageFields), "role", "content", "extra_content"])
}
