/**
 * The bytes behind responses, for servers that pass them on as the provider sent them.
 *
 * ```ts
 * const passedOn = Effect.provideService(model.generate(request), Wire.CurrentMemory, true)
 * // then, of the response: Wire.responseOf(response)?.text
 * ```
 *
 * Nothing is remembered unless a fiber asks for it, and a policy's changes end it: a copy with another text, say, is never taken
 * for what the provider sent.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type { CallEvent } from "./CallEvent.ts"
import type { CallRequest } from "./CallRequest.ts"
import type { CallResponse } from "./CallResponse.ts"

/**
 * Whether the calls of this fiber remember what came over the wire.
 *
 * @since 0.1.0
 * @category references
 */
export const CurrentMemory: Context.Reference<boolean> = Context.Reference<boolean>(
  "effect-llm/domain/Wire/CurrentMemory",
  {
    defaultValue: () => false
  }
)

/**
 * The headers of a response, by names in lower case.
 *
 * @since 0.1.0
 * @category models
 */
export type WireHeaders = { readonly [name: string]: string | undefined }

/**
 * A message of a stream: its text as it came, with the blank line that ends it, and the events that it was read as. Comments and
 * messages without an event have one empty `response-metadata`.
 *
 * @since 0.1.0
 * @category models
 */
export interface WireFrame {
  /** The id of the protocol. */
  readonly protocol: string
  readonly text: string
  /** The text without its framing; empty in a comment. */
  readonly data: string
  readonly events: ReadonlyArray<CallEvent>
}

/** The status and headers of a response. */
interface WireHead {
  readonly status: number
  readonly headers: WireHeaders
}

/**
 * The body of a whole response, as it came.
 *
 * @since 0.1.0
 * @category models
 */
export interface WireResponse extends WireHead {
  readonly protocol: string
  readonly text: string
}

/**
 * The body of an error, without the secrets of the request; for an error within a stream, the message that reported it.
 *
 * @since 0.1.0
 * @category models
 */
export interface WireError extends WireResponse {
  /** The message without its framing; absent where the error is a response of its own. */
  readonly frame?: string | undefined
}

/**
 * The body of a request as a server received it, and the request that it was read as.
 *
 * @since 0.1.0
 * @category models
 */
export interface WireRequest {
  readonly protocol: string
  readonly body: { readonly [key: string]: unknown }
  /** The body to pass on, if its numbers are not written as JavaScript would write them, such as `1.0`. */
  readonly written?: { readonly [key: string]: unknown } | undefined
  /** Whether only the fields that the encoder writes are passed on, as the body has them. */
  readonly isEncoded?: boolean | undefined
  /** Headers for a provider of the same protocol. */
  readonly headers: { readonly [name: string]: string }
  readonly request: CallRequest
}

// Symbols, so that copies (`{ ...event, cost }`) keep what they came from.
const inFrame = Symbol.for("effect-llm/domain/Wire/inFrame")
const inResponse = Symbol.for("effect-llm/domain/Wire/inResponse")
const inRequest = Symbol.for("effect-llm/domain/Wire/inRequest")
const inHead = Symbol.for("effect-llm/domain/Wire/inHead")
const errors = new WeakMap<object, WireError>()

interface Remembering<A> {
  readonly memory: A
  readonly original: object
}

interface Memories {
  [inFrame]?: { readonly frame: WireFrame; readonly index: number }
  [inResponse]?: Remembering<WireResponse>
  [inRequest]?: WireRequest
  [inHead]?: WireHead
}

/** Fields that do not come from the body. */
const fieldsBesideBody: ReadonlySet<string> = new Set([
  "attempts",
  "cached",
  "cost",
  "provider",
  "rateLimits",
  "requestId",
  "timings",
  "warnings"
])

/** Whether a copy has the content of the original. */
const isIntact = (copy: object, original: object): boolean => {
  if (copy === original) return true
  const of = (value: object, key: string): unknown => (value as { readonly [key: string]: unknown })[key]
  for (const key of Object.keys(copy))
    if (!fieldsBesideBody.has(key) && of(copy, key) !== of(original, key)) return false
  for (const key of Object.keys(original)) if (of(original, key) !== undefined && !(key in copy)) return false
  return true
}

