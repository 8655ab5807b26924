import * as Arr from "effect/Array"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"
import type { CallEvent } from "../../domain/CallEvent.ts"
import type { ChatEvent, ChatEventOf } from "../../domain/ChatEvent.ts"
import type { ToolCallPart } from "../../domain/ContentPart.ts"

/** What a text has to pass that arrives in pieces. */
export interface TextGate<E, R> {
  readonly isChanged: boolean
  readonly push: (piece: string) => void
  /** What may be shown next, if anything; with `isLast` no more comes, and all is shown. */
  readonly next: (isLast: boolean) => string | Effect.Effect<string, E, R> | undefined
}

export type PartType = "text" | "reasoning" | "refusal"

/** How the content of a stream passes: texts through a gate each, what comes in one piece (a tool call, a citation) as a whole. */
export interface Gates<E, R> {
  readonly open: (type: PartType) => TextGate<E, R>
  readonly whole: <A extends object>(value: A) => A | Effect.Effect<A, E, R>
}

interface OpenPart<E, R> {
  readonly type: PartType
  readonly id: string
  readonly gate: TextGate<E, R>
  readonly citations: Array<ChatEventOf<"citation">>
}

type Delta = ChatEventOf<"text-delta" | "reasoning-delta" | "refusal-delta">
type End = ChatEventOf<"text-end" | "reasoning-end" | "refusal-end">

/**
 * A stream through gates. What passed before a gate fails is shown before the stream fails; `see` is shown what passed.
 */
export const gated = <Event extends CallEvent, E, R, E1, R1>(
  stream: Stream.Stream<Event, E, R>,
  gates: Gates<E1, R1>,
  see?: (events: ReadonlyArray<Event>) => void
): Stream.Stream<Event, E | E1, R | R1> =>
  Stream.transformPull(stream, (pull) =>
    Effect.sync(() => {
      const events = new GatedEvents(gates)
      let failure: Cause.Cause<E1> | undefined
      const next: Pull.Pull<Arr.NonEmptyReadonlyArray<Event>, E | E1, void, R1> = Effect.suspend(() => {
        if (failure !== undefined) return Effect.failCause(failure)
        return Effect.flatMap(pull, (chunk) => {
          const passed: Array<Event> = []
          return Effect.matchCauseEffect(events.pass(chunk, passed), {
            onFailure: (cause) => {
              failure = cause
              return show(passed)
            },
            onSuccess: () => show(passed)
          })
        })
      })
      const show = (passed: ReadonlyArray<Event>) => {
        if (!Arr.isReadonlyArrayNonEmpty(passed)) return next
        see?.(passed)
        return Effect.succeed(passed)
      }
      return next
    })
  )

/**
 * Passes the events of one chat stream through gates, and keeps the stream well-formed: deltas within their parts, the input
 * of a tool call as JSON. The input of a tool call is held back until it is whole, and citations until their part is. Log
 * probabilities, which spell out the text, come before `finish`, and not at all where a text was changed. Events of
 * other streams pass as they are.
 */
export class GatedEvents<E, R> {
  readonly #gates: Gates<E, R>
  #open = new Map<string, OpenPart<E, R>>()
  #inputs = new Map<string, Array<ChatEvent>>()
  #logprobs: Array<ChatEvent> = []
  #isChanged = false

  constructor(gates: Gates<E, R>) {
    this.#gates = gates
  }

  /** Adds the events that come in place of these. */
  pass(events: ReadonlyArray<CallEvent>, passed: Array<CallEvent>): Effect.Effect<void, E, R> {
    return this.#pass(events as ReadonlyArray<ChatEvent>, passed as Array<ChatEvent>)
  }

