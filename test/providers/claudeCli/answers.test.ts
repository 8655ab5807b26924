import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Result, Schema, Stream } from "effect"
import * as ChatRequest from "../../../src/domain/ChatRequest.ts"
import type { ChatRequestInput } from "../../../src/domain/ChatRequest.ts"
import { ClaudeCli, type ClaudeCliOptions } from "../../../src/providers/ClaudeCli.ts"
import * as ClaudeCliCall from "../../../src/providers/claudeCli/ClaudeCliCall.ts"
import { run, standIn } from "./run.ts"

const ask = (name: string, request: ChatRequestInput = "Hi", options?: ClaudeCliOptions) =>
  run(
    Effect.gen(function* () {
      const claude = yield* standIn(options)
      const response = yield* Effect.provide(ClaudeCli.model(name).generate(request), claude.layer)
      return { response, seen: claude.seen() }
    })
  )

describe.concurrent("Claude by the command", () => {
  it.live(
    "streams text and reasoning, and counts and prices the run",
    Effect.fnUntraced(function* () {
      const { events, response } = yield* run(
        Effect.gen(function* () {
          const claude = yield* standIn()
          const model = ClaudeCli.model("healthy")
          const events = yield* Effect.provide(Stream.runCollect(model.stream("Hi")), claude.layer)
          return { events, response: yield* Effect.provide(model.generate("Hi"), claude.layer) }
        })
      )
      assert.deepStrictEqual(
        events.filter(({ type }) => type !== "usage").map((event) => ("delta" in event ? event.delta : event.type)),
        [
          "response-start",
          "response-metadata",
          "reasoning-start",
          "Hm.",
          "reasoning-end",
          "text-start",
          "Hello",
          " there",
          "text-end",
          "finish"
        ]
      )
      assert.strictEqual(response.text, "Hello there")
      assert.strictEqual(response.reasoningText, "Hm.")
      assert.strictEqual(response.id, "msg_1")
      assert.strictEqual(response.model, "claude-x")
      assert.strictEqual(response.provider, "claude-cli")
      assert.strictEqual(response.finishReason, "stop")
      assert.strictEqual(response.usage.inputTokens.total, 1200)
      assert.strictEqual(response.usage.outputTokens.total, 32)
      assert.strictEqual(response.usage.reportedCost, "0.0123")
      assert.strictEqual(response.attempts[0]?.model, "claude-cli/healthy")
      assert.isDefined(response.timings?.firstToken)
    })
  )

  it.live(
    "runs without tools, settings, commands, attachments, a session or the user's key",
    Effect.fnUntraced(function* () {
      const surroundings = {
        ANTHROPIC_AUTH_TOKEN: "t",
        ANTHROPIC_API_KEY: "k",
        ANTHROPIC_BASE_URL: "http://127.0.0.1:9",
        CLAUDECODE: "1",
        CLAUDE_CODE_EXTRA_BODY: "{}",
        OPENAI_API_KEY: "o"
      }
      const before = { ...process.env }
      Object.assign(process.env, surroundings)
      const { seen } = yield* ask("healthy").pipe(
        Effect.ensuring(
          Effect.sync(() => {
            for (const name of Object.keys(surroundings)) {
              if (before[name] === undefined) delete process.env[name]
              else process.env[name] = before[name]
            }
          })
        )
      )
      assert.deepStrictEqual(seen.args, [
        "--print",
        "--verbose",
        "--input-format=stream-json",
        "--output-format=stream-json",
        "--include-partial-messages",
        "--model=healthy",
        "--no-session-persistence",
        "--disable-slash-commands",
        "--strict-mcp-config",
        "--setting-sources=",
        "--tools=",
        "--permission-mode=dontAsk",
        "--max-turns=1",
        "--system-prompt="
      ])
      for (const name of Object.keys(surroundings)) assert.notProperty(seen.env, name)
      assert.strictEqual(seen.env.CLAUDE_CODE_DISABLE_ATTACHMENTS, "1")
      assert.strictEqual(seen.env.CLAUDE_CODE_MAX_RETRIES, "0")
      assert.strictEqual(seen.env.CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK, "1")
      assert.isString(seen.env.PATH)
      assert.deepStrictEqual(JSON.parse(seen.input), {
        type: "user",
        message: { role: "user", content: [{ type: "text", text: "Hi" }] },
        parent_tool_use_id: null,
        session_id: ""
      })
    })
  )

  it.live("gets the key of a call instead of the layer's", () =>
    run(
      Effect.gen(function* () {
        const cli = yield* standIn({ apiKey: Redacted.make("sk-own") })
        const keyed = ClaudeCli.withCredentials({ apiKey: Redacted.make("sk-of-this-call") })
        yield* Effect.provide(ClaudeCli.model("healthy").pipe(keyed).generate("Hi"), cli.layer)
        assert.strictEqual(cli.seen().env.ANTHROPIC_API_KEY, "sk-of-this-call")
        yield* Effect.provide(ClaudeCli.model("healthy").generate("Hi"), cli.layer)
        assert.strictEqual(cli.seen().env.ANTHROPIC_API_KEY, "sk-own")
      })
    )
  )

  it.live(
    "receives the key, tools, turns, settings and folder of the layer",
    Effect.fnUntraced(function* () {
      const { seen } = yield* ask("healthy", "Hi", {
        apiKey: Redacted.make("sk-own"),
        tools: ["Read", "Bash(git log *)", "Bash(git diff *)"],
        maxTurns: 4,
        settingSources: ["project"],
        cwd: "/"
      })
      assert.includeMembers(
        [...seen.args],
        [
          "--tools=Read,Bash",
          "--allowedTools=Read,Bash(git log *),Bash(git diff *)",
          "--max-turns=4",
          "--setting-sources=project"
        ]
      )
      assert.strictEqual(seen.env.ANTHROPIC_API_KEY, "sk-own")
      assert.strictEqual(seen.cwd, "/")
    })
  )

  it.live(
    "passes on instructions, images and an earlier conversation",
    Effect.fnUntraced(function* () {
      const { response, seen } = yield* ask("healthy", {
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: [{ type: "image", data: new Uint8Array([1]), mediaType: "image/png" }] },
          {
            role: "assistant",
            content: [
              { type: "reasoning", text: "A thought." },
              { type: "text", text: "A dot." }
            ]
          },
          { role: "user", content: "Which colour?" }
        ],
        reasoning: { effort: "minimal", budget: 2048 }
      })
      assert.includeMembers([...seen.args], ["--system-prompt=Be brief.", "--effort=low", "--max-thinking-tokens=2048"])
      const { message } = JSON.parse(seen.input) as {
        message: { content: ReadonlyArray<{ type: string; text?: string }> }
      }
      assert.strictEqual(
        message.content.map(({ text, type }) => text ?? `[${type}]`).join(""),
        "<conversation>\n<user>\n[image]\n</user>\n<assistant>\nA dot.\n</assistant>\n</conversation>\n\nWhich colour?"
      )
      assert.deepStrictEqual(
        response.warnings.map(({ parameter }) => parameter),
        ["messages", "reasoning.budget"]
      )
    })
  )

  it.live(
    "passes on length, stop sequences and sampling parameters, which turn its default reasoning off",
    Effect.fnUntraced(function* () {
      const sampled = yield* ask("healthy", { messages: "Hi", maxOutputTokens: 500, stop: ["END"], temperature: 0 })
      assert.strictEqual(sampled.seen.env.CLAUDE_CODE_MAX_OUTPUT_TOKENS, "500")
      assert.strictEqual(sampled.seen.env.CLAUDE_CODE_DISABLE_THINKING, "1")
      assert.deepStrictEqual(JSON.parse(sampled.seen.env.CLAUDE_CODE_EXTRA_BODY ?? ""), {
        temperature: 0,
        stop_sequences: ["END"]
      })
      assert.deepStrictEqual(
        sampled.response.warnings.map(({ parameter }) => parameter),
        ["reasoning"]
      )
      const silent = yield* ask("healthy", { messages: "Hi", reasoning: { effort: "none" } })
      assert.strictEqual(silent.seen.env.CLAUDE_CODE_DISABLE_THINKING, "1")
      assert.isEmpty(silent.response.warnings)
    })
  )

  it.live(
    "ends a response at its limit, and waits for no further one",
    Effect.fnUntraced(function* () {
      const { response } = yield* ask("cut-by-length")
      assert.strictEqual(response.text, "Hello")
      assert.strictEqual(response.finishReason, "length")
      assert.strictEqual(response.usage.outputTokens.total, 7)
    })
  )

  it.effect.prop(
    "passes no text that the command line could read as one of its own commands",
    { words: Schema.String, image: Schema.Boolean },
    Effect.fnUntraced(function* ({ image, words }) {
      const picture = { type: "image", data: new Uint8Array([1]), mediaType: "image/png" } as const
      const content = [...(image ? [picture] : []), { type: "text", text: `/${words}` } as const]
      const request = ChatRequest.make({ messages: [{ role: "user", content }] })
      const call = yield* Effect.fromResult(ClaudeCliCall.make("sonnet", request, {}))
      const { message } = JSON.parse(call.input) as { message: { content: ReadonlyArray<{ text?: string }> } }
      assert.strictEqual(message.content.at(-1)?.text, `\n/${words}`.toWellFormed())
    })
  )

  it.live(
    "responds in a JSON Schema",
    Effect.fnUntraced(function* () {
      const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] }
      const { response, seen } = yield* ask("structured", {
        messages: "Where?",
        responseFormat: { type: "json-schema", schema }
      })
      assert.include(seen.args, `--json-schema=${JSON.stringify(schema)}`)
      assert.isFalse(seen.args.some((argument) => argument.startsWith("--max-turns")))
      assert.deepStrictEqual(response.content, [{ type: "text", text: '{"city":"Rome"}' }])
      assert.strictEqual(response.finishReason, "stop")
    })
  )

  it.live(
    "marks calls of its own tools as provider-executed, and leaves out what its agents say",
    Effect.fnUntraced(function* () {
      const { response } = yield* ask("tools", "What is in /a?", { tools: ["Read"] })
      assert.deepStrictEqual(
        response.content.map((part) => (part.type === "text" ? part.text : part.type)),
        ["Let me look.", "tool-call", "provider", "It is a."]
      )
      const [, call] = response.content
      assert.deepInclude(call, { name: "Read", input: { file_path: "/a" }, providerExecuted: true })
      assert.isEmpty(response.toolCalls)
      assert.strictEqual(response.finishReason, "stop")
    })
  )

  for (const name of ["whole", "noisy", "flood-errors", "deaf"]) {
    it.live(
      `reads the output of a run that is ${name}`,
      Effect.fnUntraced(function* () {
        const { response } = yield* ask(name)
        assert.strictEqual(response.text, "Hello there")
        assert.strictEqual(response.finishReason, "stop")
        assert.lengthOf(response.warnings, name === "noisy" ? 1 : 0)
      })
    )
  }

  it.live(
    "ends with `length` if a given limit ended the run",
    Effect.fnUntraced(function* () {
      const { response } = yield* ask("max-turns", "Hi", { tools: ["Read"], maxTurns: 1 })
      assert.strictEqual(response.text, "So far")
      assert.strictEqual(response.finishReason, "length")
      assert.strictEqual(response.rawFinishReason, "error_max_turns")
    })
  )
})

