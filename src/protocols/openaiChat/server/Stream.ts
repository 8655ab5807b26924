import type { ChatEvent, ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { Citation, ReasoningPart } from "../../../domain/ContentPart.ts"
import type { Frame } from "../../../domain/Frame.ts"
import { ServerError } from "../../../domain/errors/ServerError.ts"
import type { ProviderError } from "../../../domain/ProviderError.ts"
import type { AnswerOptions, StreamEncoder } from "../../ChatProtocol.ts"
import { encodeSources } from "../wire/Citations.ts"
import {
  encodeAnswerCall,
  encodeAudio,
  encodeCitations,
  encodeImage,
  encodeMetadata,
  hasDetail
} from "./EncodeAnswer.ts"
import { encodeError } from "../../wire/OpenAiError.ts"
import * as FinishReasons from "../wire/FinishReasons.ts"
import { encodeLogprobs } from "../wire/Logprobs.ts"
import { encodeDetail } from "../wire/ReasoningDetails.ts"
import { compact, isObject, protocolId, type WireObject } from "../wire/Wire.ts"
import { encodeUsage } from "../Usage.ts"

interface OpenCall {
  readonly index: number
  readonly custom: boolean
  written: boolean
}

/**
 * Writes the chunks of one stream: the role first, then what comes, then the finish reason, then (where asked for) the
 * usage, then `[DONE]`. This protocol has no word for an answer that begins again: when something of it has already
 * been shown, the stream fails.
 */
export class ChunkEncoder implements StreamEncoder {
  readonly #options: AnswerOptions
  #id: string
  #model: string
  #shown = false
  #failed = false
  #length = 0
  readonly #starts = new Map<string, number>()
  readonly #thoughts = new Map<string, string>()
  #positions = 0
  /** The first thought, while it is not yet known whether there is another. */
  #first: ReasoningPart | undefined
  readonly #calls = new Map<string, OpenCall | undefined>()
  #count = 0
  readonly #sources: Array<Citation> = []

  constructor(options: AnswerOptions) {
    this.#options = options
    this.#id = options.id
    this.#model = options.model
  }

  encode(event: ChatEvent): ReadonlyArray<Frame> {
    return this.#failed ? [] : this.#frames(event)
  }

  end(): ReadonlyArray<Frame> {
    return this.#failed ? [] : [{ data: "[DONE]" }]
  }

  fail(error: ProviderError): ReadonlyArray<Frame> {
    this.#failed = true
    return [{ data: JSON.stringify(encodeError(error).body) }]
  }

  #frames(event: ChatEvent): ReadonlyArray<Frame> {
    switch (event.type) {
      case "response-metadata":
        this.#id = event.id ?? this.#id
        this.#model = event.model ?? this.#model
        return []
      case "text-start":
        this.#starts.set(event.id, this.#length)
        return []
      case "text-delta":
        this.#length += event.delta.length
        return event.delta === "" ? [] : this.#delta({ content: event.delta })
      case "citation": {
        const annotations = encodeCitations([event.citation], this.#starts.get(event.id) ?? 0)
        return annotations.length === 0 ? [] : this.#delta({ annotations })
      }
      case "reasoning-start":
        this.#thoughts.set(event.id, "")
        return this.#detail(undefined)
      case "reasoning-delta":
        this.#thoughts.set(event.id, (this.#thoughts.get(event.id) ?? "") + event.delta)
        return event.delta === "" ? [] : this.#delta({ reasoning_content: event.delta })
      case "reasoning-end":
        return this.#endThought(event)
      case "refusal-delta":
        return this.#delta({ refusal: event.delta })
      case "tool-input-start": {
        if (event.providerExecuted === true) {
          this.#calls.set(event.id, undefined)
          return []
        }
        const { id, name, providerOptions } = event
        const call = encodeAnswerCall({ type: "tool-call", id, name, rawInput: "", ...compact({ providerOptions }) })
        const index = this.#count++
        this.#calls.set(id, { index, custom: call.custom !== undefined, written: false })
        return this.#delta({ tool_calls: [{ index, ...call }] })
      }
      case "tool-input-delta": {
        const call = this.#calls.get(event.id)
        if (call === undefined || event.delta === "") return []
        call.written = true
        const piece = call.custom ? { custom: { input: event.delta } } : { function: { arguments: event.delta } }
        return this.#delta({ tool_calls: [{ index: call.index, ...piece }] })
      }
      case "tool-call":
        return this.#endCall(event)
      case "part":
        return this.#part(event.part)
      case "source":
        this.#sources.push(event.source)
        return []
      case "logprobs":
        return this.#chunk({}, { logprobs: encodeLogprobs(event.logprobs) })
      case "restarted":
        return this.#shown
          ? this.fail(new ServerError({ detail: "the answer was begun again, which this protocol cannot say" }))
          : []
      case "finish":
        return this.#finish(event)
      default:
        return []
    }
  }

  #endThought(event: ChatEventOf<"reasoning-end">): ReadonlyArray<Frame> {
    const { encrypted, itemId: id, raw, signature } = event
    const text = this.#thoughts.get(event.id) ?? ""
    this.#thoughts.delete(event.id)
    const thought: ReasoningPart = { type: "reasoning", text, ...compact({ id, signature, encrypted, raw }) }
    if (this.#positions === 0 && this.#first === undefined && !hasDetail(thought)) {
      this.#first = thought
      return []
    }
    return this.#detail(thought)
  }

  /** Says the details that are due: that of the first thought, once there is another, and the given one. */
  #detail(thought: ReasoningPart | undefined): ReadonlyArray<Frame> {
    const due = [this.#first, thought].filter((part) => part !== undefined)
    this.#first = undefined
    return due.flatMap((part) => this.#delta({ reasoning_details: [encodeDetail(part, this.#positions++)] }))
  }

  #endCall({ call: part, id }: ChatEventOf<"tool-call">): ReadonlyArray<Frame> {
    const open = this.#calls.get(id)
    if (part.providerExecuted === true || (open === undefined && this.#calls.has(id))) return []
    const call = encodeAnswerCall(part)
    if (open === undefined) return this.#delta({ tool_calls: [{ index: this.#count++, ...call }] })
    const { custom, function: body, id: _, type: __, ...more } = call
    const missing =
      open.written || open.custom !== (custom !== undefined)
        ? {}
        : isObject(custom)
          ? { custom: { input: custom.input } }
          : isObject(body)
            ? { function: { arguments: body.arguments } }
            : {}
    const rest = { ...missing, ...more }
    return Object.keys(rest).length === 0 ? [] : this.#delta({ tool_calls: [{ index: open.index, ...rest }] })
  }

  #part(part: ChatEventOf<"part">["part"]): ReadonlyArray<Frame> {
    switch (part.type) {
      case "image": {
        const image = encodeImage(part)
        return image === undefined ? [] : this.#delta({ images: [image] })
      }
      case "audio":
        return this.#delta({ audio: encodeAudio(part) })
      case "provider":
        return part.protocol === protocolId && isObject(part.value) ? this.#delta(part.value) : []
    }
  }

  #finish(event: ChatEventOf<"finish">): ReadonlyArray<Frame> {
    const { finishReason, rawFinishReason, stopSequence, usage } = event
    const frames = [...this.#role()]
    const reason = FinishReasons.encode(finishReason, rawFinishReason)
    const metadata = encodeMetadata(event.providerMetadata)
    const top = compact({ ...metadata.top, service_tier: usage.serviceTier, ...encodeSources(this.#sources) })
    const choice = compact({ ...metadata.choice, finish_reason: reason, stop_reason: stopSequence })
    frames.push(...this.#chunk({}, choice, top))
    const counted = this.#options.includeUsage === true ? encodeUsage(usage) : undefined
    if (counted !== undefined) {
      frames.push(this.#frame({ choices: [], usage: counted, ...compact({ service_tier: usage.serviceTier }) }))
    }
    return frames
  }

  #role(): ReadonlyArray<Frame> {
    if (this.#shown) return []
    this.#shown = true
    return this.#chunk({ role: "assistant", content: "" })
  }

  #delta(delta: WireObject): ReadonlyArray<Frame> {
    // Once the answer proper has begun, a detail of an earlier thought would read as another thought.
    if (delta.reasoning_content === undefined && delta.reasoning_details === undefined) this.#first = undefined
    return this.#shown ? this.#chunk(delta) : [...this.#role(), ...this.#chunk(delta)]
  }

  #chunk(delta: WireObject, choice: WireObject = {}, top: WireObject = {}): ReadonlyArray<Frame> {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: null, ...choice }]
    return [this.#frame({ choices, ...(this.#options.includeUsage === true ? { usage: null } : {}), ...top })]
  }

  #frame(fields: WireObject): Frame {
    const { created } = this.#options
    return {
      data: JSON.stringify({ id: this.#id, object: "chat.completion.chunk", created, model: this.#model, ...fields })
    }
  }
}
