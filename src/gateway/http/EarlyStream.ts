import type { AnswerHeaders } from "./Answer.ts"

/**
 * A stream of server-sent events that a server may begin while nothing has come of it yet, so that no balancer takes its connection
 * for dead. From then on, its failure is an event.
 */
export interface EarlyStream {
  headers: AnswerHeaders
  isBegun: boolean
  /** Writes the end of a stream that cannot be waited for. */
  readonly ending: () => string
}

/** What every client of server-sent events leaves out. */
export const comment = ": keep-alive\n\n"

/** Whether comments may be written into an answer. */
export const isEvents = (headers: AnswerHeaders): boolean =>
  headers["content-type"]?.startsWith("text/event-stream") === true
