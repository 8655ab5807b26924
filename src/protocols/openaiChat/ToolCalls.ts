import type { ToolCallPart } from "../../domain/ContentPart.ts"
import type { Json } from "../../domain/Json.ts"
import { filled, isBlank, isObject, nonNegativeInt, object, parse, text, type WireObject } from "../wire/WireObject.ts"
import type { OpenPart } from "../wire/response/OpenPart.ts"
import type { ResponseBuilder } from "../wire/response/ResponseBuilder.ts"
import { decodeArguments, decodeInputText, encodeInput } from "../wire/request/Tools.ts"

/** A call with its arguments as the model wrote them, or, where those may not be `raw`, as a JSON object. */
export const encodeCall = (call: ToolCallPart, protocol: string, raw = true): WireObject => {
  const { id, input, name, rawInput } = call
  const written = rawInput ?? JSON.stringify(input ?? {})
  if (object(call.providerOptions?.[protocol])?.type === "custom") return { id, custom: { name, input: written } }
  const isFit = raw || isObject(input) || written === "{}"
  return { id, type: "function", function: { name, arguments: isFit ? written : JSON.stringify(encodeInput(call)) } }
}

interface Call {
  readonly index: unknown
  /** Its place among the calls. */
  readonly place: number
  /** The frame that spoke of it last. */
  frame: number
  /** The id that the server gave and repeats; that of the part may differ. */
  wireId: string | undefined
  name: string
  /** The last piece of the input. */
  piece: string
  /** None until the call is announced. */
  part: OpenPart | undefined
  /** Fields to send back with the call: Google's thought signatures, the mark of a custom tool. */
  options: { [key: string]: Json } | undefined
}

/**
 * Reads the tool calls of a response from deltas in any split. Servers leave out the index, the id or both, repeat the
 * id or the name in every piece, number all calls 0, give one id to several calls, split the name, send the arguments as
 * an object, leave out `function` around both, or send an empty `custom` beside it.
 */
export class ToolCallReader {
  readonly #response: ResponseBuilder
  readonly #protocol: string
  readonly #calls: Array<Call> = []
  /** The last call of an id, of an id and an index, and of an index: a response may have very many. */
  readonly #byId = new Map<string, Call>()
  readonly #byBoth = new Map<string, Call>()
  readonly #byIndex = new Map<number, Call>()
  /** How many calls have been announced. */
  #started = 0
  #frame = 0

  constructor(response: ResponseBuilder, protocol: string) {
    this.#response = response
    this.#protocol = protocol
  }

  get isEmpty(): boolean {
    return this.#calls.length === 0
  }

  /** The deltas of one frame. */
  read(deltas: ReadonlyArray<WireObject>): void {
    this.#frame++
    for (const delta of deltas) {
      const custom = customOf(delta)
      const body = custom ?? functionOf(delta)
      const name = text(body.name)
      const id = idOf(delta.id)
      const input = custom === undefined ? body.arguments : body.input
      const index = nonNegativeInt(delta.index) ?? delta.index ?? undefined
      const call = this.#find(index, id, name, input) ?? this.#begin(index)
      call.frame = this.#frame
      if (id !== undefined && call.wireId === undefined) this.#identify(call, id)
      if (name !== undefined) call.name = joinName(call.name, name)
      if (custom !== undefined) call.options = { ...call.options, type: "custom" }
      const extra = filled(delta.extra_content)
      if (extra !== undefined) call.options = { ...call.options, extra_content: extra as Json }
      this.#write(call, input)
    }
  }

  /** The one call of the protocol's first version. */
  readFunctionCall(delta: WireObject): void {
    if (this.isEmpty && text(delta.name) === undefined) return
    this.read([{ index: this.#calls[0]?.index ?? 0, function: delta }])
  }

  end(): void {
    this.#startAll()
    for (const call of this.#calls) {
      if (isNothing(call)) continue
      const part = this.#start(call)
      const { id, text } = part
      const decode = call.options?.type === "custom" ? decodeInputText : decodeArguments
      this.#response.close(part, {
        part: { type: "tool-call", id, name: call.name, ...decode(text), ...this.#optionsOf(call) }
      })
    }
  }

  #begin(index: unknown): Call {
    this.#startAll()
    const place = this.#calls.length
    const call = { index, place, frame: 0, wireId: undefined, name: "", piece: "", part: undefined, options: undefined }
    this.#calls.push(call)
    if (typeof index === "number") this.#byIndex.set(index, call)
    return call
  }

  #identify(call: Call, id: string): void {
    call.wireId = id
    const both = keyOf(call.index, id)
    this.#byId.set(id, later(this.#byId.get(id), call) ?? call)
    this.#byBoth.set(both, later(this.#byBoth.get(both), call) ?? call)
  }

