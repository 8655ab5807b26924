import { type ChatEvent, type ChatEventOf, isContent } from "../../domain/ChatEvent.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { Json } from "../../domain/Json.ts"
import * as Usage from "../../domain/Usage.ts"
import { AnthropicMessages } from "../../protocols/AnthropicMessages.ts"
import type { StreamDecoder } from "../../protocols/ChatProtocol.ts"
import type { ProviderFailure } from "../../protocols/Protocol.ts"
import { array, isObject, parse, text, type WireObject } from "../../protocols/wire/WireObject.ts"
import type { ClaudeCliCall } from "./ClaudeCliCall.ts"
import * as CliFailure from "./CliFailure.ts"
import { provider } from "./ClaudeCliOptions.ts"
import { toEvents } from "../../domain/ChatFold.ts"

/** The tool of structured responses. */
const structuredTool = "StructuredOutput"

/**
 * Decodes the output of one run: the model's messages as they stream, the results of its own tools, and the final
 * result. Output of subagents is skipped.
 * Source: https://code.claude.com/docs/en/agent-sdk/typescript
 */
export class OutputDecoder {
  /** Whether any message has been read. */
  hasMessage = false
  done = false
  /** Whether the response is complete although the run would continue. */
  isEnough = false
  /** Whether the response broke off after part of it was emitted; what follows is another response. */
  isBroken = false
  /** What the command replied by itself, without a model. */
  commandReply: string | undefined
  /** The first line that is not a message. */
  strayLine: Frame | undefined
  readonly #call: ClaudeCliCall
  #message: StreamDecoder | undefined
  #messages = 0
  #shown = false
  #used = Usage.unknown
  readonly #streamed = new Set<string>()
  #finish: ChatEventOf<"finish"> | undefined
  readonly #complaint: CliFailure.Complaint = {}

  constructor(call: ClaudeCliCall) {
    this.#call = call
  }

  /** Appends the events of a line; returns the failure of the run if the line reports one. */
  decode(frame: Frame, events: Array<ChatEvent>): ProviderFailure | undefined {
    const line = parse(frame.data)
    if (!isObject(line)) {
      this.strayLine ??= frame
      if (this.hasMessage) events.push({ type: "malformed-frame", frame, message: "the line is not a JSON object" })
      return undefined
    }
    this.hasMessage = true
    if (line.type === "result") return this.#result(line, events)
    if (typeof line.parent_tool_use_id === "string") return undefined
    switch (line.type) {
      case "stream_event":
        if (isObject(line.event)) this.#event(line.event, isObject(line.abandoned_blocks), events)
        return undefined
      case "assistant":
        this.#assistant(line, isObject(line.message) ? line.message : {}, events)
        return undefined
      case "user":
        this.#user(isObject(line.message) ? line.message : {}, events)
        return undefined
      case "rate_limit_event":
        CliFailure.noteLimit(this.#complaint, line.rate_limit_info)
        return undefined
      default:
        return undefined
    }
  }

  /** The failure reported before the run ended without a result. */
  get failure(): ProviderFailure | undefined {
    return this.#complaint.type === undefined ? undefined : CliFailure.decode({}, this.#complaint)
  }

  /** An API error within the stream is ignored here: the result repeats it unless the command recovers. */
  #event(event: WireObject, abandoned: boolean, events: Array<ChatEvent>): void {
    if (event.type === "message_start") {
      this.#begin()
      const id = isObject(event.message) ? text(event.message.id) : undefined
      if (id !== undefined) this.#streamed.add(id)
    }
    if (this.isBroken) return
    const message = this.#message ?? this.#begin()
    const decodedEvents: Array<ChatEvent> = []
    message.decode({ data: JSON.stringify(event) }, decodedEvents)
    const finish = decodedEvents.find((event) => event.type === "finish")
    // If the provider's stream broke off, the command closes open parts itself, without a stop reason.
    const cut = finish !== undefined && (abandoned || finish.rawFinishReason === undefined)
    for (const event of decodedEvents) if (!(cut && event.type === "finish")) this.#pass(event, events)
    if (message.done) this.#message = undefined
    if (cut) this.isBroken = this.#shown
    else if (finish !== undefined) this.#end(finish, events)
  }

