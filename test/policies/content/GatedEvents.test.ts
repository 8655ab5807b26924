import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Stream } from "effect"
import type { ChatEvent } from "../../../src/domain/ChatEvent.ts"
import { gated, GatedEvents, type Gates, type TextGate } from "../../../src/policies/content/GatedEvents.ts"
import { usage } from "./answers.ts"

/** Puts `Y` for `x`, and keeps the last character back until no more comes. */
class Gate implements TextGate<never, never> {
  #pending = ""
  isChanged = false

  push(piece: string): void {
    this.#pending += piece
  }

  next(isLast: boolean): string | Effect.Effect<string> | undefined {
    const ready = isLast ? this.#pending : this.#pending.slice(0, -1)
    if (ready === "") return undefined
    this.#pending = this.#pending.slice(ready.length)
    this.isChanged ||= ready.includes("x")
    const shown = ready.replaceAll("x", "Y")
    return ready.length > 1 ? Effect.succeed(shown) : shown
  }
}

const gates: Gates<string, never> = {
  open: () => new Gate(),
  whole: (value) => {
    const text = JSON.stringify(value)
    if (text.includes("bad")) return Effect.fail("bad")
    return text.includes("x-") ? (JSON.parse(text.replaceAll("x-", "Y-")) as typeof value) : value
  }
}

const passed = (events: ReadonlyArray<ChatEvent>): ReadonlyArray<ChatEvent> => {
  const passed: Array<ChatEvent> = []
  Effect.runSync(new GatedEvents(gates).pass(events, passed))
  return passed
}

const finish: ChatEvent = { type: "finish", finishReason: "stop", usage }
const logprobs: ChatEvent = { type: "logprobs", logprobs: [{ token: "a", logprob: -1 }] }
const delta = (delta: string, type: "text" | "reasoning" | "refusal" = "text"): ChatEvent => ({
  type: `${type}-delta`,
  id: "0",
  delta
})
const end = (type: "text" | "reasoning" | "refusal" = "text"): ChatEvent => ({ type: `${type}-end`, id: "0" })
const called = (input: string, rawInput?: string): ChatEvent => ({
  type: "tool-call",
  id: "0",
  call: { type: "tool-call", id: "c", name: "t", input, rawInput }
})
const piece = (delta: string): ChatEvent => ({ type: "tool-input-delta", id: "0", delta })

describe("the texts of a stream through gates", () => {
  it("are emitted as they pass, whole before their end, and never empty", () => {
    for (const type of ["text", "reasoning", "refusal"] as const) {
      const start: ChatEvent = { type: `${type}-start`, id: "0" }
      assert.deepStrictEqual(
        passed([start, delta("a", type), delta("", type), delta("xbc", type), end(type), delta("d", type), finish]),
        [start, delta("aYb", type), delta("c", type), end(type), delta("d", type), finish]
      )
    }
  })

  it("are separated by their kind and id", () => {
    assert.deepStrictEqual(
      passed([delta("ab"), delta("cd", "reasoning"), { type: "text-delta", id: "1", delta: "ef" }, end()]),
      [delta("a"), delta("c", "reasoning"), { type: "text-delta", id: "1", delta: "e" }, delta("b"), end()]
    )
  })

  it("have their citations at their end, with offsets if the text is unchanged", () => {
    const citation = { start: 0, end: 2, citedText: "x-", title: "t" }
    const cited: ChatEvent = { type: "citation", id: "0", citation }
    const plain: ChatEvent = { type: "citation", id: "0", citation: { start: 0, end: 2, url: "u" } }
    assert.deepStrictEqual(passed([delta("ab"), cited, delta("c"), end()]), [
      delta("a"),
      delta("b"),
      delta("c"),
      { ...cited, citation: { ...citation, citedText: "Y-" } },
      end()
    ])
    assert.deepStrictEqual(passed([delta("x"), plain, end()]), [
      delta("Y"),
      { ...plain, citation: { url: "u", start: undefined, end: undefined } },
      end()
    ])
  })

  it("lose the signature of reasoning that was changed", () => {
    const signed: ChatEvent = { type: "reasoning-end", id: "0", signature: "s" }
    assert.deepStrictEqual(passed([delta("a", "reasoning"), signed]), [delta("a", "reasoning"), signed])
    assert.deepStrictEqual(passed([delta("x", "reasoning"), signed]), [
      delta("Y", "reasoning"),
      { type: "reasoning-end", id: "0" }
    ])
  })

  it("are emitted to the last character if the response ends without their end", () => {
    assert.deepStrictEqual(passed([delta("ab"), finish]), [delta("a"), delta("b"), finish])
  })
})

