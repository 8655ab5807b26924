import * as Result from "effect/Result"
import type { ChatEvent } from "../domain/ChatEvent.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { FinishReason } from "../domain/FinishReason.ts"
import type { Logprob } from "../domain/Logprob.ts"
import type { Warning } from "../domain/Warning.ts"
import type { ChatProtocol } from "../protocols/ChatProtocol.ts"

const noCall: Warning = {
  type: "unsupported-parameter",
  parameter: "toolChoice",
  message: "toolChoice demands a tool call, and the response has none: the server seems to ignore it"
}

/**
 * The protocol for one request of which servers ignore a part: a response without the tool call that was demanded says so
 * by a warning, and log probabilities have no more alternatives than were asked for (llama-server sends 20 for none).
 */
export const expecting = <Quirks extends object>(
  protocol: ChatProtocol<Quirks>,
  { logprobs, toolChoice, tools = [] }: ChatRequest
): ChatProtocol<Quirks> => {
  const needsCall = tools.length > 0 && (toolChoice === "required" || typeof toolChoice === "object")
  if (!needsCall && logprobs === undefined) return protocol
  const missing = (isCalled: boolean, finishReason: FinishReason): ReadonlyArray<Warning> =>
    needsCall && !isCalled && finishReason === "stop" ? [noCall] : []
  return {
    ...protocol,
    decodeResponse: (body, options) =>
      Result.map(protocol.decodeResponse(body, options), (response) =>
        response.with({
          logprobs: limited(response.logprobs, logprobs),
          warnings: [...response.warnings, ...missing(response.toolCalls.length > 0, response.finishReason)]
        })
      ),
    makeDecoder: (options) => {
      const decoder = protocol.makeDecoder(options)
      let isCalled = false
      const see = (event: ChatEvent): ChatEvent => {
        switch (event.type) {
          case "tool-call":
            isCalled ||= event.call.providerExecuted !== true
            return event
          case "logprobs":
            return { ...event, logprobs: limited(event.logprobs, logprobs) ?? [] }
          case "finish": {
            const more = missing(isCalled, event.finishReason)
            return more.length === 0 ? event : { ...event, warnings: [...(event.warnings ?? []), ...more] }
          }
          default:
            return event
        }
      }
      const seeing = <A>(events: Array<ChatEvent>, decode: () => A): A => {
        const from = events.length
        const decoded = decode()
        for (let at = from; at < events.length; at++) events[at] = see(events[at] as ChatEvent)
        return decoded
      }
      return {
        get done() {
          return decoder.done
        },
        decode: (frame, events) => seeing(events, () => decoder.decode(frame, events)),
        end: (events) => seeing(events, () => decoder.end(events))
      }
    }
  }
}

const limited = (
  logprobs: ReadonlyArray<Logprob> | undefined,
  most: number | undefined
): ReadonlyArray<Logprob> | undefined =>
  most === undefined
    ? logprobs
    : logprobs?.map(({ top, ...logprob }) =>
        top === undefined || most === 0 ? logprob : { ...logprob, top: top.slice(0, most) }
      )