  readonly #pass = Effect.fnUntraced(
    { self: this },
    function* (events: ReadonlyArray<ChatEvent>, passed: Array<ChatEvent>): Effect.fn.Return<void, E, R> {
      for (const event of events) {
        switch (event.type) {
          case "text-delta":
          case "reasoning-delta":
          case "refusal-delta": {
            const part = this.#part(event.type.slice(0, -6) as PartType, event.id)
            part.gate.push(event.delta)
            yield* this.#release(part, false, passed)
            break
          }
          case "text-end":
          case "reasoning-end":
          case "refusal-end":
            yield* this.#close(this.#part(event.type.slice(0, -4) as PartType, event.id), event, passed)
            break
          case "citation":
            this.#part("text", event.id).citations.push(event)
            break
          case "tool-input-delta": {
            const held = this.#inputs.get(event.id)
            if (held === undefined) this.#inputs.set(event.id, [event])
            else held.push(event)
            break
          }
          case "tool-call": {
            const call = yield* this.#whole(event.call)
            const held = this.#inputs.get(event.id) ?? []
            this.#inputs.delete(event.id)
            if (call === event.call) passed.push(...held, event)
            else passed.push({ type: "tool-input-delta", id: event.id, delta: inputOf(call) }, { ...event, call })
            break
          }
          case "part": {
            const part = yield* this.#whole(event.part)
            passed.push(part === event.part ? event : { ...event, part })
            break
          }
          case "source": {
            const source = yield* this.#whole(event.source)
            passed.push(source === event.source ? event : { ...event, source })
            break
          }
          case "logprobs":
            this.#logprobs.push(event)
            break
          case "restarted":
            this.#open = new Map()
            this.#inputs = new Map()
            this.#logprobs = []
            this.#isChanged = false
            passed.push(event)
            break
          case "finish":
            for (const part of this.#open.values()) yield* this.#close(part, undefined, passed)
            if (!this.#isChanged) passed.push(...this.#logprobs)
            passed.push(event)
            break
          default:
            passed.push(event)
        }
      }
    }
  )

  readonly #release = Effect.fnUntraced(
    { self: this },
    function* (
      { gate, id, type }: OpenPart<E, R>,
      isLast: boolean,
      passed: Array<ChatEvent>
    ): Effect.fn.Return<void, E, R> {
      const shownAt = passed.length
      let shown = ""
      // One event, however many windows the text has. What passed is shown, even if the next window fails.
      while (true) {
        const released = gate.next(isLast)
        if (released === undefined) return
        shown += typeof released === "string" ? released : yield* released
        if (shown !== "") passed[shownAt] = { type: `${type}-delta`, id, delta: shown } as Delta
      }
    }
  )

  #part(type: PartType, id: string): OpenPart<E, R> {
    const key = `${type} ${id}`
    const open = this.#open.get(key)
    if (open !== undefined) return open
    const part = { type, id, gate: this.#gates.open(type), citations: [] }
    this.#open.set(key, part)
    return part
  }

  readonly #close = Effect.fnUntraced(
    { self: this },
    function* (part: OpenPart<E, R>, end: End | undefined, passed: Array<ChatEvent>): Effect.fn.Return<void, E, R> {
      const { citations, gate, id, type } = part
      this.#open.delete(`${type} ${id}`)
      yield* this.#release(part, true, passed)
      this.#isChanged ||= gate.isChanged
      for (const event of citations) {
        const citation = yield* this.#whole(event.citation)
        // Its place was one in the original text.
        passed.push({
          ...event,
          citation: gate.isChanged ? { ...citation, start: undefined, end: undefined } : citation
        })
      }
      // A signature is one of the original text.
      if (end?.type === "reasoning-end" && gate.isChanged) passed.push({ type: "reasoning-end", id })
      else if (end !== undefined) passed.push(end)
    }
  )

  #whole<A extends object>(value: A): Effect.Effect<A, E, R> {
    return Effect.suspend(() => {
      const passed = this.#gates.whole(value)
      return Effect.map(Effect.isEffect(passed) ? passed : Effect.succeed(passed), (whole) => {
        if (whole !== value) this.#isChanged = true
        return whole
      })
    })
  }
}

const inputOf = ({ input, rawInput }: ToolCallPart): string => rawInput ?? JSON.stringify(input) ?? ""
