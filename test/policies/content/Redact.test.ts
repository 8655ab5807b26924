import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { AllFailedError } from "../../../src/domain/AllFailedError.ts"
import type { ChatEvent } from "../../../src/domain/ChatEvent.ts"
import type { ChatRequest } from "../../../src/domain/ChatRequest.ts"
import { partialOf } from "../../../src/domain/ProviderError.ts"
import * as Detector from "../../../src/policies/Detector.ts"
import * as Fallback from "../../../src/policies/Fallback.ts"
import * as Redact from "../../../src/policies/Redact.ts"
import * as ScriptedModel from "../../../src/testing/ScriptedModel.ts"
import { forEveryCall, scripted } from "../capabilities.ts"
import { answer, cutAt, Cuts, malformed, read, textEvents, textOf } from "./answers.ts"

const found = (detector: Detector.Detector, text: string) => Detector.find([detector], text).map((span) => span.text)

describe("Detector", () => {
  it("finds emails", () => {
    assert.deepStrictEqual(
      found(Detector.email, "Ask ann.b+c@mail.example.co.uk, <bob@exämple.de>. Not a@b or @c.de"),
      ["ann.b+c@mail.example.co.uk", "bob@exämple.de"]
    )
  })
  it("finds card numbers by their check digit", () => {
    const text =
      "4111 1111 1111 1111, 378282246310005, 5555-5555-5555-4444 12/27, 4111 1111 1111 1112, order 1234567890123"
    assert.deepStrictEqual(found(Detector.creditCard, text), [
      "4111 1111 1111 1111",
      "378282246310005",
      "5555-5555-5555-4444"
    ])
  })
  it("finds account numbers by their checksum and length", () => {
    const text = "DE89 3704 0044 0532 0130 00 is one, gb82WEST12345698765432 too; DE88 3704 0044 0532 0130 00 is not"
    assert.deepStrictEqual(found(Detector.iban, text), ["DE89 3704 0044 0532 0130 00", "gb82WEST12345698765432"])
  })
  it("finds keys and telephone numbers", () => {
    const key = `sk-proj-${"aB3".repeat(12)}`
    const pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIB\nxyz==\n-----END RSA PRIVATE KEY-----"
    assert.deepStrictEqual(found(Detector.apiKey, `key=${key} AKIAIOSFODNN7EXAMPLE ask-me ${pem}`), [
      key,
      "AKIAIOSFODNN7EXAMPLE",
      pem
    ])
    assert.deepStrictEqual(found(Detector.phoneNumber, "+49 (30) 1234-5678, +1-202-555-0123, 1+2345, 2026-01-02"), [
      "+49 (30) 1234-5678",
      "+1-202-555-0123"
    ])
  })
  it("takes time linear in the text", () => {
    for (const piece of [
      "a@",
      "4 ",
      "41",
      "DE12 ",
      "+1 ",
      "sk-",
      "eyJaaaaaaaaaa.",
      "-----BEGIN PRIVATE KEY-----",
      "a."
    ]) {
      const text = piece.repeat(30_000 / piece.length)
      const start = process.cpuUsage()
      Detector.find(Detector.standard, text)
      assert.isBelow(process.cpuUsage(start).user / 1000, 500, piece)
    }
  })
})

const secrets = ["ann@example.com", "bob@example.org", "4111 1111 1111 1111", "+49 30 12345678"]
const conversation = textOf(...secrets, " ", "and ", "[EMAIL_", "]", "[", "1", "x ")

