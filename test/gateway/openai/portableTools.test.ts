import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ChatResponse, Usage } from "effect-llm"
import type { Json } from "effect-llm/domain/Json"
import { Scenario } from "effect-llm/testing/Scenario"
import { gateway } from "../gateway.ts"

type Wire = ReturnType<typeof JSON.parse>

const patch = '*** Begin Patch\n*** Update File: a.txt\n-"old"\n+new\n*** End Patch'

/** Tools as Codex sends them. */
const tools = [
  { type: "function", name: "exec_command", strict: false, parameters: { type: "object", properties: {} } },
  {
    type: "namespace",
    name: "mcp__files__",
    description: "Tools of an MCP server",
    tools: [
      { type: "function", name: "read", parameters: { type: "object", properties: { path: { type: "string" } } } }
    ]
  },
  {
    type: "custom",
    name: "apply_patch",
    description: "Edits files.",
    format: { type: "grammar", syntax: "lark", definition: "start: begin_patch" }
  },
  { type: "web_search", external_web_access: true }
]

const calls: ReadonlyArray<readonly [id: string, name: string, input: Json]> = [
  ["call_1", "mcp__files__read", { path: "a.txt" }],
  ["call_2", "apply_patch", { input: patch }]
]

/** Calls both tools as functions, and then says that it is done. */
const acting = Scenario.choose(({ request }) => {
  const isDone = request?.messages.some(({ role }) => role === "tool") === true
  return Scenario.reply(
    new ChatResponse({
      content: isDone
        ? [{ type: "text", text: "Done." }]
        : calls.map(([id, name, input]) => ({ type: "tool-call", id, name, input })),
      finishReason: isDone ? "stop" : "tool-calls",
      usage: Usage.make({ input: 1, output: 1 }),
      warnings: [],
      attempts: []
    })
  )
})

const upstreams = ["anthropic", "openai", "google", "mistral", "cohere", "ollama"]

describe("tools that only the Responses API has", () => {
  it.live("are functions for models of other protocols, and the client gets their calls as the original tools", () =>
    Effect.gen(function* () {
      const models = upstreams.map((name) => `  ${name}: ${name}/m\n`).join("")
      const { send, simulator } = yield* gateway(`models:\n${models}`, { simulator: { otherwise: acting } })
      for (const model of upstreams)
        for (const stream of [false, true]) {
          const input = [{ role: "user", content: "Change a.txt." }]
          const first = yield* send("/v1/responses", { model, stream, store: false, tools, input })
          assert.strictEqual(first.status, 200, first.text)
          const events: ReadonlyArray<Wire> = stream
            ? [...first.text.matchAll(/^data: (\{.*)$/gm)].map(([, json = ""]) => JSON.parse(json))
            : []
          const { output }: Wire = stream ? events.at(-1).response : JSON.parse(first.text)
          const [read, edit] = output
          assert.include(read, { type: "function_call", name: "read", namespace: "mcp__files__", call_id: "call_1" })
          assert.strictEqual(read.arguments, '{"path":"a.txt"}')
          assert.include(edit, { type: "custom_tool_call", name: "apply_patch", call_id: "call_2", input: patch })
          if (stream) {
            const deltas = events.filter(({ type }) => type === "response.custom_tool_call_input.delta")
            assert.strictEqual(deltas.map(({ delta }) => delta).join(""), patch)
          }

          const results = [
            { type: "function_call_output", call_id: "call_1", output: "old" },
            { type: "custom_tool_call_output", call_id: "call_2", output: "patched" }
          ]
          const second = { model, stream, store: false, tools, input: [...input, ...output, ...results] }
          assert.strictEqual((yield* send("/v1/responses", second)).status, 200)
          const sent = (yield* simulator.requests).at(-1)?.request
          const [called] = sent?.messages.filter(({ role }) => role === "assistant") ?? []
          assert.deepStrictEqual(
            called?.content.map((part) => (part.type === "tool-call" ? [part.name, part.input] : part.type)),
            calls.map(([, name, input]) => [name, input])
          )
          assert.deepStrictEqual(
            sent?.tools?.map(({ name }) => name),
            ["exec_command", "mcp__files__read", "apply_patch"]
          )
          assert.include(sent?.tools?.at(-1)?.description, "start: begin_patch")
          const said = JSON.stringify(sent?.messages)
          for (const result of ["old", "patched"]) assert.include(said, result)
        }
    })
  )

  it.live("reach a model of the same protocol unchanged", () =>
    Effect.gen(function* () {
      const { send, simulator } = yield* gateway("models: { same: responses/m }")
      const input = [
        { role: "user", content: "Change a.txt." },
        { type: "function_call", call_id: "call_1", namespace: "mcp__files__", name: "read", arguments: "{}" },
        { type: "custom_tool_call", call_id: "call_2", name: "apply_patch", input: patch },
        { type: "function_call_output", call_id: "call_1", output: "old" },
        { type: "custom_tool_call_output", call_id: "call_2", output: "patched" }
      ]
      const { status, text } = yield* send("/v1/responses", { model: "same", tools, input })
      assert.strictEqual(status, 200, text)
      const sent = (yield* simulator.requests).at(-1)?.body as Wire
      assert.deepStrictEqual(sent.tools, tools)
      assert.deepStrictEqual(sent.input, input)
    })
  )
})