/**
 * Marks the events of a stream from index `from` on with the frame that they were read from; a frame without events gets an empty one.
 *
 * @since 0.1.0
 * @category combinators
 */
export const rememberFrame = <Event extends CallEvent>(
  events: Array<Event>,
  from: number,
  { data, protocol, text }: Omit<WireFrame, "events">
): void => {
  // Policies pass on events without content.
  if (from === events.length) events.push({ type: "response-metadata" } as CallEvent as Event)
  const frame = { protocol, text, data, events: events.slice(from) }
  for (let index = 0; index < frame.events.length; index++) {
    const event: (CallEvent & Memories) | undefined = frame.events[index]
    // An event that all streams share is copied first.
    if (event === undefined) continue
    const own = inFrame in event || Object.isFrozen(event) ? { ...event } : event
    own[inFrame] = { frame, index }
    if (own !== event) events[from + index] = frame.events[index] = own as unknown as Event
  }
}

/**
 * The frame of an event, and which of its events it is, unless its content has changed.
 *
 * @since 0.1.0
 * @category getters
 */
export const frameOf = (event: CallEvent): { readonly frame: WireFrame; readonly index: number } | undefined => {
  const memory = (event as CallEvent & Memories)[inFrame]
  const original = memory?.frame.events[memory.index]
  return original !== undefined && isIntact(event, original) ? memory : undefined
}

/**
 * Whether an event only stands for a message without content.
 *
 * @since 0.1.0
 * @category guards
 */
export const isSilent = (event: CallEvent): boolean =>
  event.type === "response-metadata" && Object.keys(event).length === 1

/**
 * Remembers the body of a response.
 *
 * @since 0.1.0
 * @category combinators
 */
export const rememberResponse = <Response extends object>(response: Response, memory: WireResponse): Response => {
  const remembering: Response & Memories = response
  remembering[inResponse] = { memory, original: response }
  return response
}

/**
 * The body of a response, unless its content has changed.
 *
 * @since 0.1.0
 * @category getters
 */
export const responseOf = (response: CallResponse): WireResponse | undefined => {
  const remembered = (response as CallResponse & Memories)[inResponse]
  return remembered !== undefined && isIntact(response, remembered.original) ? remembered.memory : undefined
}

/**
 * Remembers the status and headers with which a stream began, on its first event.
 *
 * @since 0.1.0
 * @category combinators
 */
export const rememberHead = <Event extends CallEvent>(start: Event, { headers, status }: WireHead): Event => {
  const remembering: Event & Memories = start
  remembering[inHead] = { headers, status }
  return start
}

/**
 * The status and headers of a response, or of the first event of a stream.
 *
 * @since 0.1.0
 * @category getters
 */
export const headOf = (of: CallEvent | CallResponse): WireHead | undefined => {
  const memories: Memories = of as Memories
  return memories[inResponse]?.memory ?? memories[inHead]
}

/**
 * Remembers the body of an error.
 *
 * @since 0.1.0
 * @category combinators
 */
export const rememberError = <E extends object>(error: E, memory: WireError): E => {
  errors.set(error, memory)
  return error
}

/**
 * The body of an error.
 *
 * @since 0.1.0
 * @category getters
 */
export const errorOf = (error: unknown): WireError | undefined => errors.get(error as object)

/**
 * Remembers the body that a request was read from: a provider of the same protocol is sent that body, with the changes of policies.
 *
 * @since 0.1.0
 * @category combinators
 */
export const rememberRequest = <Request extends CallRequest>(
  request: Request,
  memory: Omit<WireRequest, "request">
): Request => {
  const remembering: Request & Memories = { ...request }
  remembering[inRequest] = { ...memory, request }
  return remembering
}

/**
 * The body that a request was read from, and the request as it was then.
 *
 * @since 0.1.0
 * @category getters
 */
export const requestOf = (request: CallRequest): WireRequest | undefined => (request as Memories)[inRequest]
