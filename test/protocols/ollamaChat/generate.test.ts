import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { foldEvents, toEvents } from "../../../src/domain/ChatFold.ts"
import type { AssistantPart } from "../../../src/domain/Message.ts"
import { OllamaChat } from "../../../src/protocols/OllamaChat.ts"
import { OllamaGenerate } from "../../../src/protocols/OllamaGenerate.ts"
import * as Arb from "../../domain/arbitraries.ts"
import { halvesOf, json, type Wire } from "../halves.ts"

const { decode, read, toBody, toFrames } = halvesOf({ ...OllamaChat, ...OllamaGenerate }, "ollama")

const responses = Arb.response({
  content: Arbitrary.array(Arb.oneOf<AssistantPart>(Arb.textPart, Arb.plainReasoningPart), { maxLength: 4 })
})

const normal = (response: Wire): Wire =>
  json({
    text: response.content.map((part: Wire) => (part.type === "text" ? part.text : "")).join(""),
    reasoning: response.reasoningText,
    model: response.model,
    finishReason: response.finishReason,
    input: response.usage.inputTokens.total,
    output: response.usage.outputTokens.total
  })

/** Calls have no place in a completion. */
const withoutCalls = (response: Wire): Wire => ({
  ...normal(response),
  finishReason: response.finishReason === "tool-calls" ? "stop" : response.finishReason
})

const given = (body: Wire) => Result.getOrThrow(OllamaGenerate.decodeRequest(body))

describe("a completion of Ollama", () => {
  it.prop(
    "survives the wire whole and as a stream",
    [responses],
    ([response]) => {
      const texts = { ...response, content: response.content.filter(({ type }) => type !== "tool-call") }
      const frames = toFrames(toEvents(response))
      assert.deepStrictEqual(
        normal(decode(toBody(response))),
        withoutCalls({ ...texts, reasoningText: response.reasoningText })
      )
      assert.deepStrictEqual(normal(foldEvents(read(frames).events)), normal(decode(toBody(response))))
      for (let count = 0; count < frames.length; count++) assert.isFalse(read(frames.slice(0, count)).whole)
    },
    { arbitrary: { runs: 60 } }
  )

  it.prop("has a prompt, which becomes a message", [Schema.NonEmptyString, Schema.String], ([prompt, system]) => {
    const { messages } = given({ model: "m", prompt, system }).request
    const roles = system === "" ? ["user"] : ["system", "user"]
    assert.deepStrictEqual(
      messages.map(({ role }) => role),
      roles as Wire
    )
    assert.deepStrictEqual(messages.at(-1)?.content, [{ type: "text", text: prompt }])
  })

  it("is streamed by default, and keeps fields that a chat lacks", () => {
    const { model, request, stream } = given({
      model: "m",
      prompt: "p",
      images: ["AQI="],
      format: "json",
      think: "high",
      keep_alive: "1h",
      options: { temperature: 0.5, num_ctx: 4096 }
    })
    assert.deepStrictEqual([model, stream], ["m", true])
    assert.deepInclude(request, {
      temperature: 0.5,
      responseFormat: { type: "json" },
      reasoning: { effort: "high" },
      providerOptions: { [OllamaChat.id]: { keep_alive: "1h", options: { num_ctx: 4096 } } }
    })
    assert.strictEqual(request.messages[0]?.content[1]?.type, "image")
  })

  it("without a prompt has no messages", () => {
    for (const body of [{ model: "m" }, { model: "m", prompt: "" }, { model: "m", prompt: null, system: "s" }])
      assert.lengthOf(given(body).request.messages, 0)
  })

  it("of the wrong form is rejected with its path", () => {
    const wrong: ReadonlyArray<readonly [Wire, string]> = [
      [{ model: "m", prompt: 1 }, "prompt"],
      [{ model: "m", prompt: "p", system: [] }, "system"],
      [{ model: "m", prompt: "p", raw: true }, "raw"],
      [{ model: "m", prompt: "p", suffix: "s" }, "suffix"]
    ]
    for (const [body, at] of wrong)
      assert.strictEqual(Result.getOrThrow(Result.flip(OllamaGenerate.decodeRequest(body))).at, at)
    assert.isTrue(Result.isFailure(OllamaGenerate.decodeRequest([])))
    assert.isTrue(Result.isFailure(OllamaGenerate.decodeRequest({ prompt: "p" })))
  })
})
