import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ChatResponse, Usage } from "effect-llm"
import { Scenario } from "effect-llm/testing/Scenario"
import type { SimulatedRequest } from "effect-llm/testing/SimulatedRequest"
import { gateway } from "../gateway.ts"

type Wire = ReturnType<typeof JSON.parse>

const proof = "cHJvb2YgdGhhdCB0aGUgbW9kZWwgcmVhc29uZWQ="

/** Google proves reasoning by the call that it led to. */
const ofCall = "cHJvb2Ygb2YgYSBjYWxs"

/** Reasons and calls a tool, and after its result says what it is. */
const reasoning = Scenario.choose(({ protocol, request }: SimulatedRequest) => {
  const isSecond = request?.messages.some(({ role }) => role === "tool") === true
  const proven = protocol === "openai-responses" ? { id: "rs_1", encrypted: proof } : { signature: proof }
  const part = { type: "reasoning", text: "I look it up.", protocol, ...proven } as const
  const signed = { providerOptions: { "google-generate-content": { thoughtSignature: ofCall } } }
  const call = {
    ...({ type: "tool-call", id: "call_1", name: "look", input: { at: "a" } } as const),
    ...(protocol === "google-generate-content" && signed)
  }
  return Scenario.reply(
    new ChatResponse({
      content: isSecond ? [{ type: "text", text: "It is b." }] : [part, call],
      finishReason: isSecond ? "stop" : "tool-calls",
      usage: Usage.make({ input: 10, output: 5 }),
      warnings: [],
      attempts: []
    })
  )
})

const schema = { type: "object", properties: { at: { type: "string" } } }

/** What a client sends, and how it sends back what it received. */
interface Client {
  readonly path: (model: string, stream: boolean) => string
  readonly headers?: { readonly [name: string]: string }
  readonly request: (model: string, stream: boolean, turns: ReadonlyArray<Wire>) => Wire
  /** The turns that a response and the tool's result add. */
  readonly turns: (response: Wire) => ReadonlyArray<Wire>
  /** The response that a stream amounts to. */
  readonly joined: (events: ReadonlyArray<Wire>) => Wire
}

