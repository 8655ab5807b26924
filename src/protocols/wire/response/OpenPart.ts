import * as Context from "effect/Context"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import type { ChatEventOf } from "../../../domain/ChatEvent.ts"
import type { ToolCallPart } from "../../../domain/ContentPart.ts"
import type { AssistantPart } from "../../../domain/Message.ts"
import { decodeArguments, decodeInput } from "../request/Tools.ts"
import { compact, type WireObject } from "../WireObject.ts"

/** The warning for a tool call that cannot be run. */
export const nameless = "a tool call has no name"

export const deltas = {
  text: "text-delta",
  reasoning: "reasoning-delta",
  refusal: "refusal-delta",
  "tool-call": "tool-input-delta",
  provider: undefined
} as const

/** What is known of a call when it begins; `input` is its whole input, if the wire has it at once. */
export interface CallStart extends Pick<ToolCallPart, "id" | "name" | "providerExecuted" | "providerOptions"> {
  readonly input?: unknown
}

/** What is known of a part when it ends. */
export interface PartEnd extends Partial<Omit<ChatEventOf<"reasoning-end">, "type" | "id">> {
  readonly isExplanation?: boolean | undefined
  /** The whole part, where the wire ends a call, or a part of the protocol's own, with it. */
  readonly part?: AssistantPart | undefined
}

/** A part of the response that is being written. */
export interface OpenPart {
  readonly type: keyof typeof deltas
  readonly id: string
  readonly delta: (typeof deltas)[OpenPart["type"]]
  /** The text, the reasoning or the input of the call so far, where `keepsText` is true. */
  text: string
  /** True at first. Readers that do not use the text set it to false, to save time and memory. */
  keepsText: boolean
  isOpen: boolean
  readonly call: CallStart | undefined
  /** What the protocol keeps of the wire until the part ends; of a part of its own, the value. */
  wire: WireObject
}

/** The call of a part that has ended. */
export const callOf = (
  { call, id, text }: OpenPart,
  { providerOptions = call?.providerOptions }: PartEnd
): ToolCallPart => ({
  type: "tool-call",
  id,
  name: call?.name ?? "",
  ...(text === "" ? decodeInput(call?.input) : decodeArguments(text)),
  ...(call?.providerExecuted === undefined ? {} : { providerExecuted: call.providerExecuted }),
  ...(providerOptions === undefined ? {} : { providerOptions })
})

/** What is known at the end of a part that comes whole. */
export const endOf = (part: Extract<AssistantPart, { readonly type: "text" | "reasoning" | "refusal" }>): PartEnd => {
  if (part.type !== "reasoning")
    return part.type === "text"
      ? compact({ providerOptions: part.providerOptions })
      : compact({ isExplanation: part.isExplanation })
  const { encrypted, id: itemId, protocol, providerOptions, raw, signature } = part
  return compact({ itemId, signature, encrypted, protocol, raw, providerOptions })
}

const noContext = Context.empty()

/**
 * The ids of the calls of one response, no two of which are equal, because results are matched by id. A call without an
 * id gets one that is unique in a conversation: derived from the id of the response, so that the same response always
 * gives the same ids, or else drawn once per response from the `Random` of the running fiber.
 */
export class CallIds {
  readonly #prefix: string
  /** The ids that calls have, each with how often it was given. */
  readonly #used = new Map<string, number>()
  #scope: string | undefined
  #count = 0

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** The id of the next call: `serverId` where there is one. `responseId` counts when the first one is made. */
  of(serverId: unknown, responseId: string | undefined): string {
    return typeof serverId === "string" && serverId !== "" ? this.distinct(serverId) : this.make(responseId)
  }

  /** The id of the next call that has none. */
  make(responseId: string | undefined): string {
    this.#scope ??= responseId?.replace(/[^\w-]/g, "").slice(-24) || randomScope()
    return this.distinct(`${this.#prefix}${this.#scope}_${this.#count++}`)
  }

  /** The id itself, or another one where a call of this response already has it. */
  distinct(id: string): string {
    let more = this.#used.get(id) ?? 0
    let result = id
    while (this.#used.has(result)) result = `${id}_${++more}`
    this.#used.set(id, more)
    this.#used.set(result, 0)
    return result
  }
}

/** 53 random bits in letters and digits. */
const randomScope = (): string => {
  const random = Context.get(Fiber.getCurrent()?.context ?? noContext, Random.Random)
  return Math.floor(random.nextDoubleUnsafe() * Number.MAX_SAFE_INTEGER).toString(36)
}
