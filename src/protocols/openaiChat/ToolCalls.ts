import type { ChatEvent } from "../../domain/ChatEvent.ts"
import type { ToolCallPart } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import { AnswerIds } from "../wire/AnswerIds.ts"
import { filled, isBlank } from "../wire/Blank.ts"
import { decodeInput } from "./wire/ToolCalls.ts"
import { isObject, object, parse, protocolId, text, type WireObject } from "./wire/Wire.ts"

interface Call {
  readonly index: unknown
  /** The id as the server repeats it; ours may differ. */
  wireId: string | undefined
  id: string | undefined
  name: string
  input: string
  /** The last piece of the input. */
  piece: string
  started: boolean
  /** What must go back with the call: Google's thought signatures, the mark of a custom tool. */
  options: { [key: string]: Json } | undefined
}

/**
 * Reads the tool calls of one answer from deltas in any split. Servers leave out the index, the id or both, repeat the
 * id or the name in every piece, number all calls 0, give one id to several calls, split the name, send the arguments as
 * an object, leave out `function` around both, or send an empty `custom` beside it.
 */
export class ToolCallReader {
  readonly #calls: Array<Call> = []
  readonly #ids = new AnswerIds("call_")
  readonly #scope: () => string | undefined

  /** `scope` is the id of the response, of which the ids of calls are made that have none. */
  constructor(scope: () => string | undefined) {
    this.#scope = scope
  }

  get size(): number {
    return this.#calls.length
  }

  /** The deltas of one frame. */
  read(deltas: ReadonlyArray<unknown>, events: Array<ChatEvent>): void {
    const seen: Array<Call> = []
    for (const delta of deltas) {
      if (!isObject(delta)) continue
      const custom = customOf(delta)
      const body = custom ?? functionOf(delta)
      const name = text(body.name)
      const id = idOf(delta.id)
      const args = custom === undefined ? body.arguments : body.input
      let call = this.#find(delta.index, id, name, args, seen)
      if (call === undefined) {
        this.#startAll(events)
        call = {
          index: delta.index ?? undefined,
          wireId: id,
          id: undefined,
          name: "",
          input: "",
          piece: "",
          started: false,
          options: undefined
        }
        this.#calls.push(call)
      }
      seen.push(call)
      call.wireId ??= id
      if (name !== undefined) call.name = joined(call.name, name)
      if (custom !== undefined) call.options = { ...call.options, type: "custom" }
      const extra = filled(delta.extra_content)
      if (extra !== undefined) call.options = { ...call.options, extra_content: extra as Json }
      this.#write(call, args, events)
    }
  }

  /** The one call of the protocol's first version. */
  readFunctionCall(delta: WireObject, events: Array<ChatEvent>): void {
    if (this.#calls.length === 0 && text(delta.name) === undefined) return
    const index = this.#calls[0]?.index ?? 0
    this.read([{ index, function: delta }], events)
  }

  /** No more comes: the calls, whole. */
  end(events: Array<ChatEvent>): void {
    this.#startAll(events)
    for (const call of this.#calls) {
      const { id = "", input, name, options } = call
      const part: ToolCallPart = { type: "tool-call", id, name, ...decodeInput(input) }
      events.push({
        type: "tool-call",
        id,
        call: options === undefined ? part : { ...part, providerOptions: { [protocolId]: options } }
      })
    }
  }

  #write(call: Call, args: unknown, events: Array<ChatEvent>): void {
    const piece = typeof args === "string" ? args : isObject(args) ? JSON.stringify(args) : ""
    if (piece === "") return
    call.input += piece
    call.piece = piece
    this.#start(call, events)
    events.push({ type: "tool-input-delta", id: call.id ?? "", delta: piece })
  }

  /** A call is announced with its first input, or when the next one begins: until then its name may still grow. */
  #start(call: Call, events: Array<ChatEvent>): void {
    if (call.started) return
    call.started = true
    call.id = this.#ids.of(call.wireId, this.#scope())
    const { id, name, options } = call
    events.push({
      type: "tool-input-start",
      id,
      name,
      ...(options === undefined ? {} : { providerOptions: { [protocolId]: options } })
    })
  }

  #startAll(events: Array<ChatEvent>): void {
    for (const call of this.#calls) this.#start(call, events)
  }

  /** The call that a delta goes on with; none when it begins another. */
  #find(
    index: unknown,
    id: string | undefined,
    name: string | undefined,
    args: unknown,
    seen: ReadonlyArray<Call>
  ): Call | undefined {
    const numbered = typeof index === "number"
    const same =
      id === undefined
        ? undefined
        : this.#calls.findLast(
            (call) => call.wireId === id && (!numbered || typeof call.index !== "number" || call.index === index)
          )
    const call = same ?? (numbered ? this.#calls.findLast((call) => call.index === index) : this.#calls.at(-1))
    if (call === undefined || name === undefined) return call
    if (!numbered && seen.includes(call)) return undefined
    if (same !== undefined) return call
    // A name again: the call repeated in each piece, its name in pieces, or another call without a number of its own.
    const other =
      (id !== undefined && call.wireId !== undefined) ||
      (isComplete(call) && typeof args === "string" && args.trimStart().startsWith("{"))
    if (!other && (numbered || call.input === "")) return call
    return call.input !== "" && call.name === name && !isComplete(call) ? call : undefined
  }
}

/** Mistral has written `"null"` where a call has no id. */
const idOf = (u: unknown): string | undefined => (u === "null" ? undefined : text(u))

/** The custom tool's part of a delta. One that is empty beside a function is the zero value of its field. */
const customOf = (delta: WireObject): WireObject | undefined => {
  const custom = object(delta.custom)
  if (custom === undefined || (isBlank(custom) && delta.type !== "custom")) return undefined
  return delta.type === "custom" || isBlank(delta.function) ? custom : undefined
}

const functionOf = (delta: WireObject): WireObject => {
  const body = object(delta.function)
  return body === undefined || (isBlank(body) && text(delta.name) !== undefined) ? delta : body
}

const isComplete = ({ input, piece }: Call): boolean => piece.trimEnd().endsWith("}") && parse(input) !== undefined

/** A name that is sent again whole, or longer each time, is not said twice. */
const joined = (before: string, piece: string): string =>
  before === piece ? before : piece.startsWith(before) ? piece : before + piece
