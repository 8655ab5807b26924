import * as Duration from "effect/Duration"
import { type ChatResponse, ContentPolicyError, OverloadedError } from "../domain/ChatResponse.ts"
import { ContextWindowExceededError } from "../domain/CallErrors.ts"
import { type ProviderError, retryAfter } from "../domain/ProviderError.ts"
import { byStatus } from "./simulator/ErrorOfStatus.ts"
import type { SimulatedRequest } from "./SimulatedRequest.ts"

/**
 * How a simulated model responds to a request: plain data, made by the constructors of `Scenario`.
 *
 * @since 0.1.0
 * @category models
 */
export type Scenario =
  | RespondScenario
  | FailScenario
  | RawScenario
  | { readonly type: "reset" }
  | { readonly type: "hang" }
  | { readonly type: "sequence"; readonly steps: ReadonlyArray<Scenario> }
  | {
      readonly type: "down"
      readonly duration: Duration.Input
      readonly during: Scenario
      readonly afterwards: Scenario
    }
  | { readonly type: "window"; readonly limit: number; readonly within: Scenario }
  | { readonly type: "choose"; readonly choose: (request: SimulatedRequest) => Scenario }

/**
 * A response with status 200, possibly broken by a fault.
 *
 * @since 0.1.0
 * @category models
 */
export interface RespondScenario {
  readonly type: "respond"
  readonly reply: Reply
  readonly fault?: Fault | undefined
  readonly pace?: Pace | undefined
  readonly headers?: { readonly [name: string]: string } | undefined
  /** Whether the model caches prompts and reports cache reads and writes in its usage. */
  readonly cache?: boolean | undefined
}

/**
 * An error response in the protocol of the request. Its status is `error.status`, or by default the protocol's own for
 * such an error; its message is `error.detail`.
 *
 * @since 0.1.0
 * @category models
 */
export interface FailScenario {
  readonly type: "fail"
  readonly error: ProviderError
  readonly pace?: Pace | undefined
  readonly headers?: { readonly [name: string]: string } | undefined
}

/**
 * A response of exactly these bytes, whatever the protocol. Each piece is written by itself, as many a second as the pace has tokens.
 *
 * @since 0.1.0
 * @category models
 */
export interface RawScenario {
  readonly type: "raw"
  readonly status: number
  readonly pieces: ReadonlyArray<string | Uint8Array>
  /** Whether the connection is reset after the last piece. */
  readonly reset: boolean
  readonly pace?: Pace | undefined
  readonly headers?: { readonly [name: string]: string } | undefined
}

/**
 * The content of a response. `reply` is what the request asks for: JSON of the requested schema, a call of the forced
 * tool, or else a few sentences that repeat the prompt.
 *
 * @since 0.1.0
 * @category models
 */
export type Reply =
  | { readonly type: "reply" }
  | { readonly type: "reasoning" }
  | { readonly type: "tool-calls"; readonly calls: number; readonly broken?: boolean | undefined }
  | { readonly type: "refusal" }
  | { readonly type: "filtered" }
  | { readonly type: "given"; readonly content: string | ChatResponse }

/**
 * How a response breaks off, right after its first `after` tokens: 0 is right after the HTTP headers, and more tokens
 * than the response has is right before its end.
 *
 * @since 0.1.0
 * @category models
 */
export type Fault =
  | { readonly type: "cut"; readonly after: number; readonly reset: boolean }
  | { readonly type: "stall"; readonly after: number }
  | { readonly type: "malformed"; readonly after: number }
  | { readonly type: "error"; readonly after: number; readonly error: ProviderError }
  | { readonly type: "no-end" }

/**
 * How fast the provider is: `latency` until its headers, `firstToken` from there to the first token, then
 * `tokensPerSecond`. Omitted delays are zero. Time is the `Clock`'s.
 *
 * @since 0.1.0
 * @category models
 */
export interface Pace {
  readonly latency?: Duration.Input | undefined
  readonly firstToken?: Duration.Input | undefined
  readonly tokensPerSecond?: number | undefined
}

const respondWith = (reply: Reply): RespondScenario => ({ type: "respond", reply })

const faulty = (fault: Fault, of: RespondScenario = Scenario.healthy): RespondScenario => ({ ...of, fault })

