/** What a stream counts, in every protocol: no count falls, whatever the server leaves out or sets back later. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary } from "effect"
import { ChatResponse } from "../../src/domain/ChatResponse.ts"
import type { Usage } from "../../src/domain/Usage.ts"
import { AnthropicMessages } from "../../src/protocols/AnthropicMessages.ts"
import { BedrockConverse } from "../../src/protocols/BedrockConverse.ts"
import type { ChatProtocol } from "../../src/protocols/ChatProtocol.ts"
import { CohereChat } from "../../src/protocols/CohereChat.ts"
import { GoogleGenerateContent } from "../../src/protocols/GoogleGenerateContent.ts"
import { MistralChat } from "../../src/protocols/MistralChat.ts"
import { OllamaChat } from "../../src/protocols/OllamaChat.ts"
import { OpenAiChat } from "../../src/protocols/OpenAiChat.ts"
import { OpenAiResponses } from "../../src/protocols/OpenAiResponses.ts"
import { WatsonxChat } from "../../src/protocols/WatsonxChat.ts"
import * as Arb from "../domain/arbitraries.ts"
import { halvesOf, type Wire } from "./halves.ts"

interface Sample {
  readonly protocol: ChatProtocol<never>
  /** A frame in the middle of a stream that counts, and the frames that end it. */
  readonly counting: (usage: Wire) => Wire
  readonly end: ReadonlyArray<Wire>
}

const openAi = (protocol: ChatProtocol<never>): Sample => ({
  protocol,
  counting: (usage) => ({ choices: [{ delta: { content: "x" } }], usage }),
  end: [{ choices: [{ delta: {}, finish_reason: "stop" }] }]
})

const google = (usageMetadata: Wire) => ({ candidates: [{ content: { parts: [{ text: "x" }] } }], usageMetadata })

const samples: ReadonlyArray<Sample> = [
  openAi(OpenAiChat),
  openAi(MistralChat),
  openAi(WatsonxChat),
  {
    protocol: AnthropicMessages,
    counting: (usage) => ({ type: "message_delta", delta: {}, usage }),
    end: [{ type: "message_delta", delta: { stop_reason: "end_turn" } }, { type: "message_stop" }]
  },
  {
    protocol: OpenAiResponses,
    counting: (usage) => ({ type: "response.in_progress", response: { id: "r", usage } }),
    end: [{ type: "response.completed", response: { id: "r", status: "completed", output: [], usage: {} } }]
  },
  {
    protocol: GoogleGenerateContent,
    counting: google,
    end: [{ candidates: [{ finishReason: "STOP" }] }]
  },
  {
    protocol: BedrockConverse,
    counting: (usage) => ({ metadata: { usage } }),
    end: [{ messageStop: { stopReason: "end_turn" } }]
  },
  {
    protocol: OllamaChat,
    counting: (usage) => ({ message: { content: "x" }, ...usage }),
    end: [{ message: {}, done: true, done_reason: "stop" }]
  }
]

/** Counts of each protocol, as its own server half writes them. */
const wireOf = (protocol: ChatProtocol<never>, usage: Usage): Wire => {
  const response = ChatResponse.of({ content: [], finishReason: "stop", usage, warnings: [], attempts: [] })
  const written = halvesOf(protocol as ChatProtocol, "any").toBody(response)
  return protocol === OllamaChat
    ? { prompt_eval_count: written.prompt_eval_count, eval_count: written.eval_count }
    : (written.usage ?? written.usageMetadata)
}

/** What a server may make of counts that are not final: some are left out, empty or zero, or what cannot be counted. */
const spoilings: ReadonlyArray<(value: Wire, key: string) => Wire> = [
  (value) => (typeof value === "number" ? 0 : value),
  (value, key) => (key !== "" && key.length % 2 === 0 ? undefined : value),
  (value, key) => (key === "" ? {} : value),
  (value) => (typeof value === "number" ? null : value),
  (value) => (typeof value === "number" ? -value - 1 : value),
  (value) => (typeof value === "number" ? value + 0.5 : value),
  (value) => (typeof value === "number" ? String(value) : value)
]

