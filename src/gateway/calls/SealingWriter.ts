import * as Predicate from "effect/Predicate"
import type { ChatEvent } from "effect-llm/domain/ChatEvent"
import type { Frame } from "effect-llm/domain/Frame"
import type { AssistantPart } from "effect-llm/domain/Message"
import type { StreamEncoder } from "effect-llm/protocols/ChatProtocol"
import type { Writing } from "./ResponseWriter.ts"
import {
  google,
  isProven,
  type Proof,
  seal,
  sealedPart,
  type SealedPart,
  signatureOf,
  withSignature
} from "./SealedReasoning.ts"

/** Where a protocol has a place for a sealed text. */
interface Place {
  /** Whether the protocol itself proves reasoning so. */
  readonly isOwn: (proof: Proof) => boolean
  /** The proof that a sealed text makes; without, it goes with the call that follows. */
  readonly proof?: (sealed: string, isEmpty: boolean) => Omit<Proof, "id">
}

const places: { readonly [protocol: string]: Place } = {
  // Reasoning without a signature is sealed too: sent to Anthropic later on, it would be refused.
  "anthropic-messages": {
    isOwn: (proof) =>
      (proof.protocol ?? "anthropic-messages") === "anthropic-messages" &&
      isProven(proof) &&
      proof.id === undefined &&
      (!Predicate.isObject(proof.raw) || String(proof.raw.type).endsWith("thinking")),
    proof: (signature) => ({ signature })
  },
  "openai-responses": {
    isOwn: ({ protocol }) => protocol === "openai-responses",
    proof: (encrypted) => ({ encrypted, protocol: "openai-responses" })
  },
  "openai-chat": {
    isOwn: (proof) => proof.protocol === undefined || !isProven(proof),
    proof: (sealed, isEmpty) => (isEmpty ? { encrypted: sealed } : { signature: sealed })
  },
  [google]: { isOwn: ({ protocol }) => protocol === google }
}

const known = new WeakMap<Writing, Writing>()

/** The same protocol, whose responses hold the reasoning of others sealed. */
export const sealing = (protocol: Writing): Writing => {
  const before = known.get(protocol)
  if (before !== undefined) return before
  const made = sealed(protocol)
  known.set(protocol, made)
  return made
}

const sealed = (protocol: Writing): Writing => {
  const place = places[protocol.id]
  if (place === undefined) return protocol
  return {
    ...protocol,
    encodeResponse: (response, options) =>
      protocol.encodeResponse(response.with({ content: sealedContent(place, response.content) }), options),
    makeEncoder: (options) => new SealingEncoder(place, protocol.makeEncoder(options))
  }
}

const sealedContent = (place: Place, content: ReadonlyArray<AssistantPart>): ReadonlyArray<AssistantPart> => {
  let waiting: ReadonlyArray<SealedPart> = []
  return content.flatMap((part): ReadonlyArray<AssistantPart> => {
    if (part.type === "reasoning") {
      if (place.isOwn(part)) return [part]
      const { providerOptions, text, type } = part
      const kept = { type, text, ...(providerOptions && { providerOptions }) }
      if (place.proof !== undefined) return [{ ...kept, ...place.proof(seal([sealedPart(part)]), text === "") }]
      waiting = [...waiting, sealedPart(part, text)]
      return [{ ...kept, protocol: google }]
    }
    if (part.type !== "tool-call") return [part]
    if (place.proof === undefined) {
      const sealed = waiting
      waiting = []
      return [sealed.length === 0 ? part : withSignature(part, seal(sealed))]
    }
    const signature = signatureOf(part)
    return signature === undefined
      ? [part]
      : [{ type: "reasoning", text: "", ...place.proof(seal([], signature), true) }, part]
  })
}

/** Seals the reasoning of one stream. */
class SealingEncoder implements StreamEncoder {
  readonly #place: Place
  readonly #encoder: StreamEncoder
  readonly #texts = new Map<string, string>()
  #waiting: ReadonlyArray<SealedPart> = []
  #signed = 0

  constructor(place: Place, encoder: StreamEncoder) {
    this.#place = place
    this.#encoder = encoder
  }

  encode(event: ChatEvent): ReadonlyArray<Frame> {
    switch (event.type) {
      case "reasoning-start":
      case "reasoning-delta":
        this.#texts.set(
          event.id,
          (this.#texts.get(event.id) ?? "") + (event.type === "reasoning-delta" ? event.delta : "")
        )
        break
      case "reasoning-end":
        return this.#encoder.encode(this.#ended(event))
      case "tool-input-start": {
        const signature = signatureOf(event)
        return signature === undefined || this.#place.proof === undefined
          ? this.#encoder.encode(event)
          : [...this.#sign(this.#place.proof(seal([], signature), true)), ...this.#encoder.encode(event)]
      }
      case "tool-call": {
        if (this.#waiting.length === 0) break
        const call = withSignature(event.call, seal(this.#waiting))
        this.#waiting = []
        return this.#encoder.encode({ ...event, call })
      }
      case "restarted":
        this.#waiting = []
        this.#texts.clear()
    }
    return this.#encoder.encode(event)
  }

  end(): ReadonlyArray<Frame> {
    return this.#encoder.end()
  }

  fail(error: Parameters<StreamEncoder["fail"]>[0]): ReadonlyArray<Frame> {
    return this.#encoder.fail(error)
  }

  #ended(event: Extract<ChatEvent, { type: "reasoning-end" }>): ChatEvent {
    const { id, itemId, providerOptions, type, ...rest } = event
    const proof: Proof = itemId === undefined ? rest : { ...rest, id: itemId }
    const text = this.#texts.get(id) ?? ""
    this.#texts.delete(id)
    if (this.#place.isOwn(proof)) return event
    const kept = { type, id, ...(providerOptions && { providerOptions }) }
    if (this.#place.proof !== undefined)
      return { ...kept, ...this.#place.proof(seal([sealedPart(proof)]), text === "") }
    this.#waiting = [...this.#waiting, sealedPart(proof, text)]
    return { ...kept, protocol: google }
  }

  /** Reasoning that says nothing but the signature of a call. */
  #sign(proof: Omit<Proof, "id">): ReadonlyArray<Frame> {
    const id = `signed-${this.#signed++}`
    return [
      ...this.#encoder.encode({ type: "reasoning-start", id }),
      ...this.#encoder.encode({ type: "reasoning-end", id, ...proof })
    ]
  }
}