const clients: { readonly [name: string]: Client } = {
  anthropic: {
    path: () => "/v1/messages",
    headers: { "anthropic-version": "2023-06-01" },
    request: (model, stream, turns) => ({
      model,
      stream,
      max_tokens: 2000,
      tools: [{ name: "look", input_schema: schema }],
      messages: [{ role: "user", content: "What is at a?" }, ...turns]
    }),
    turns: ({ content }) => [
      { role: "assistant", content },
      { role: "user", content: [{ type: "tool_result", tool_use_id: content.at(-1).id, content: "b" }] }
    ],
    joined: (events) => {
      const content: Array<Wire> = []
      for (const { content_block, delta, index, type } of events) {
        if (type === "content_block_start") content[index] = { ...content_block, json: "" }
        if (type !== "content_block_delta") continue
        const block = content[index]
        if (delta.type === "thinking_delta") block.thinking += delta.thinking
        if (delta.type === "signature_delta") block.signature = delta.signature
        if (delta.type === "input_json_delta") block.json += delta.partial_json
      }
      for (const block of content) if (block.json !== "") block.input = JSON.parse(block.json)
      return { content }
    }
  },
  responses: {
    path: () => "/v1/responses",
    request: (model, stream, turns) => ({
      model,
      stream,
      store: false,
      include: ["reasoning.encrypted_content"],
      tools: [{ type: "function", name: "look", parameters: schema }],
      input: [{ role: "user", content: "What is at a?" }, ...turns]
    }),
    turns: ({ output }) => [...output, { type: "function_call_output", call_id: output.at(-1).call_id, output: "b" }],
    joined: (events) => events.find(({ type }) => type === "response.completed")?.response
  },
  google: {
    path: (model, stream) => `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    request: (_model, _stream, turns) => ({
      tools: [{ functionDeclarations: [{ name: "look", parameters: schema }] }],
      contents: [{ role: "user", parts: [{ text: "What is at a?" }] }, ...turns]
    }),
    // gemini-cli sends no thoughts back.
    turns: ({ candidates: [{ content }] }) => [
      { role: "model", parts: content.parts.filter(({ thought }: Wire) => thought !== true) },
      { role: "user", parts: [{ functionResponse: { name: "look", response: { output: "b" } } }] }
    ],
    joined: (events) => ({
      candidates: [{ content: { parts: events.flatMap(({ candidates: [{ content }] }) => content?.parts ?? []) } }]
    })
  },
  chat: {
    path: () => "/v1/chat/completions",
    request: (model, stream, turns) => ({
      model,
      stream,
      tools: [{ type: "function", function: { name: "look", parameters: schema } }],
      messages: [{ role: "user", content: "What is at a?" }, ...turns]
    }),
    turns: ({ choices: [{ message }] }) => [
      message,
      { role: "tool", tool_call_id: message.tool_calls[0].id, content: "b" }
    ],
    joined: (events) => {
      const deltas = events.map(({ choices: [choice] }) => choice?.delta ?? {})
      const calls = deltas.flatMap(({ tool_calls }) => tool_calls ?? [])
      const [{ function: named, id, type }] = calls
      const args = calls.map((call) => call.function?.arguments ?? "").join("")
      const message = {
        role: "assistant",
        content: null,
        reasoning_details: deltas.flatMap(({ reasoning_details }) => reasoning_details ?? []),
        tool_calls: [{ id, type, function: { name: named.name, arguments: args } }]
      }
      return { choices: [{ message }] }
    }
  }
}

const upstreams = ["openai-responses", "anthropic", "google", "bedrock-converse"]

const eventsIn = (text: string): ReadonlyArray<Wire> =>
  [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json = ""]) => JSON.parse(json))

/** A gateway whose models reason; `ask` goes through both turns, and returns what the second sent upstream. */
const reasoningGateway = Effect.gen(function* () {
  const { send, simulator } = yield* gateway(
    `models:
  openai-responses: responses/m
  anthropic: anthropic/m
  google: google/gemini-3-pro
  bedrock-converse: bedrock/anthropic.claude
`,
    { simulator: { otherwise: reasoning } }
  )
  const ask = Effect.fnUntraced(function* (client: Client, first: string, second: string, stream: boolean) {
    const { headers, joined, path, request, turns } = client
    const one = yield* send(path(first, stream), request(first, stream, []), headers)
    assert.strictEqual(one.status, 200, one.text)
    const response = stream ? joined(eventsIn(one.text)) : JSON.parse(one.text)
    const two = yield* send(path(second, stream), request(second, stream, turns(response)), headers)
    assert.strictEqual(two.status, 200, two.text)
    return JSON.stringify((yield* simulator.requests).at(-1)?.body)
  })
  return { ask }
})

describe("Reasoning", () => {
  for (const [name, client] of Object.entries(clients))
    it.live(`returns to the model that signed it, through clients of ${name}`, () =>
      Effect.gen(function* () {
        const { ask } = yield* reasoningGateway
        for (const upstream of upstreams)
          for (const stream of [false, true]) {
            const sent = yield* ask(client, upstream, upstream, stream)
            // Google's own clients give back what Google gave them, and that is not our affair.
            if (name === "google" && upstream === "google") continue
            assert.include(sent, proof, `${upstream}, ${stream ? "streamed" : "whole"}`)
            assert.include(sent, "I look it up.")
            if (upstream === "google") assert.include(sent, `"thoughtSignature":"${ofCall}"`)
          }
      })
    )

  it.live("of one provider never reaches another as its own", () =>
    Effect.gen(function* () {
      const { ask } = yield* reasoningGateway
      const anthropic = clients.anthropic
      if (anthropic === undefined) return assert.fail()
      for (const first of ["openai-responses", "google", "bedrock-converse"]) {
        const sent = yield* ask(anthropic, first, "anthropic", true)
        assert.notInclude(sent, "thinking", first)
        assert.include(sent, '"tool_use"')
      }
    })
  )
})
