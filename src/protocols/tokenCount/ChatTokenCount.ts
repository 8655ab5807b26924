import * as Result from "effect/Result"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import type { Json } from "../../domain/Json.ts"
import type { TokenCount } from "../../domain/TokenCount.ts"
import * as Usage from "../../domain/Usage.ts"
import type { CallProtocol } from "../CallProtocol.ts"
import type { ChatProtocol } from "../ChatProtocol.ts"
import { isObject, nonNegativeInt, type WireObject } from "../wire/WireObject.ts"

/** How a provider counts the tokens of a request that is written as for its chat. */
export interface ChatTokenCount<Quirks extends object> {
  readonly id: string
  readonly chat: ChatProtocol<Quirks>
  /** How the chat differs, where it is not the one that the provider is asked by. */
  readonly quirks?: Partial<Quirks> | undefined
  readonly path: (model: string) => string
  /** What is sent, of the body of a chat. */
  readonly body: (chat: WireObject, model: string) => WireObject
  /** The body of a chat, of what was sent. */
  readonly chatBody: (body: WireObject, model: string | undefined) => WireObject
  /** Where the answer has the number, and of it what comes out of a cache. */
  readonly counts: (answer: WireObject) => { readonly input: unknown; readonly cached?: unknown }
}

/** Makes the protocol that counts so. What does not add to the input (temperature, stop texts, ...) is left out. */
export const make = <Quirks extends object>(self: ChatTokenCount<Quirks>): CallProtocol<ChatRequest, TokenCount> => ({
  id: self.id,
  decodeError: self.chat.decodeError,
  encodeRequest: (request, { chatQuirks, model, provider }) =>
    Result.map(
      self.chat.encodeRequest(only(request, counted), {
        provider,
        model,
        stream: false,
        quirks: self.quirks ?? (chatQuirks?.() as Partial<Quirks> | undefined)
      }),
      ({ body, headers, warnings }) => ({
        path: self.path(model),
        ...(headers && { headers }),
        body: { _tag: "json", value: self.body(body, model) },
        warnings
      })
    ),
  decodeResponse: (body) => {
    const { cached, input } = isObject(body) ? self.counts(body) : {}
    const inputTokens = nonNegativeInt(input)
    if (inputTokens === undefined) return Result.fail(new ResponseParseError({ detail: "the answer has no count" }))
    return Result.succeed({
      inputTokens,
      cachedTokens: nonNegativeInt(cached),
      usage: Usage.make({ input: 0, output: 0 }),
      warnings: [],
      attempts: [],
      raw: body as Json
    })
  },
  decodeRequest: (body, model) =>
    Result.map(self.chat.decodeRequest(self.chatBody(isObject(body) ? body : {}, model)), (decoded) => ({
      model: model ?? decoded.model,
      request: decoded.request
    }))
})

/** What adds to the input, and how it is asked for. */
const counts: { readonly [P in keyof ChatRequest]-?: boolean } = {
  messages: true,
  maxOutputTokens: true,
  temperature: false,
  topP: false,
  topK: false,
  stop: false,
  seed: false,
  frequencyPenalty: false,
  presencePenalty: false,
  logprobs: false,
  tools: true,
  toolChoice: true,
  parallelToolCalls: true,
  responseFormat: true,
  reasoning: true,
  user: false,
  metadata: false,
  serviceTier: false,
  headers: true,
  providerOptions: true,
  onUnsupported: true
}

const counted = new Set(Object.entries(counts).flatMap(([name, isCounted]) => (isCounted ? [name] : [])))

/** The fields of these names. */
export const only = <A extends object>(body: A, names: ReadonlySet<string>): A =>
  Object.fromEntries(Object.entries(body).filter(([name]) => names.has(name))) as A
