import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gateway } from "../gateway.ts"

const upstreams = ["openai", "responses", "anthropic", "google", "ollama", "mistral", "cohere"]

const models = `models:\n${upstreams.map((name) => `  claude-${name}: ${name}/sim-tools\n  answer-${name}: ${name}/sim-healthy\n`).join("")}`

const cached = { cache_control: { type: "ephemeral", ttl: "1h" } }

const attribution = "x-anthropic-billing-header: cc_version=2.1.332; cc_entrypoint=cli;"

/** What Claude Code sends, but for the length. */
const request = (model: string, stream: boolean) => ({
  model,
  max_tokens: 32_000,
  stream,
  thinking: { type: "adaptive", display: "omitted" },
  context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
  output_config: { effort: "high" },
  metadata: { user_id: JSON.stringify({ device_id: "d", session_id: "s" }) },
  system: [
    { type: "text", text: attribution },
    { type: "text", text: "You are an agent.", ...cached },
    { type: "text", text: "Be brief.", ...cached }
  ],
  tools: [
    {
      name: "Bash",
      description: "Runs a command",
      input_schema: {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        type: "object",
        properties: { command: { type: "string" }, timeout: { type: "number" } },
        required: ["command"],
        additionalProperties: false
      },
      eager_input_streaming: true,
      defer_loading: false
    },
    { name: "Noop", description: "Nothing", input_schema: { type: "object", properties: {} }, ...cached }
  ],
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text: "<system-reminder>Be careful.</system-reminder>" },
        { type: "text", text: "Which files are there?" }
      ]
    },
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "", signature: "c2lnbmF0dXJl" },
        { type: "text", text: "I look." },
        { type: "tool_use", id: "toolu_01AbC", name: "Bash", input: { command: "ls" } }
      ]
    },
    {
      role: "user",
      content: [{ type: "tool_result", tool_use_id: "toolu_01AbC", content: "a.ts", is_error: false, ...cached }]
    }
  ]
})

const headers = {
  "anthropic-version": "2023-06-01",
  "anthropic-beta": "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27",
  "x-app": "cli",
  "x-claude-code-session-id": "s",
  "x-api-key": "k"
}

describe("The request of a coding agent in Anthropic's words", () => {
  for (const upstream of upstreams)
    it.live(`is taken whole by models of ${upstream}`, () =>
      Effect.gen(function* () {
        const { send, simulator } = yield* gateway(models)
        const path = "/v1/messages?beta=true"
        const first = { ...request(`claude-${upstream}`, false), messages: request("", false).messages.slice(0, 1) }
        const whole = yield* send(path, first, headers)
        assert.strictEqual(whole.status, 200, whole.text)
        const body = JSON.parse(whole.text)
        assert.strictEqual(body.stop_reason, "tool_use")
        assert.strictEqual(body.content.at(-1).name, "Bash")
        const { status, text } = yield* send(path, request(`answer-${upstream}`, true), headers)
        assert.strictEqual(status, 200, text)
        const events = text
          .split("\n\n")
          .filter((block) => block !== "")
          .map((block) => JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? ""))
        assert.deepStrictEqual([events[0].type, events.at(-1).type], ["message_start", "message_stop"])
        assert.isAbove(events[0].message.usage.input_tokens, 0)
        const seen = (yield* simulator.requests).at(-1)
        assert.include(JSON.stringify(seen?.body), "You are an agent.")
        assert.include(JSON.stringify(seen?.body), "a.ts")
        // The attribution comes first where it is anything to the provider.
        if (upstream === "anthropic")
          assert.include(JSON.stringify(seen?.body), `"system":[{"type":"text","text":"${attribution}`)
      })
    )
})