const countersOf = ({ inputTokens, outputTokens, toolRequests }: Usage): Wire => {
  // What is neither cached nor reasoning is a remainder: it falls as soon as more of the rest is told.
  const { uncached: _, ...input } = inputTokens
  const { text: __, ...output } = outputTokens
  return {
    ...input,
    ...Object.fromEntries(Object.entries(output).map(([key, n]) => [`out ${key}`, n])),
    ...toolRequests
  }
}

const spoiled = Arbitrary.array(Arb.literal(...spoilings.keys()), { maxLength: 4 })

describe("the counts of a stream", () => {
  for (const { counting, end, protocol } of samples) {
    const { read } = halvesOf(protocol as ChatProtocol, "any")

    it.prop(
      `of ${protocol.id} never decrease, and end at the full counts`,
      { usage: Arb.usage, before: spoiled, after: spoiled },
      ({ after, before, usage }) => {
        const full = wireOf(protocol, usage)
        if (full === undefined || full === null) return
        const spoil = (index: number) =>
          JSON.parse(JSON.stringify(full, (key, value) => spoilings[index]?.(value, key)))
        const counted = [...before.map(spoil), full, ...after.map(spoil)]
        const frames = (usages: ReadonlyArray<Wire>) =>
          [...usages.map(counting), ...end].map((frame) => ({ data: JSON.stringify(frame) }))
        const { events, whole } = read(frames(counted))
        assert.isTrue(whole)
        let last: Wire = {}
        for (const event of events) {
          if (event.type !== "usage" && event.type !== "finish") continue
          const now = countersOf(event.usage)
          for (const [key, value] of Object.entries(last)) {
            if (typeof value === "number") assert.isAtLeast(now[key] ?? -1, value, key)
          }
          last = now
        }
        const alone = read(frames([full])).events.findLast(({ type }) => type === "finish") as Wire
        assert.deepStrictEqual(JSON.parse(JSON.stringify(last)), JSON.parse(JSON.stringify(countersOf(alone.usage))))
      },
      { arbitrary: { runs: 60 } }
    )
  }

  for (const { counting, end, protocol } of samples) {
    const { read } = halvesOf(protocol as ChatProtocol, "any")

    it.prop(
      `of ${protocol.id} may be written as strings, all of them or some`,
      { usage: Arb.usage, nth: Arb.nonNegativeInt(3) },
      ({ nth, usage }) => {
        const full = wireOf(protocol, usage)
        if (full === undefined || full === null) return
        let at = 0
        const asText = JSON.parse(
          JSON.stringify(full, (_, value) => (typeof value === "number" && at++ % (nth + 1) === 0 ? `${value}` : value))
        )
        const finish = (counted: ReadonlyArray<Wire>) =>
          read([...counted.map(counting), ...end].map((frame) => ({ data: JSON.stringify(frame) }))).events.findLast(
            ({ type }) => type === "finish"
          ) as Wire
        const counts = (counted: ReadonlyArray<Wire>) => {
          const { raw: _, reportedCost: __, ...usage } = finish(counted).usage
          return JSON.stringify(usage)
        }
        assert.strictEqual(counts([asText]), counts([full]))
        // None falls when it comes again, whichever way it is written.
        assert.strictEqual(counts([full, asText]), counts([full]))
        assert.strictEqual(counts([asText, full, asText]), counts([full]))
      },
      { arbitrary: { runs: 40 } }
    )
  }

  it("of Cohere come at the end, and are kept in `raw` if invalid", () => {
    const { read } = halvesOf(CohereChat as ChatProtocol, "cohere")
    const usage = { billed_units: { input_tokens: -3, output_tokens: "five" }, tokens: { input_tokens: 7.5 } }
    const { events } = read([
      { data: JSON.stringify({ type: "message-end", delta: { finish_reason: "COMPLETE", usage } }) }
    ])
    const finish = events.findLast(({ type }) => type === "finish") as Wire
    assert.isUndefined(finish.usage.inputTokens.total)
    assert.isUndefined(finish.usage.outputTokens.total)
    assert.deepStrictEqual(finish.usage.raw, usage)
  })
})
