import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { GuardrailError, ResponseParseError, StreamInterruptedError } from "../../../src/domain/ChatResponse.ts"
import type { ChatEvent } from "../../../src/domain/ChatEvent.ts"
import { toEvents } from "../../../src/domain/ChatFold.ts"
import type { ChatModel } from "../../../src/model/ChatModel.ts"
import type { EmbeddingModel } from "../../../src/model/EmbeddingModel.ts"
import { partialOf } from "../../../src/domain/ProviderError.ts"
import * as Decision from "../../../src/policies/Decision.ts"
import * as Detector from "../../../src/policies/Detector.ts"
import * as Guard from "../../../src/policies/Guard.ts"
import * as Model from "../../../src/policies/Model.ts"
import * as Retry from "../../../src/policies/Retry.ts"
import * as ScriptedModel from "../../../src/testing/ScriptedModel.ts"
import { answers, forEveryCall, scripted } from "../capabilities.ts"
import { answer, cutAt, Cuts, malformed, read, textEvents, textOf, usage } from "./answers.ts"

const secret = Detector.make("SECRET", /(?<!x)secret-\d{1,4}(?!\d)/)
const hides = Guard.replaces([secret])
const refuses = Guard.rejects([secret])
const windows = { characters: 12 }

const text = textOf("secret-", "secret", "-", "1", "22", "4711", "x", " ", "a", "😀", "word ", "\n")

const streaming = (pieces: ReadonlyArray<string>): ChatModel<never> =>
  ScriptedModel.make<never>({ answer: textEvents(pieces) })

const guardErrorOf = (result: { readonly _tag: string; readonly failure?: unknown }): GuardrailError => {
  assert.instanceOf(result.failure, GuardrailError)
  return result.failure
}