describe("what the command does not support", () => {
  const refused: ReadonlyArray<readonly [string, ChatRequestInput]> = [
    ["reasoning", { messages: "Hi", temperature: 0, reasoning: { effort: "high" } }],
    ["seed", { messages: "Hi", seed: 1 }],
    ["tools", { messages: "Hi", tools: [{ name: "t", inputSchema: { type: "object" } }] }],
    ["responseFormat.json", { messages: "Hi", responseFormat: { type: "json" } }],
    ["headers", { messages: "Hi", headers: { a: "b" } }],
    ["messages", { messages: [{ role: "user", content: [{ type: "image", data: { fileId: "file_1" } }] }] }],
    [
      "messages",
      {
        messages: [
          { role: "user", content: "Hi" },
          { role: "assistant", content: "He" }
        ]
      }
    ]
  ]
  for (const [parameter, request] of refused) {
    it.effect(
      `is rejected before anything is run: ${parameter} of ${JSON.stringify(request).slice(0, 80)}`,
      Effect.fnUntraced(function* () {
        const layer = ClaudeCli.layer({ command: "/nowhere/claude" })
        const error = yield* run(Effect.flip(Effect.provide(ClaudeCli.model("x").generate(request), layer)))
        assert.deepInclude(error, { _tag: "UnsupportedParameterError", parameter, provider: "claude-cli", model: "x" })
      })
    )
  }

  it.effect(
    "is an invalid request if it is too long for a command line, or empty",
    Effect.fnUntraced(function* () {
      const layer = ClaudeCli.layer({ command: "/nowhere/claude" })
      for (const messages of [[], [{ role: "system", content: "x".repeat(130_000) }, "Hi"]] as const) {
        const request = { messages } as unknown as ChatRequestInput
        const result = yield* run(Effect.result(Effect.provide(ClaudeCli.model("x").generate(request), layer)))
        assert.isTrue(Result.isFailure(result) && result.failure._tag === "InvalidRequestError")
      }
    })
  )

  it.live(
    "is dropped with a warning if the request permits it",
    Effect.fnUntraced(function* () {
      const { response, seen } = yield* ask("healthy", { messages: "Hi", seed: 1, onUnsupported: "drop" })
      assert.deepStrictEqual(
        response.warnings.map(({ parameter }) => parameter),
        ["seed"]
      )
      assert.isFalse(seen.args.some((argument) => argument.includes("seed")))
    })
  )
})
