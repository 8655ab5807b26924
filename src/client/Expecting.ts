import * as Result from "effect/Result"
import type { ChatEvent } from "../domain/ChatEvent.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { AssistantPart } from "../domain/Message.ts"
import type { FinishReason } from "../domain/FinishReason.ts"
import type { Logprob } from "../domain/Logprob.ts"
import type { Warning } from "../domain/Warning.ts"
import type { ChatProtocol } from "../protocols/ChatProtocol.ts"

const noCall: Warning = {
  type: "unsupported-parameter",
  parameter: "toolChoice",
  message: "toolChoice requires a tool call, but the response has none: the server seems to ignore it"
}

const leftOut = (count: number): Warning => ({
  type: "other",
  parameter: "parallelToolCalls",
  message: `${count === 1 ? "a further tool call was" : `${count} further tool calls were`} left out: parallelToolCalls is false, for which the provider has no parameter`
})

/** Checks one response for what is missing and what was not requested. */
class Expectation {
  readonly #needsCall: boolean
  readonly #isSingleCall: boolean
  readonly #mostLogprobs: number | undefined
  readonly #leftOut = new Set<string>()
  #call: string | undefined

  constructor({ logprobs, toolChoice, tools = [] }: ChatRequest, isSingleCall: boolean) {
    this.#needsCall = tools.length > 0 && (toolChoice === "required" || typeof toolChoice === "object")
    this.#mostLogprobs = logprobs
    this.#isSingleCall = isSingleCall
  }

  get isNone(): boolean {
    return !this.#needsCall && !this.#isSingleCall && this.#mostLogprobs === undefined
  }

  /** Whether a call of a tool belongs to the response. */
  keeps(id: string, providerExecuted: boolean | undefined): boolean {
    if (providerExecuted === true) return true
    this.#call ??= id
    if (!this.#isSingleCall || this.#call === id) return true
    this.#leftOut.add(id)
    return false
  }

  event(event: ChatEvent): ChatEvent | undefined {
    switch (event.type) {
      case "tool-input-start":
        return this.keeps(event.id, event.providerExecuted) ? event : undefined
      case "tool-input-delta":
        return this.#leftOut.has(event.id) ? undefined : event
      case "tool-call":
        return this.keeps(event.id, event.call.providerExecuted) ? event : undefined
      case "logprobs":
        return { ...event, logprobs: this.logprobs(event.logprobs) ?? [] }
      case "finish": {
        const more = this.warnings(event.finishReason)
        return more.length === 0 ? event : { ...event, warnings: [...(event.warnings ?? []), ...more] }
      }
      default:
        return event
    }
  }

  logprobs(given: ReadonlyArray<Logprob> | undefined): ReadonlyArray<Logprob> | undefined {
    const most = this.#mostLogprobs
    return most === undefined
      ? given
      : given?.map(({ top, ...logprob }) =>
          top === undefined || most === 0 ? logprob : { ...logprob, top: top.slice(0, most) }
        )
  }

  warnings(finishReason: FinishReason): ReadonlyArray<Warning> {
    if (this.#leftOut.size > 0) return [leftOut(this.#leftOut.size)]
    return this.#needsCall && this.#call === undefined && finishReason === "stop" ? [noCall] : []
  }
}

/**
 * The protocol for a request of which servers may ignore a part, or have no parameter for it: a response without the required tool call
 * has a warning, one with several where one is allowed has the first, and log probabilities have no more alternatives than were
 * requested (llama-server sends 20 for none).
 */
export const expecting = <Quirks extends object>(
  protocol: ChatProtocol<Quirks>,
  request: ChatRequest,
  isSingleCall = false
): ChatProtocol<Quirks> => {
  if (new Expectation(request, isSingleCall).isNone) return protocol
  return {
    ...protocol,
    decodeResponse: (body, options) =>
      Result.map(protocol.decodeResponse(body, options), (response) => {
        const expectation = new Expectation(request, isSingleCall)
        const keeps = (part: AssistantPart) =>
          part.type !== "tool-call" || expectation.keeps(part.id, part.providerExecuted)
        return response.with({
          content: response.content.filter(keeps),
          logprobs: expectation.logprobs(response.logprobs),
          warnings: [...response.warnings, ...expectation.warnings(response.finishReason)]
        })
      }),
    makeDecoder: (options) => {
      const decoder = protocol.makeDecoder(options)
      const expectation = new Expectation(request, isSingleCall)
      const expected = <A>(events: Array<ChatEvent>, decode: () => A): A => {
        const from = events.length
        const decoded = decode()
        const kept = events.splice(from).flatMap((event) => expectation.event(event) ?? [])
        events.push(...kept)
        return decoded
      }
      return {
        get done() {
          return decoder.done
        },
        decode: (frame, events) => expected(events, () => decoder.decode(frame, events)),
        end: (events) => expected(events, () => decoder.end(events))
      }
    }
  }
}