/** Seconds as every provider sends them, and milliseconds, as OpenAI does, where seconds would be too coarse. */
const retryAfterHeaders = (wait: Duration.Duration | undefined): { readonly [name: string]: string } => {
  if (wait === undefined) return {}
  const millis = Math.ceil(Duration.toMillis(wait))
  const seconds = { "retry-after": String(Math.ceil(millis / 1000)) }
  return millis % 1000 === 0 ? seconds : { ...seconds, "retry-after-ms": String(millis) }
}

/**
 * Makes scenarios. A fault takes the response to break as `of`, by default `healthy`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const Scenario = {
  /** Replies as requested: with text, JSON of the requested schema, or a call of the forced tool. */
  healthy: respondWith({ type: "reply" }),

  /** Replies with this text, or this whole response; usage is counted where it has none. */
  reply: (content: string | ChatResponse): RespondScenario => respondWith({ type: "given", content }),

  /** Signed reasoning, then a text reply. */
  reasoning: respondWith({ type: "reasoning" }),

  /**
   * Calls the first tool of the request with arguments that its schema accepts; responds in text when there is no tool,
   * or when the conversation ends with a tool's result.
   */
  toolCall: respondWith({ type: "tool-calls", calls: 1 }),

  /** Calls tools as often as this in one response, each tool in turn. */
  toolCalls: (calls: number): RespondScenario => respondWith({ type: "tool-calls", calls }),

  /** Calls the first tool with arguments that are not JSON. */
  brokenToolCall: respondWith({ type: "tool-calls", calls: 1, broken: true }),

  /** Declines: `refusal` with OpenAI, the stop reason `refusal` with Anthropic. */
  refusal: respondWith({ type: "refusal" }),

  /** Ends after a few tokens with the finish reason `content_filter` (OpenAI) or `refusal` (Anthropic). */
  contentFiltered: respondWith({ type: "filtered" }),

  /** Remembers prompts: the prefix that the next one shares counts as read from the cache, the rest as written. */
  cached: { ...respondWith({ type: "reply" }), cache: true } as RespondScenario,

  /** Fails with the HTTP response that the protocol has for this error. */
  fail: (error: ProviderError, options: { readonly headers?: FailScenario["headers"] } = {}): FailScenario => ({
    type: "fail",
    error,
    headers: { ...retryAfterHeaders(retryAfter(error)), ...options.headers }
  }),

  /**
   * Fails with this HTTP status, and with the error that belongs to it. `retryAfter` becomes the header `retry-after`, and
   * `retry-after-ms` beside it when it is not whole seconds; `detail` is the message.
   */
  status: (
    status: number,
    options: {
      readonly retryAfter?: Duration.Input | undefined
      readonly detail?: string | undefined
      readonly headers?: FailScenario["headers"]
    } = {}
  ): FailScenario => ({
    type: "fail",
    error: byStatus(status, options.detail),
    headers: {
      ...retryAfterHeaders(options.retryAfter === undefined ? undefined : Duration.fromInputUnsafe(options.retryAfter)),
      ...options.headers
    }
  }),

  /**
   * Responds with these bytes: a recorded response, an HTML page, frames as no provider should send them. Each of several pieces is
   * written by itself. By default the status is 200 and the content type `application/json`.
   */
  raw: (
    body: string | Uint8Array | ReadonlyArray<string | Uint8Array>,
    options: {
      readonly status?: number | undefined
      readonly headers?: RawScenario["headers"]
      readonly reset?: boolean | undefined
    } = {}
  ): RawScenario => ({
    type: "raw",
    status: options.status ?? 200,
    pieces: typeof body === "string" || body instanceof Uint8Array ? [body] : body,
    reset: options.reset ?? false,
    headers: options.headers
  }),

  /** Rejects the prompt by policy, with an error. */
  promptBlocked: {
    type: "fail",
    error: new ContentPolicyError({ detail: "Your request was rejected as a result of our safety system." })
  } as FailScenario,

  /** Finds every prompt too long, and states the window and the size of the prompt, both in tokens. */
  contextTooLong: (limit: number, requestedTokens: number): FailScenario =>
    Scenario.fail(
      new ContextWindowExceededError({
        limit,
        requested: requestedTokens,
        detail: `This model's maximum context length is ${limit} tokens. However, your messages resulted in ${requestedTokens} tokens. Please reduce the length of the messages.`
      })
    ),

  /** Has a context window of `limit` tokens, as the simulator counts them: a longer prompt fails as `contextTooLong`. */
  contextWindow: (limit: number, within: Scenario = respondWith({ type: "reply" })): Scenario => ({
    type: "window",
    limit,
    within
  }),

  /** Resets the connection when it has read the request, before any header. */
  reset: { type: "reset" } as Scenario,

  /** Reads the request and never responds, not even with headers. */
  hang: { type: "hang" } as Scenario,

  /** Sends the headers of a good response, and then nothing. */
  silent: { ...respondWith({ type: "reply" }), fault: { type: "stall", after: 0 } } as RespondScenario,

  /**
   * Ends after this many tokens without what ends a stream; the bytes end properly, or with `reset: true` the connection is
   * reset. A response that is not streamed is cut in the middle.
   */
  cutAfter: (
    after: number,
    options: { readonly reset?: boolean | undefined; readonly of?: RespondScenario | undefined } = {}
  ): RespondScenario => faulty({ type: "cut", after, reset: options.reset ?? false }, options.of),

  /** Goes silent after this many tokens, with the connection open. */
  stallAfter: (after: number, of?: RespondScenario): RespondScenario => faulty({ type: "stall", after }, of),

  /** Sends half a frame after this many tokens, and goes on. A response that is not streamed is half its JSON. */
  malformedAfter: (after: number, of?: RespondScenario): RespondScenario => faulty({ type: "malformed", after }, of),

  /** Sends an error within the stream after this many tokens; `OverloadedError` by default. */
  errorAfter: (
    after: number,
    options: { readonly error?: ProviderError | undefined; readonly of?: RespondScenario | undefined } = {}
  ): RespondScenario =>
    faulty({ type: "error", after, error: options.error ?? new OverloadedError({ detail: "Overloaded" }) }, options.of),

  /** Sends the finish reason but leaves out the frame that ends the stream (`[DONE]`, `message_stop`). */
  noDone: { ...respondWith({ type: "reply" }), fault: { type: "no-end" } } as RespondScenario,

  /** One scenario for each request, in order; the last one stays. A sequence within it counts with all its steps. */
  sequence: (steps: ReadonlyArray<Scenario>): Scenario => ({
    type: "sequence",
    steps: steps.flatMap((step) => (step.type === "sequence" ? step.steps : [step]))
  }),

  /** The scenario this many times, as a part of a sequence. */
  times: (times: number, scenario: Scenario): Scenario =>
    Scenario.sequence(Array.from({ length: times }, () => scenario)),

  /** Is down from its first request on, for this long by the `Clock`; by default 503, and healthy afterwards. */
  down: (
    duration: Duration.Input,
    options: { readonly during?: Scenario | undefined; readonly afterwards?: Scenario | undefined } = {}
  ): Scenario => ({
    type: "down",
    duration,
    during: options.during ?? Scenario.status(503),
    afterwards: options.afterwards ?? Scenario.healthy
  }),

  /** Chooses by the request. */
  choose: (choose: (request: SimulatedRequest) => Scenario): Scenario => ({ type: "choose", choose }),

  /** The same at another pace; omitted fields stay as they are. */
  paced: (scenario: Scenario, pace: Pace): Scenario =>
    mapResponses(scenario, (one) => ({ ...one, pace: { ...one.pace, ...pace } })),

  /** The same with additional HTTP headers on every response, errors included. */
  withHeaders: (scenario: Scenario, headers: { readonly [name: string]: string }): Scenario =>
    mapResponses(scenario, (one) => ({ ...one, headers: { ...one.headers, ...headers } }))
}

const mapResponses = (
  scenario: Scenario,
  f: <S extends RespondScenario | FailScenario | RawScenario>(one: S) => S
): Scenario => {
  const map = (inner: Scenario) => mapResponses(inner, f)
  switch (scenario.type) {
    case "respond":
    case "fail":
    case "raw":
      return f(scenario)
    case "sequence":
      return { ...scenario, steps: scenario.steps.map(map) }
    case "down":
      return { ...scenario, during: map(scenario.during), afterwards: map(scenario.afterwards) }
    case "window":
      return { ...scenario, within: map(scenario.within) }
    case "choose":
      return { ...scenario, choose: (request) => map(scenario.choose(request)) }
    default:
      return scenario
  }
}
