/** The ids of tool calls, in every protocol: results are matched by them over a whole conversation. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Random } from "effect"
import { foldEvents } from "../../src/domain/ChatFold.ts"
import type { ChatResponse } from "../../src/domain/ChatResponse.ts"
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
import { withCallIds } from "../../src/protocols/wire/request/ToolIdentifiers.ts"
import { halvesOf, type Wire } from "./halves.ts"

interface Sample {
  readonly protocol: ChatProtocol<never>
  /** A response with two calls; `id` is what each of them has as its own. */
  readonly body: (id: Wire) => Wire
  readonly frames: (id: Wire) => ReadonlyArray<Wire>
}

const call = (id: Wire) => ({ id, type: "function", function: { name: "f", arguments: "{}" } })

const openAi = (protocol: ChatProtocol<never>): Sample => ({
  protocol,
  body: (id) => ({ choices: [{ message: { tool_calls: [call(id), call(id)] }, finish_reason: "tool_calls" }] }),
  frames: (id) => [
    {
      choices: [
        {
          delta: {
            tool_calls: [
              { index: 0, ...call(id) },
              { index: 1, ...call(id) }
            ]
          }
        }
      ]
    },
    { choices: [{ delta: {}, finish_reason: "tool_calls" }] }
  ]
})

const item = (id: Wire) => ({ type: "function_call", call_id: id, name: "f", arguments: "{}" })
const part = (id: Wire) => ({ functionCall: { id, name: "f", args: {} } })
const googleBody = (id: Wire) => ({ candidates: [{ content: { parts: [part(id), part(id)] }, finishReason: "STOP" }] })
const ollamaBody = (id: Wire) => ({
  message: { tool_calls: [1, 2].map(() => ({ id, function: { name: "f", arguments: {} } })) },
  done: true
})

const samples: ReadonlyArray<Sample> = [
  openAi(OpenAiChat),
  openAi(MistralChat),
  openAi(WatsonxChat),
  {
    protocol: AnthropicMessages,
    body: (id) => ({
      content: [1, 2].map(() => ({ type: "tool_use", id, name: "f", input: {} })),
      stop_reason: "tool_use"
    }),
    frames: (id) => [
      ...[0, 1].map((index) => ({
        type: "content_block_start",
        index,
        content_block: { type: "tool_use", id, name: "f", input: {} }
      })),
      { type: "message_delta", delta: { stop_reason: "tool_use" } },
      { type: "message_stop" }
    ]
  },
  {
    protocol: OpenAiResponses,
    body: (id) => ({ status: "completed", output: [item(id), item(id)] }),
    frames: (id) => [
      { type: "response.output_item.added", output_index: 0, item: item(id) },
      { type: "response.output_item.done", output_index: 0, item: item(id) },
      { type: "response.output_item.added", output_index: 1, item: item(id) },
      { type: "response.completed", response: { status: "completed", output: [item(id), item(id)] } }
    ]
  },
  { protocol: GoogleGenerateContent, body: googleBody, frames: (id) => [googleBody(id)] },
  {
    protocol: BedrockConverse,
    body: (id) => ({
      output: { message: { content: [1, 2].map(() => ({ toolUse: { toolUseId: id, name: "f", input: {} } })) } },
      stopReason: "tool_use"
    }),
    frames: (id) => [
      ...[0, 1].map((contentBlockIndex) => ({
        contentBlockStart: { contentBlockIndex, start: { toolUse: { toolUseId: id, name: "f" } } }
      })),
      { messageStop: { stopReason: "tool_use" } }
    ]
  },
  {
    protocol: CohereChat,
    body: (id) => ({ message: { tool_calls: [call(id), call(id)] }, finish_reason: "TOOL_CALL" }),
    frames: (id) => [
      ...[0, 1].map((index) => ({
        type: "tool-call-start",
        index,
        delta: { message: { tool_calls: call(id) } }
      })),
      { type: "message-end", delta: { finish_reason: "TOOL_CALL" } }
    ]
  },
  { protocol: OllamaChat, body: ollamaBody, frames: (id) => [ollamaBody(id)] }
]

const idsOf = ({ toolCalls }: ChatResponse): ReadonlyArray<string> => {
  assert.strictEqual(toolCalls.length, 2)
  return toolCalls.map(({ id }) => id)
}

describe("tool calls with the same id", () => {
  for (const { body, frames, protocol } of samples) {
    const halves = halvesOf(protocol as ChatProtocol, "any")

    it(`of ${protocol.id} get distinct ids, and the first keeps the server's`, () => {
      const whole = idsOf(halves.decode(body("call_1")))
      const { events } = halves.read(frames("call_1").map((frame) => ({ data: JSON.stringify(frame) })))
      assert.deepStrictEqual(whole, ["call_1", "call_1_1"])
      assert.deepStrictEqual(idsOf(foldEvents(events)), whole)
      const begun = events.flatMap((event) => (event.type === "tool-input-start" ? [event.id] : []))
      const ended = events.flatMap((event) => (event.type === "tool-call" ? [event.id] : []))
      assert.deepStrictEqual([begun, ended], [whole, whole])
    })
  }
})

describe("calls without an id", () => {
  for (const { body, frames, protocol } of samples) {
    const halves = halvesOf(protocol as ChatProtocol, "any")
    const responses = (id: Wire): ReadonlyArray<string> => [
      ...idsOf(halves.decode(body(id))),
      ...idsOf(halves.fold(frames(id).map((frame) => ({ data: JSON.stringify(frame) }))))
    ]
    const turn = Effect.sync(() => [undefined, null, ""].flatMap(responses))

    it(`of ${protocol.id} get an id that is new in the conversation`, () => {
      const ids = Effect.runSync(Effect.flatMap(turn, (first) => Effect.map(turn, (second) => [...first, ...second])))
      assert.strictEqual(new Set(ids).size, ids.length)
      for (const id of ids) assert.match(id, /^[\w-]{1,40}$/)
    })

    it(`of ${protocol.id} get an id from the seeded Random`, () => {
      const seeded = Random.withSeed(turn, "seed")
      assert.deepStrictEqual(Effect.runSync(seeded), Effect.runSync(seeded))
    })
  }
})

describe("very many calls", () => {
  const count = 20_000
  const of = (id: (index: number) => string) => {
    const all = Array.from({ length: count }, (_, index) => call(id(index)))
    return halvesOf(OpenAiChat, "openai").decode({ choices: [{ message: { tool_calls: all } }] })
  }
  const distinct = ({ toolCalls }: ChatResponse) => new Set(toolCalls.map(({ id }) => id)).size

  // Far more than it takes, and far less than it would take if each call were compared with all others.
  const timeout = 8000

  it("of a response are distinguished by their ids", { timeout }, () => {
    assert.strictEqual(distinct(of((index) => `c${index}`)), count)
  })

  it("of a response with the same id get distinct ids, also when they are sent back", { timeout }, () => {
    const { toolCalls } = of(() => "c")
    assert.strictEqual(distinct(of(() => "c")), count)
    const same = toolCalls.map(({ name }) => ({ type: "tool-call" as const, id: "c", name, input: {} }))
    for (const content of [toolCalls, same]) {
      const results = content.map(({ id }) => ({ type: "tool-result" as const, id, output: "ok" }))
      const fitted = withCallIds(
        [
          { role: "assistant", content },
          { role: "tool", content: results }
        ],
        (id) => id
      )
      const [calls, answers] = fitted.map(({ content }) => content.map((one) => ("id" in one ? one.id : undefined)))
      assert.strictEqual(new Set(calls).size, count)
      assert.deepStrictEqual(answers, calls)
    }
  })
})