describe("Guard.text", () => {
  it.effect.prop(
    "rewrites a stream as it rewrites the whole text, however the text is cut",
    { text, cuts: Cuts },
    Effect.fnUntraced(function* ({ cuts, text }) {
      const seen: Array<string> = []
      const guard = Guard.text({
        name: "hide",
        stream: windows,
        at: "response",
        check: (text, view) => {
          seen.push(text)
          return hides(text, view)
        }
      })
      const whole = text.replaceAll(/(?<!x)secret-\d{1,4}(?!\d)/g, "[SECRET]")
      const cut = yield* read(streaming(cutAt(text, cuts)).pipe(guard))
      assert.strictEqual(cut.response.text, whole)
      assert.deepStrictEqual(malformed(cut.events), [])
      assert.strictEqual(cut.events.filter(({ type }) => type === "finish").length, 1)
      assert.isTrue(cut.events.every((event) => event.type !== "text-delta" || event.delta.isWellFormed()))
      const windowsOfCut = seen.splice(0)
      yield* read(streaming([text]).pipe(guard))
      assert.deepStrictEqual(seen, windowsOfCut)
    }),
    { arbitrary: { runs: 150 } }
  )

  it.effect.prop(
    "emits nothing of what it rejects, and the same before it, however the text is cut",
    { text, cuts: Cuts },
    Effect.fnUntraced(function* ({ cuts, text }) {
      const guard = Guard.text({ name: "no", stream: windows, at: "response", check: refuses })
      const first = text.search(/(?<!x)secret-\d{1,4}(?!\d)/)
      const isBad = first >= 0
      const cut = yield* read(streaming(cutAt(text, cuts)).pipe(guard))
      assert.strictEqual(cut.exit._tag, isBad ? "Failure" : "Success")
      assert.isTrue(text.startsWith(cut.response.text))
      if (isBad) assert.isAtMost(cut.response.text.length, first)
      if (!isBad) return assert.strictEqual(cut.response.text, text)
      const error = guardErrorOf(cut.exit)
      assert.deepStrictEqual([error.guard, error.at], ["no", "response"])
      assert.strictEqual(error.partial?.text, cut.response.text)
      const whole = yield* read(streaming([text]).pipe(guard))
      assert.strictEqual(whole.response.text, cut.response.text)
    }),
    { arbitrary: { runs: 150 } }
  )

  it.effect("shows text before the end within a window, and none when it holds back", () =>
    Effect.gen(function* () {
      const pieces = ["plain text that goes on and on, ", "then says secret-1 ", "and ends"]
      const late = yield* read(streaming(pieces).pipe(Guard.text({ name: "g", check: refuses })))
      assert.deepStrictEqual(late.events, [])
      const error = guardErrorOf(late.exit)
      assert.deepStrictEqual([error.partial?.text, error.partial?.usage], ["", usage])
      const early = yield* read(
        streaming(pieces).pipe(Guard.text({ name: "g", check: refuses, stream: { tokens: 4 } }))
      )
      assert.isTrue(early.response.text.startsWith("plain text that"))
    })
  )

  it.effect("emits a long delta as one event, however many windows it spans", () =>
    Effect.gen(function* () {
      const piece = "plain-text-that-goes-on-and-on,".repeat(10_000)
      let windows = 0
      const check = () => void windows++
      const guard = Guard.text({ name: "g", at: "response", check, stream: { characters: 60 } })
      const { events, response } = yield* read(streaming([piece, "and ends"]).pipe(guard))
      assert.isAbove(windows, 5000)
      assert.isAtMost(events.filter(({ type }) => type === "text-delta").length, 3)
      assert.strictEqual(response.text, `${piece}and ends`)
      const late = Guard.text({ name: "g", at: "response", check: refuses, stream: { characters: 60 } })
      const cut = yield* read(streaming([`${piece}secret-1`, "and ends"]).pipe(late))
      assert.isAbove(guardErrorOf(cut.exit).partial?.text.length ?? 0, piece.length - 200)
    })
  )

  it.effect("keeps tool calls, reasoning and citations well-formed", () =>
    Effect.gen(function* () {
      const response = answer(
        { type: "reasoning", text: "the key is secret-1", signature: "sig", protocol: "anthropic-messages" },
        {
          type: "text",
          text: "it is secret-22.",
          citations: [{ url: "https://a.b", citedText: "secret-22", start: 3 }]
        },
        {
          type: "tool-call",
          id: "c",
          name: "send",
          input: { to: ["secret-1", 5], n: 1 },
          rawInput: '{"to": ["secret-1", 5]}'
        },
        { type: "tool-call", id: "d", name: "send", input: { a: 1 }, rawInput: '{ "a": 1 }' }
      )
      const guard = Guard.text({ name: "hide", check: hides, stream: windows })
      const whole = yield* ScriptedModel.make(response).pipe(guard).generate("Hi")
      const cut = yield* read(ScriptedModel.make(response).pipe(guard))
      for (const { content } of [whole, cut.response]) {
        assert.deepStrictEqual(JSON.parse(JSON.stringify(content)), [
          { type: "reasoning", text: "the key is [SECRET]" },
          { type: "text", text: "it is [SECRET].", citations: [{ url: "https://a.b", citedText: "[SECRET]" }] },
          { type: "tool-call", id: "c", name: "send", input: { to: ["[SECRET]", 5], n: 1 } },
          { type: "tool-call", id: "d", name: "send", input: { a: 1 }, rawInput: '{ "a": 1 }' }
        ])
      }
      const inputs = cut.events.flatMap((event) => (event.type === "tool-input-delta" ? [event.delta] : []))
      assert.deepStrictEqual(inputs, ['{"to":["[SECRET]",5],"n":1}', '{ "a": 1 }'])
      assert.deepStrictEqual(malformed(cut.events), [])
    })
  )

  it.effect("judges several texts of a request at a time", () =>
    Effect.gen(function* () {
      const check = () => Effect.as(Effect.sleep("1 second"), Guard.pass)
      const model = ScriptedModel.make("ok").pipe(Guard.text({ name: "slow", check, at: "request" }))
      const messages = Array.from({ length: 16 }, (_, n) => `message ${n}`)
      const fiber = yield* Effect.forkChild(model.generate({ messages }))
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).text, "ok")
    })
  )

  it.effect("checks the texts of a request, and sends nothing that it rejects", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make("fine")
      const request = {
        messages: [
          { role: "system", content: "secret-1" },
          { role: "assistant", content: [{ type: "tool-call", id: "a", name: "f", input: { x: "secret-2" } }] },
          { role: "tool", content: [{ type: "tool-result", id: "a", output: [{ type: "text", text: "secret-3" }] }] },
          { role: "user", content: [{ type: "file", data: { text: "secret-4" } }, "and"] }
        ]
      } as const
      yield* model.pipe(Guard.text({ name: "hide", check: hides })).generate(request)
      assert.notInclude(JSON.stringify(model.calls[0]?.request), "secret-")
      assert.strictEqual(JSON.stringify(model.calls[0]?.request).split("[SECRET]").length, 5)
      const error = yield* Effect.flip(model.pipe(Guard.text({ name: "no", check: refuses })).generate(request))
      assert.instanceOf(error, GuardrailError)
      assert.deepStrictEqual([error.at, error.partial], ["request", undefined])
      assert.strictEqual(model.calls.length, 1)
      yield* model.pipe(Guard.text({ name: "no", check: refuses, at: "response" })).generate(request)
    })
  )

  it.effect("removes from errors what has not passed", () =>
    Effect.gen(function* () {
      const cut = { answer: "some words then secret-1 and more words", after: 6 }
      const guard = Guard.text({ name: "hide", check: hides, stream: windows })
      const result = yield* read(ScriptedModel.make(cut).pipe(guard))
      assert.strictEqual(result.exit._tag, "Failure")
      const { failure } = result.exit as { readonly failure: unknown }
      assert.instanceOf(failure, StreamInterruptedError)
      assert.strictEqual(partialOf(failure)?.text, result.response.text)
      const retried = ScriptedModel.make([cut, "fine"]).pipe(
        Model.retry(Retry.make({ times: 1, base: 0 }), { onInterrupted: "restart" }),
        Guard.text({ name: "hide", check: hides })
      )
      const { events, response } = yield* read(retried)
      assert.strictEqual(response.text, "fine")
      assert.notInclude(JSON.stringify(events), "secret-1")
      assert.notInclude(JSON.stringify(response.attempts.map(({ error }) => partialOf(error))), "secret-1")
    })
  )

  it.effect("emits no unreadable frame, which it could not check", () =>
    Effect.gen(function* () {
      const frame = { data: "secret-1" }
      const [start, ...rest] = textEvents(["fine"])
      const answer: ReadonlyArray<ChatEvent> = [start!, { type: "malformed-frame", frame, message: "no JSON" }, ...rest]
      const failing = { answer, after: 1, error: new ResponseParseError({ frame }) }
      for (const stream of ["hold-back", windows] as const) {
        const guard = Guard.text({ name: "no", check: refuses, stream })
        const { events } = yield* read(ScriptedModel.make<never>({ answer }).pipe(guard))
        assert.isTrue(events.some(({ type }) => type === "malformed-frame"))
        assert.notInclude(JSON.stringify(events), "secret-1")
        const { exit } = yield* read(ScriptedModel.make(failing).pipe(guard))
        assert.notInclude(JSON.stringify((exit as { readonly failure?: unknown }).failure), "secret-1")
      }
    })
  )

  forEveryCall("lets every capability pass, or rejects its texts", (call) => {
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const passed = scripted(call, [answers]).pipe(Guard.text({ name: "g", check: refuses, stream: windows }))
        const plain = scripted(call, [answers])
        const fiber = yield* Effect.forkChild(Effect.all([call.run(passed), call.run(plain)]))
        yield* TestClock.adjust("1 minute")
        const [guarded, bare] = yield* Fiber.join(fiber)
        assert.deepStrictEqual(call.read(guarded), call.read(bare))
        const rejecting = scripted(call, [answers]).pipe(Guard.text({ name: "g", check: () => Guard.reject("no") }))
        assert.instanceOf(yield* Effect.flip(call.run(rejecting)), GuardrailError)
      })
    )
  })
})

