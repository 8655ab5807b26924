import { Scenario } from "./Scenario.ts"

/**
 * The models that every simulator has, by name, and how each of them behaves.
 *
 * @since 0.1.0
 * @category constants
 */
export const simulatedModels = {
  /** Replies as requested: with text, JSON of the requested schema, or a call of the forced tool. */
  "sim-healthy": Scenario.healthy,
  /** Its first token comes after 2 seconds, then 20 in a second. */
  "sim-slow": Scenario.paced(Scenario.healthy, { firstToken: "2 seconds", tokensPerSecond: 20 }),
  /** Reasons before it responds. */
  "sim-reasoning": Scenario.reasoning,
  /** Calls the first tool; responds in text when it has the result. */
  "sim-tools": Scenario.toolCall,
  /** Calls two tools at once. */
  "sim-parallel-tools": Scenario.toolCalls(2),
  /** Calls the first tool with arguments that are not JSON. */
  "sim-broken-tool-call": Scenario.brokenToolCall,
  /** Remembers prompts: the prefix that the next one shares is reported as read from the cache. */
  "sim-cache": Scenario.cached,
  /** Declines. */
  "sim-refusal": Scenario.refusal,
  /** Its response is cut by the content filter, and says so. */
  "sim-filtered": Scenario.contentFiltered,
  /** Rejects the prompt by policy (400). */
  "sim-blocked": Scenario.promptBlocked,
  /** Finds every prompt too long: 9000 tokens for a window of 8192 (400). */
  "sim-context": Scenario.contextTooLong(8192, 9000),
  /** 401. */
  "sim-401": Scenario.status(401),
  /** 429 with `retry-after: 1`, once; then healthy. */
  "sim-429": Scenario.sequence([Scenario.status(429, { retryAfter: "1 second" }), Scenario.healthy]),
  /** 429 without `retry-after`, twice; then healthy. */
  "sim-429-bare": Scenario.sequence([Scenario.times(2, Scenario.status(429)), Scenario.healthy]),
  /** 500, once; then healthy. */
  "sim-500": Scenario.sequence([Scenario.status(500), Scenario.healthy]),
  /** 503, for ever. */
  "sim-503": Scenario.status(503),
  /** 503 for 2 seconds from its first request on; then healthy. */
  "sim-down": Scenario.down("2 seconds"),
  /** Resets the connection before any header. */
  "sim-reset": Scenario.reset,
  /** Accepts the request and never responds. */
  "sim-hang": Scenario.hang,
  /** Sends headers, and then nothing. */
  "sim-silent": Scenario.silent,
  /** Ends after 8 tokens, without the end of the stream. */
  "sim-cut": Scenario.cutAfter(8),
  /** Resets the connection after 8 tokens. */
  "sim-cut-reset": Scenario.cutAfter(8, { reset: true }),
  /** Goes silent after 8 tokens. */
  "sim-stall": Scenario.stallAfter(8),
  /** Sends half a frame after 8 tokens, and goes on. */
  "sim-malformed": Scenario.malformedAfter(8),
  /** Sends an error within the stream after 8 tokens. */
  "sim-error-mid-stream": Scenario.errorAfter(8),
  /** Leaves out the last frame of the stream. */
  "sim-no-done": Scenario.noDone
}