  /** The command continues after a response that hit its limit or was refused, which its caller did not ask for. */
  #end(finish: ChatEventOf<"finish">, events: Array<ChatEvent>): void {
    this.#used = Usage.add(this.#used, finish.usage)
    if (finish.finishReason !== "length" && finish.finishReason !== "content-filter") return
    events.push({ ...finish, usage: this.#used })
    this.isEnough = true
  }

  #begin(): StreamDecoder {
    if (this.#message !== undefined) this.isBroken = this.#shown
    this.#messages++
    this.#message = AnthropicMessages.makeDecoder({ provider, model: this.#call.model })
    return this.#message
  }

  /** Whole messages repeat what was streamed, and count only if nothing was. */
  #assistant(line: WireObject, message: WireObject, events: Array<ChatEvent>): void {
    if (message.model === "<synthetic>" || line.error !== undefined || line.isApiErrorMessage === true) {
      CliFailure.noteMessage(this.#complaint, line, message)
      return
    }
    const id = text(message.id)
    if (id !== undefined && this.#streamed.has(id)) return
    this.#begin()
    this.#message = undefined
    if (this.isBroken) return
    const decoded = AnthropicMessages.decodeResponse(message, { provider, model: this.#call.model })
    if (decoded._tag === "Failure") return
    for (const event of toEvents(decoded.success)) {
      if (event.type !== "response-start") this.#pass(event, events)
    }
  }

  /** The results of its own tools. */
  #user(message: WireObject, events: Array<ChatEvent>): void {
    if (this.#call.structured) return
    for (const block of array(message.content)) {
      if (!isObject(block) || block.type !== "tool_result") continue
      events.push({ type: "part", part: { type: "provider", protocol: provider, value: block as Json } })
    }
  }

  #pass(event: ChatEvent, events: Array<ChatEvent>): void {
    const start = events.length
    this.#translate(event, events)
    this.#shown ||= events.slice(start).some(isContent)
  }

  #translate(event: ChatEvent, events: Array<ChatEvent>): void {
    switch (event.type) {
      case "finish":
        this.#finish = event
        return
      case "usage":
        if (this.#messages <= 1) events.push(event)
        return
      case "text-start":
      case "text-delta":
      case "text-end":
      case "citation":
        if (this.#call.structured) return
        events.push({ ...event, id: this.#partId(event.id) })
        return
      case "reasoning-start":
      case "reasoning-delta":
      case "reasoning-end":
      case "refusal-start":
      case "refusal-delta":
      case "refusal-end":
        events.push({ ...event, id: this.#partId(event.id) })
        return
      case "tool-input-start":
        if (!this.#call.structured) events.push({ ...event, providerExecuted: true })
        return
      case "tool-input-delta":
        if (!this.#call.structured) events.push(event)
        return
      case "tool-call":
        if (!this.#call.structured || event.call.name !== structuredTool) {
          events.push({ ...event, call: { ...event.call, providerExecuted: true } })
        }
        return
      default:
        events.push(event)
    }
  }

  #partId(id: string): string {
    return `${this.#messages}.${id}`
  }

  #result(line: WireObject, events: Array<ChatEvent>): ProviderFailure | undefined {
    const limited = line.subtype === "error_max_turns" || line.subtype === "error_max_budget_usd"
    if (!limited && (line.is_error === true || CliFailure.isComplaint(line, this.#complaint, this.#messages > 0))) {
      return CliFailure.decode(line, this.#complaint)
    }
    const resultText = text(line.result)
    const json = this.#call.structured ? line.structured_output : undefined
    if (this.#messages === 0 && json === undefined) {
      this.commandReply = resultText ?? ""
      return undefined
    }
    if (json !== undefined) this.#pushText(JSON.stringify(json), events)
    else if (resultText !== undefined && this.#call.structured) this.#pushText(resultText, events)
    events.push(this.#finishOf(line, limited))
    this.done = true
    return undefined
  }

  #pushText(delta: string, events: Array<ChatEvent>): void {
    const id = "result"
    events.push({ type: "text-start", id }, { type: "text-delta", id, delta }, { type: "text-end", id })
  }

  /** The usage of a result is that of the whole run. */
  #finishOf(line: WireObject, limited: boolean): ChatEventOf<"finish"> {
    const finish = this.#finish
    const stopReason = text(line.stop_reason) ?? finish?.rawFinishReason
    const body = { content: [], stop_reason: stopReason, usage: line.usage }
    const decoded = AnthropicMessages.decodeResponse(body, { provider, model: this.#call.model })
    const { finishReason = "stop", usage = finish?.usage } = decoded._tag === "Success" ? decoded.success : {}
    const cost = line.total_cost_usd
    const usageOfRun = isObject(line.usage) || finish === undefined ? usage : finish.usage
    return {
      type: "finish",
      finishReason: limited
        ? "length"
        : finishReason === "tool-calls" || stopReason === undefined
          ? "stop"
          : finishReason,
      rawFinishReason: limited ? text(line.subtype) : stopReason,
      stopSequence: finish?.stopSequence,
      usage: {
        ...(usageOfRun ?? { inputTokens: {}, outputTokens: {} }),
        reportedCost: typeof cost === "number" && Number.isFinite(cost) && cost >= 0 ? String(cost) : undefined
      }
    }
  }
}
