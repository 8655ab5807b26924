import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { type ChatEvent, ChatRequest, type ChatResponse, type ChatProtocol } from "effect-llm"
import { OpenAiChat } from "effect-llm/protocols/OpenAiChat"
import { OpenAiEmbeddings } from "effect-llm/protocols/embeddings/Embeddings"
import { foldEvents } from "../../src/domain/ChatFold.ts"
import { expecting } from "../../src/client/Expecting.ts"

const options = { provider: "llama-cpp", model: "m" }
const tools = [{ name: "f", inputSchema: { type: "object", properties: {} } }]
const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } }
const top = [1, 2, 3].map((n) => ({ token: `t${n}`, logprob: -n }))
const logprobs = { content: [{ token: "a", logprob: -1, top_logprobs: top }] }

const both = (
  request: ChatRequest.ChatRequest,
  message: object,
  finish_reason = "stop",
  isSingleCall = false
): ReadonlyArray<ChatResponse> => {
  const protocol: ChatProtocol.ChatProtocol<never> = expecting(
    OpenAiChat as ChatProtocol.ChatProtocol<never>,
    request,
    isSingleCall
  )
  const events: Array<ChatEvent.ChatEvent> = []
  const decoder = protocol.makeDecoder(options)
  const chunk = { choices: [{ delta: message, logprobs, finish_reason }] }
  for (const data of [JSON.stringify(chunk), "[DONE]"]) decoder.decode({ data }, events)
  assert.isTrue(decoder.end(events))
  const body = { choices: [{ message, logprobs, finish_reason }] }
  return [Result.getOrThrow(protocol.decodeResponse(body, options)), foldEvents(events)]
}

describe("what a server ignores", () => {
  const request = (more: object) => ChatRequest.make({ messages: "Hi", tools, ...more })

  it("causes a warning if a required tool call is missing", () => {
    for (const toolChoice of ["required", { tool: "f" }] as const) {
      for (const { warnings } of both(request({ toolChoice }), { content: "No." })) {
        assert.deepStrictEqual(
          warnings.map(({ parameter, type }) => [type, parameter]),
          [["unsupported-parameter", "toolChoice"]]
        )
      }
    }
    for (const [toolChoice, message, reason] of [
      ["required", { tool_calls: [call] }, "tool_calls"],
      ["required", { content: "N" }, "length"],
      ["auto", { content: "No." }, "stop"]
    ] as const) {
      for (const { warnings } of both(request({ toolChoice }), message, reason)) assert.deepStrictEqual(warnings, [])
    }
  })

  it("is left out, with a warning, if there is more than one call", () => {
    const calls = ["c", "d", "e"].map((id, index) => Object.assign({}, call, { id, index }))
    for (const [message, warned] of [
      [{ tool_calls: calls }, ["parallelToolCalls"]],
      [{ tool_calls: calls.slice(0, 1) }, []],
      [{ content: "No." }, []]
    ] as const) {
      for (const { toolCalls, warnings } of both(
        request({}),
        message,
        "content" in message ? "stop" : "tool_calls",
        true
      )) {
        assert.deepStrictEqual(
          toolCalls.map(({ id }) => id),
          "content" in message ? [] : ["c"]
        )
        assert.deepStrictEqual<unknown>(
          warnings.map(({ parameter }) => parameter),
          warned
        )
      }
    }
    for (const { toolCalls } of both(request({}), { tool_calls: calls }, "tool_calls")) assert.lengthOf(toolCalls, 3)
  })

  it("is left out if there are more alternatives than requested", () => {
    for (const [most, expected] of [
      [0, undefined],
      [2, ["t1", "t2"]],
      [5, ["t1", "t2", "t3"]]
    ] as const) {
      for (const response of both(request({ logprobs: most }), { content: "a" })) {
        assert.deepStrictEqual<unknown>(
          response.logprobs?.[0]?.top?.map(({ token }) => token),
          expected
        )
      }
    }
  })

  it("causes a warning if embeddings have another length", () => {
    const read = (dimensions: number | undefined, vector: ReadonlyArray<number>) => {
      const request = { inputs: ["a"], ...(dimensions === undefined ? {} : { dimensions }) }
      const body = { data: [{ index: 0, embedding: vector }], model: "m" }
      return Result.getOrThrow(OpenAiEmbeddings.decodeResponse(body, { ...options, request, headers: {} } as never))
        .warnings
    }
    assert.deepStrictEqual(
      read(2, [1, 2, 3]).map(({ parameter }) => parameter),
      ["dimensions"]
    )
    assert.deepStrictEqual([read(3, [1, 2, 3]), read(undefined, [1])], [[], []])
  })
})