describe("Guard", () => {
  it.effect("that cannot run is an error", () =>
    Effect.gen(function* () {
      const checks: ReadonlyArray<Guard.TextCheck> = [
        () => Effect.fail("its model is away"),
        () => Effect.die(new Error("its model is away")),
        () => {
          throw new Error("its model is away")
        }
      ]
      for (const check of checks) {
        const guard = Guard.text({ name: "judge", check, at: "response" })
        const error = yield* Effect.flip(ScriptedModel.make("Hi").pipe(guard).generate("Hi"))
        assert.instanceOf(error, GuardrailError)
        assert.include(error.reason, "could not run: its model is away")
        assert.strictEqual((yield* read(ScriptedModel.make("Hi").pipe(guard))).exit._tag, "Failure")
      }
      const slow = Guard.make<import("../../../src/domain/Capability.ts").Chat>({
        name: "slow",
        request: () => Effect.never,
        timeLimit: "2 seconds"
      })
      const fiber = yield* Effect.forkChild(Effect.flip(ScriptedModel.make("Hi").pipe(slow).generate("Hi")))
      yield* TestClock.adjust("2 seconds")
      const error = yield* Fiber.join(fiber)
      assert.instanceOf(error, GuardrailError)
      assert.include(error.reason, "within 2s")
    })
  )

  it.effect("compose under their own names, and record their decisions", () =>
    Effect.gen(function* () {
      const decisions: Array<Decision.Decision> = []
      const model = ScriptedModel.make("it is secret-1 and bad").pipe(
        Guard.text({ name: "hide", check: hides, stream: windows }),
        Guard.text({ name: "no", check: (text) => (text.includes("bad") ? Guard.reject("bad") : Guard.pass) })
      )
      const error = yield* Effect.flip(model.generate("Hi")).pipe(
        Effect.provideService(Decision.CurrentDecisionObserver, (decision) => void decisions.push(decision))
      )
      assert.instanceOf(error, GuardrailError)
      assert.strictEqual(error.guard, "no")
      assert.deepStrictEqual(decisions, [
        { type: "guard-rewrote", guard: "hide", at: "response" },
        { type: "guard-rejected", guard: "no", at: "response" }
      ])
    })
  )

  it.effect("checks and rewrites whole requests and responses, with services", () =>
    Effect.gen(function* () {
      class Rules extends Context.Service<Rules, (text: string) => boolean>()("Rules") {}
      const inner = ScriptedModel.make(["bad words", "good words", "rude words"])
      const model = inner.pipe(
        Guard.make({
          name: "rules",
          request: (request) => Guard.rewrite({ ...request, temperature: 0 }),
          response: (response) =>
            Effect.map(Rules, (isFine) => {
              if (response.text.startsWith("rude")) return Guard.rewrite(response.with({ content: [] }))
              return isFine(response.text) ? Guard.pass : Guard.reject("it is not fine")
            })
        })
      )
      const provide = Effect.provideService(Rules, (text: string) => !text.startsWith("bad"))
      const error = yield* Effect.flip(provide(model.generate("Hi")))
      assert.instanceOf(error, GuardrailError)
      assert.strictEqual(error.partial?.text, "")
      assert.strictEqual((yield* provide(model.generate("Hi"))).text, "good words")
      assert.strictEqual(inner.calls[0]?.request.temperature, 0)
      const events: Array<ChatEvent> = []
      yield* provide(Stream.runForEach(model.stream("Hi"), (event) => Effect.sync(() => void events.push(event))))
      assert.isFalse(events.some(({ type }) => type === "text-delta"))
      assert.strictEqual(events.at(-1)?.type, "finish")
    })
  )

  it.effect("of whole responses is typed by the capability of its model", () =>
    Effect.gen(function* () {
      const guard = (model: EmbeddingModel) =>
        model.pipe(
          Guard.make({
            name: "few",
            request: ({ inputs }) => (inputs.length > 2 ? Guard.reject("too many") : Guard.pass),
            response: ({ embeddings }) => (embeddings.length === 0 ? Guard.reject("none") : Guard.pass)
          })
        )
      assert.isFunction(guard)
      // A stream that passes is the one that the model made.
      const response = answer("a", { type: "reasoning", text: "b" })
      const model = ScriptedModel.make(response).pipe(Guard.make({ name: "all", response: () => Guard.pass }))
      assert.deepStrictEqual((yield* read(model)).events, toEvents(response))
    })
  )
})