  #write(call: Call, input: unknown): void {
    const piece = typeof input === "string" ? input : isObject(input) ? JSON.stringify(input) : ""
    if (piece === "") return
    call.piece = piece
    this.#response.delta(this.#start(call), piece)
  }

  /** A call is announced with its first input, or when the next one begins: until then its name may still grow. */
  #start(call: Call): OpenPart {
    return (call.part ??= this.#response.openCall(call, {
      id: this.#response.callId(call.wireId),
      name: call.name,
      ...this.#optionsOf(call)
    }))
  }

  #startAll(): void {
    for (let call = this.#calls[this.#started]; call !== undefined; call = this.#calls[++this.#started])
      if (!isNothing(call)) this.#start(call)
  }

  #optionsOf({ options }: Call): Pick<ToolCallPart, "providerOptions"> {
    return options === undefined ? {} : { providerOptions: { [this.#protocol]: options } }
  }

  /** The call that a delta belongs to; none when it begins another. */
  #find(index: unknown, id: string | undefined, name: string | undefined, input: unknown): Call | undefined {
    const isNumbered = typeof index === "number"
    const same =
      id === undefined
        ? undefined
        : isNumbered
          ? later(this.#byBoth.get(keyOf(index, id)), this.#byBoth.get(keyOf(undefined, id)))
          : this.#byId.get(id)
    const last = this.#calls.at(-1)
    // Some servers count on with each piece of one call (https://github.com/dirac-run/dirac/pull/215).
    const isRest = id === undefined && name === undefined && last !== undefined && !isComplete(last)
    const call =
      same ?? (isNumbered ? this.#byIndex.get(index) : undefined) ?? (!isNumbered || isRest ? last : undefined)
    if (call === undefined || name === undefined) return call
    if (!isNumbered && call.frame === this.#frame) return undefined
    if (same !== undefined) return call
    // A name again: the call repeated in each piece, its name in pieces, or another call without a number of its own.
    const isOther =
      (id !== undefined && call.wireId !== undefined) ||
      (isComplete(call) && typeof input === "string" && input.trimStart().startsWith("{"))
    const hasInput = call.piece !== ""
    if (!isOther && (isNumbered || !hasInput)) return call
    return hasInput && call.name === name && !isComplete(call) ? call : undefined
  }
}

/** Mistral has written `"null"` where a call has no id. */
const idOf = (u: unknown): string | undefined => (u === "null" ? undefined : text(u))

/** The custom tool's part of a delta. An empty one beside a function is the zero value of its field. */
const customOf = (delta: WireObject): WireObject | undefined => {
  const custom = object(delta.custom)
  if (custom === undefined || (isBlank(custom) && delta.type !== "custom")) return undefined
  return delta.type === "custom" || isBlank(delta.function) ? custom : undefined
}

const functionOf = (delta: WireObject): WireObject => {
  const body = object(delta.function)
  return body === undefined || (isBlank(body) && text(delta.name) !== undefined) ? delta : body
}

/** Whether a call is only zero values, as some servers append. */
const isNothing = ({ name, part, wireId }: Call): boolean => part === undefined && name === "" && wireId === undefined

const keyOf = (index: unknown, id: string): string => `${typeof index === "number" ? index : ""} ${id}`

const later = (a: Call | undefined, b: Call | undefined): Call | undefined =>
  a === undefined || (b !== undefined && b.place > a.place) ? b : a

const isComplete = ({ part, piece }: Call): boolean =>
  piece.trimEnd().endsWith("}") && parse(part?.text ?? "") !== undefined

/** A name may come in pieces, whole again, or longer each time. */
const joinName = (before: string, piece: string): string => (piece.startsWith(before) ? piece : before + piece)