describe("parts that arrive whole", () => {
  it("passes as it is or changed; of a tool call its input is held back until then", () => {
    const start: ChatEvent = { type: "tool-input-start", id: "0", name: "t" }
    assert.deepStrictEqual(passed([start, piece('"a'), piece('b"'), called("ab"), piece('"c"'), called("c")]), [
      start,
      piece('"a'),
      piece('b"'),
      called("ab"),
      piece('"c"'),
      called("c")
    ])
    assert.deepStrictEqual(passed([piece('"x'), piece('-"'), called("x-")]), [piece('"Y-"'), withoutRaw(called("Y-"))])
    assert.deepStrictEqual(passed([called("x-", '"x-" ')]), [piece('"Y-" '), called("Y-", '"Y-" ')])
    for (const text of ["a", "x-"]) {
      const changed = text.replace("x", "Y")
      const part = (text: string): ChatEvent => ({
        type: "part",
        part: { type: "provider", protocol: "p", value: { text } }
      })
      const source = (title: string): ChatEvent => ({ type: "source", source: { title } })
      assert.deepStrictEqual(passed([part(text), source(text)]), [part(changed), source(changed)])
    }
    assert.deepStrictEqual(passed([piece("{}"), finish]), [finish])
  })

  it("are emitted up to one that fails, and then the stream fails", () => {
    const shown: Array<ChatEvent> = []
    const seen: Array<ChatEvent> = []
    const stream = gated(Stream.make(delta("ab"), called("a"), called("bad"), called("c")), gates, (events) =>
      seen.push(...events)
    )
    const exit = Effect.runSyncExit(Stream.runForEach(stream, (event) => Effect.sync(() => void shown.push(event))))
    assert.isTrue(Exit.isFailure(exit) && Cause.hasFails(exit.cause))
    assert.deepStrictEqual(shown, [delta("a"), called("a")])
    assert.deepStrictEqual(seen, shown)
    const nothing = gated(Stream.make(called("bad")), gates)
    assert.isTrue(Exit.isFailure(Effect.runSyncExit(Stream.runDrain(nothing))))
  })
})

describe("log probabilities", () => {
  const rest = [end(), finish]

  it("come before the end, and not at all if anything was changed", () => {
    assert.deepStrictEqual(passed([logprobs, delta("a"), logprobs, ...rest]), [
      delta("a"),
      end(),
      logprobs,
      logprobs,
      finish
    ])
    for (const changed of [
      delta("x"),
      called("x-"),
      { type: "part", part: { type: "provider", protocol: "p", value: "x-" } },
      { type: "source", source: { title: "x-" } },
      { type: "citation", id: "0", citation: { title: "x-" } }
    ] satisfies ReadonlyArray<ChatEvent>) {
      const events = passed([logprobs, changed, { ...delta("b"), id: "1" } as ChatEvent, ...rest])
      assert.deepStrictEqual(events.at(-1), finish)
      assert.isFalse(events.some(({ type }) => type === "logprobs"))
    }
  })

  it("and all else that was held back are dropped if the response restarts", () => {
    const restarted: ChatEvent = { type: "restarted", attempts: [] }
    const before = [logprobs, delta("x-"), end(), delta("zz", "refusal"), piece("1")]
    assert.deepStrictEqual(passed([...before, restarted, logprobs, delta("a"), ...rest, called("a")]), [
      delta("Y"),
      delta("-"),
      end(),
      delta("z", "refusal"),
      restarted,
      delta("a"),
      end(),
      logprobs,
      finish,
      called("a")
    ])
  })
})

/** What JSON leaves out. */
function withoutRaw(event: ChatEvent): ChatEvent {
  return JSON.parse(JSON.stringify(event)) as ChatEvent
}
