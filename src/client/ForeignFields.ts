import * as Predicate from "effect/Predicate"
import type { CallRequest } from "../domain/CallRequest.ts"
import type { Warning } from "../domain/Warning.ts"
import { requestOf } from "../domain/Wire.ts"

/**
 * Fields of one protocol without which a response would be another: more of them, other words, another medium, what only that
 * provider keeps or runs. All others say how a response is made, paid for or kept, and are left out where nobody else knows them.
 */
const essential: { readonly [protocol: string]: ReadonlySet<string> } = {
  "openai-chat": new Set([
    "audio",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "modalities",
    "n",
    "top_logprobs",
    "web_search_options"
  ]),
  "openai-responses": new Set(["conversation", "prompt", "top_logprobs"]),
  "anthropic-messages": new Set(["container", "mcp_servers"]),
  "google-generate-content": new Set([
    "audioTimestamp",
    "cachedContent",
    "candidateCount",
    "imageConfig",
    "responseLogprobs",
    "responseModalities",
    "speechConfig"
  ])
}

/** Where objects of parameters are within a request. */
const containers: ReadonlySet<string> = new Set(["generationConfig", "generation_config", "options"])

interface Foreign {
  readonly warnings: ReadonlyArray<Warning>
  /** A field that cannot be left out, and why. */
  readonly refused: { readonly parameter: string; readonly detail: string } | undefined
}

const none: Foreign = { warnings: [], refused: undefined }

/**
 * What becomes of the fields that a server received in the words of another protocol, which has some that this one has not. With
 * `onUnsupported`, all of them are left out, or none.
 */
export const foreignFields = (protocol: string, request: CallRequest): Foreign => {
  const received = requestOf(request)
  if (received === undefined || received.protocol === protocol) return none
  const options = request.providerOptions
  const own =
    options !== undefined && Object.hasOwn(options, received.protocol) ? options[received.protocol] : undefined
  const fields = fieldsIn(own ?? {})
  if (fields.length === 0) return none
  const { onUnsupported } = request
  const kept = essential[received.protocol]
  const isRefused = ([name, value]: (typeof fields)[number]): boolean =>
    onUnsupported === "fail" || (onUnsupported === undefined && kept?.has(name) === true && !isUsual(value))
  const refused = fields.find(isRefused)
  return {
    warnings: fields.map(([parameter]) => ({
      type: "unsupported-parameter",
      parameter,
      message: `${parameter} is known to ${received.protocol} only, and was left out`
    })),
    refused: refused && {
      parameter: refused[0],
      detail: `${refused[0]} is known to ${received.protocol} only, and the model that is called speaks ${protocol}`
    }
  }
}

const fieldsIn = (own: object): ReadonlyArray<readonly [name: string, value: unknown]> =>
  Object.entries(own).flatMap(([name, value]): ReadonlyArray<readonly [string, unknown]> =>
    containers.has(name) && Predicate.isObject(value) ? Object.entries(value) : [[name, value]]
  )

/** What a field says that asks for nothing unusual: clients write down defaults. */
const isUsual = (value: unknown): boolean => {
  if (value === undefined || value === null || value === false || value === 0 || value === 1 || value === "")
    return true
  if (Array.isArray(value)) return value.every((item) => typeof item === "string" && /^text$/i.test(item))
  return Predicate.isObject(value) && Object.keys(value).length === 0
}