describe("Redact", () => {
  it.effect.prop(
    "sends no secret, and restores all of them for the reader, however the text is cut",
    { text: conversation, cuts: Cuts },
    Effect.fnUntraced(function* ({ cuts, text }) {
      const echo = ScriptedModel.make<never>((request) => ({ answer: textEvents(cutAt(textOfRequest(request), cuts)) }))
      const cut = yield* read(echo.pipe(Redact.make()), text)
      assert.strictEqual(cut.response.text, text)
      assert.deepStrictEqual(malformed(cut.events), [])
      assert.strictEqual((yield* echo.pipe(Redact.make()).generate(text)).text, text)
      for (const { request } of echo.calls) {
        assert.deepStrictEqual(Detector.find(Detector.standard, textOfRequest(request)), [])
      }
    }),
    { arbitrary: { runs: 100 } }
  )

  it.effect("takes time linear in the secrets of a conversation, and in a response with all their placeholders", () =>
    Effect.gen(function* () {
      const all = Array.from({ length: 20_000 }, (_, index) => `a${index}@example.com`)
      const messages = [...all, "[EMAIL_7] is mine"]
      const echo = ScriptedModel.make<never>((request) => textOfRequest(request))
      const start = process.cpuUsage()
      const { text } = yield* echo.pipe(Redact.make()).generate({ messages })
      // A tenth of this; four times it and more where each secret is compared with all texts.
      assert.isBelow(process.cpuUsage(start).user / 1000, 2000)
      assert.isTrue(text === messages.join(""))
      const [sent] = echo.calls
      assert.notInclude(sent === undefined ? "@" : textOfRequest(sent.request), "@")
    })
  )

  it.effect("keeps the placeholder of a value while the conversation grows", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make("ok")
      const redacted = model.pipe(Redact.make())
      const first = { role: "user", content: "ann@example.com or bob@example.org?" } as const
      yield* redacted.generate({ messages: [first] })
      const later = [{ role: "assistant", content: "ann@example.com" }, "bob@example.org and eve@example.net"] as const
      yield* redacted.generate({ messages: [first, ...later] })
      const [one, two] = model.calls.map(({ request }) => request.messages.map((message) => JSON.stringify(message)))
      assert.strictEqual(two?.[0], one?.[0])
      assert.include(two?.[1], "[EMAIL_1]")
      assert.include(two?.[2], "[EMAIL_2] and [EMAIL_3]")
    })
  )

  it.effect("restores the inputs of tool calls, and leaves reasoning unchanged", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make(
        answer(
          { type: "reasoning", text: "write to [EMAIL_1]", signature: "s" },
          { type: "tool-call", id: "a", name: "send", input: { to: "[EMAIL_1]", cc: ["[EMAIL_1] "] } },
          "Sent to [EMAIL_1]."
        )
      )
      const request = 'Write to "ann@example.com"'
      const whole = yield* model.pipe(Redact.make()).generate(request)
      const cut = yield* read(model.pipe(Redact.make()), request)
      for (const response of [whole, cut.response]) {
        assert.strictEqual(response.text, "Sent to ann@example.com.")
        assert.deepStrictEqual(response.toolCalls[0]?.input, { to: "ann@example.com", cc: ["ann@example.com "] })
        assert.strictEqual(response.reasoningText, "write to [EMAIL_1]")
      }
      assert.deepStrictEqual(malformed(cut.events), [])
      // The next turn: the signed reasoning is sent back byte for byte, and the call redacted again.
      const answered = [
        whole.message,
        { role: "tool", content: [{ type: "tool-result", id: "a", output: "ok" }] }
      ] as const
      yield* model.pipe(Redact.make()).generate({ messages: [request, ...answered] })
      const sent = model.calls.at(-1)?.request.messages[1]
      assert.deepStrictEqual(sent?.content, model.calls.length > 0 ? (yield* model.generate("x")).content : [])
    })
  )

  it.effect("may show placeholders, and have custom placeholders and detectors", () =>
    Effect.gen(function* () {
      const echo = ScriptedModel.make((request) => textOfRequest(request))
      const options = {
        detectors: [Detector.make("TICKET", /ACME-\d{1,5}/)],
        placeholder: (detector: string, n: number) => `<${detector}:${n}>`
      }
      const text = "ACME-1, ACME-2, ACME-1, ann@example.com"
      const shown = yield* echo.pipe(Redact.make({ ...options, restore: false })).generate(text)
      assert.strictEqual(shown.text, "<TICKET:1>, <TICKET:2>, <TICKET:1>, ann@example.com")
      assert.strictEqual((yield* echo.pipe(Redact.make(options)).generate(text)).text, text)
    })
  )

  it.effect("restores the partial response in an error and in each of its attempts", () =>
    Effect.gen(function* () {
      const cut = { answer: "to [EMAIL_1] and more words", after: 3 }
      const model = ScriptedModel.make(cut)
      const { exit } = yield* read(model.pipe(Redact.make()), "ann@example.com")
      assert.strictEqual(partialOf((exit as { readonly failure: unknown }).failure)?.text, "to ann@example.com and")
      const chain = Fallback.make([model])
      const failed = yield* read(chain.pipe(Redact.make()), "ann@example.com")
      const error = (failed.exit as { readonly failure: AllFailedError }).failure
      assert.deepStrictEqual(
        error.attempts.map(({ error }) => partialOf(error)?.text),
        ["to ann@example.com and"]
      )
    })
  )

  /** What is sent, and what the reader gets of a model that repeats it. */
  const echoed = Effect.fnUntraced(function* (text: string, options?: Redact.RedactOptions) {
    const echo = ScriptedModel.make<never>((request) => textOfRequest(request))
    const { text: shown } = yield* echo.pipe(Redact.make(options)).generate(text)
    return [echo.calls.map(({ request }) => textOfRequest(request))[0], shown]
  })

  it.effect("does not reuse placeholders that the caller wrote, compared whole and not by prefix", () =>
    Effect.gen(function* () {
      const phone = "+49 30 12345678"
      for (const [text, sent] of [
        ["[EMAIL_1] is not ann@example.com", "[EMAIL_1] is not [EMAIL_2]"],
        [`[PHONE_1]: ann@example.com, ${phone}`, "[PHONE_1]: [EMAIL_1], [PHONE_2]"],
        ["[EMAIL_2 ann@example.com [EMAIL_12]", "[EMAIL_2 [EMAIL_1] [EMAIL_12]"]
      ] as const) {
        assert.deepStrictEqual(yield* echoed(text), [sent, text])
      }
      const numbered = (_: string, n: number) => `${n}#x`
      assert.deepStrictEqual(yield* echoed("1#x ann@example.com", { placeholder: numbered }), [
        "1#x 2#x",
        "1#x ann@example.com"
      ])
      assert.deepStrictEqual(yield* echoed("[EMAIL_1] ann@example.com", { restore: false }), [
        "[EMAIL_1] [EMAIL_1]",
        "[EMAIL_1] [EMAIL_1]"
      ])
    })
  )

  it.effect("assigns a placeholder even if the model wrote the same text", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make("ok")
      const written = { role: "assistant", content: "[EMAIL_1]" } as const
      yield* model.pipe(Redact.make()).generate({ messages: ["ann@example.com", written, "?"] })
      assert.include(JSON.stringify(model.calls[0]?.request.messages[0]), "[EMAIL_1]")
    })
  )

  it.effect("restores the longest placeholder, the first value of a duplicate, and no empty one", () =>
    Effect.gen(function* () {
      const two = "ann@example.com bob@example.org"
      const growing = (_: string, n: number) => `#${"1".repeat(n)}`
      assert.deepStrictEqual(yield* echoed(two, { placeholder: growing }), ["#1 #11", two])
      const first = "ann@example.com ann@example.com"
      assert.deepStrictEqual(yield* echoed(two, { placeholder: () => "[X]" }), ["[X] [X]", first])
      // One that the caller wrote is given up on after so many tries.
      assert.deepStrictEqual(yield* echoed("[X] ann@example.com", { placeholder: () => "[X]" }), ["[X] [X]", first])
      const empty = (detector: string) => (detector === "EMAIL" ? "" : "[T]")
      assert.deepStrictEqual(yield* echoed("[ann@example.com +49 30 12345678 [T", { placeholder: empty }), [
        "[ [T] [T",
        "[ +49 30 12345678 [T"
      ])
    })
  )

  it.effect("holds back no more than what may be a placeholder, and nothing when placeholders are shown", () =>
    Effect.gen(function* () {
      const deltas = Effect.fnUntraced(function* (pieces: ReadonlyArray<string>, options?: Redact.RedactOptions) {
        const model = ScriptedModel.make<never>({ answer: textEvents(pieces) })
        const { events } = yield* read(model.pipe(Redact.make(options)), "ann@example.com")
        return events.flatMap((event) => (event.type === "text-delta" ? [event.delta] : []))
      })
      assert.deepStrictEqual(yield* deltas(["[EMA", "x", "[EMAIL_1", "]", "b["]), [
        "[EMAx",
        "ann@example.com",
        "b",
        "["
      ])
      assert.deepStrictEqual(yield* deltas(["[EMAIL", "_1]"], { restore: false }), ["[EMAIL", "_1]"])
    })
  )

  it.effect("sends signed reasoning unchanged, and no secret in other reasoning", () =>
    Effect.gen(function* () {
      const model = ScriptedModel.make("ok")
      const turn = [
        { type: "reasoning", text: "signed ann@example.com", signature: "s" },
        { type: "reasoning", text: "plain ann@example.com" }
      ] as const
      yield* model.pipe(Redact.make()).generate({ messages: ["Hi", { role: "assistant", content: turn }, "?"] })
      assert.deepStrictEqual(model.calls[0]?.request.messages[1]?.content, [
        turn[0],
        { type: "reasoning", text: "plain [EMAIL_1]" }
      ])
    })
  )

  it.effect("keeps log probabilities only if nothing was restored", () =>
    Effect.gen(function* () {
      const logprobs: ChatEvent = { type: "logprobs", logprobs: [{ token: "a", logprob: -1 }] }
      for (const [text, kept] of [
        ["a [EMAIL_2]", true],
        ["a [EMAIL_1]", false]
      ] as const) {
        const [start, ...rest] = textEvents([text])
        const model = ScriptedModel.make<never>({ answer: [start!, logprobs, ...rest] })
        const { events } = yield* read(model.pipe(Redact.make()), "ann@example.com")
        assert.strictEqual(events.includes(logprobs), kept)
      }
    })
  )

  forEveryCall("holds for every capability", (call) => {
    it.effect(call.name, () =>
      Effect.gen(function* () {
        const calls: Array<{ readonly request: unknown }> = []
        const request = JSON.parse(
          JSON.stringify(call.request)
            .replace(/"Hi"/, '"ann@example.com"')
            .replace(/"one"/, '{"a":["ann@example.com"]}')
        )
        yield* Effect.exit(
          call.run(scripted(call, [{ ...turn, end: "server", after: -1 }], calls as never).pipe(Redact.make()), {
            request
          })
        )
        assert.include(JSON.stringify(calls[0]?.request), "[EMAIL_1]")
        assert.notInclude(JSON.stringify(calls[0]?.request), "ann@")
      })
    )
  })
})

const turn = { after: 0, together: 1, wait: 0 } as const

const textOfRequest = ({ messages }: ChatRequest): string =>
  messages.flatMap(({ content }) => content.map((part) => (part.type === "text" ? part.text : ""))).join("")
