import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { execFile, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { ChatBody } from "../../../src/page/playground/Message.ts"
import { effectRequest } from "../../../src/page/snippets/EffectRequest.ts"
import { keyVariable, languages, snippet } from "../../../src/page/snippets/Snippet.ts"
import * as ChatRequest from "../../../src/domain/ChatRequest.ts"
import { OpenAiChat } from "../../../src/protocols/OpenAiChat.ts"
import { gateway } from "../gateway.ts"

const pixel = "data:image/png;base64,iVBORw0KGgo="

/** A conversation with everything that the playground can send. */
const body: ChatBody = {
  model: "fast",
  messages: [
    { role: "system", content: 'You\'re brief.\nJSON\n"quoted" $HOME `tick`' },
    {
      role: "user",
      content: [
        { type: "image_url", image_url: { url: pixel } },
        { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" } },
        { type: "text", text: "What's this?" }
      ]
    },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "call_1", type: "function", function: { name: "look", arguments: '{"at":"it"}' } }]
    },
    { role: "tool", tool_call_id: "call_1", content: "a pixel" },
    { role: "user", content: "Sure?" }
  ],
  temperature: 0.5,
  top_p: 0.9,
  max_completion_tokens: 100,
  seed: 7,
  stop: ["END"],
  reasoning_effort: "low",
  tools: [{ type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } }],
  response_format: {
    type: "json_schema",
    json_schema: { name: "answer", strict: true, schema: { type: "object", properties: {} } }
  }
}

const options = { body, baseUrl: "http://127.0.0.1:4000/v1", needsKey: true }
const hasPython = spawnSync("python3", ["--version"]).status === 0

describe("a request as code", () => {
  it.live("is a command of curl that sends it", () =>
    Effect.gen(function* () {
      const { simulator, url } = yield* gateway("models: { fast: openai/sim-healthy }")
      const command = snippet("curl", { body, baseUrl: `${url}/v1`, needsKey: true })
      const output = yield* Effect.callback<string>((resume) => {
        execFile("bash", ["-c", command], { env: { ...process.env, [keyVariable]: "sk-test" } }, (_, stdout) =>
          resume(Effect.succeed(stdout))
        )
      })
      assert.include(output, "data: [DONE]")
      const { body: sent } = yield* simulator.awaitRequest(({ method }) => method === "POST")
      assert.deepInclude(sent as object, { temperature: 0.5, seed: 7 })
      assert.include(JSON.stringify(sent), JSON.stringify(body.messages[0]?.content))
    })
  )

  it.live("is a program with the SDK that runs as it was copied", () =>
    Effect.gen(function* () {
      const { simulator, url } = yield* gateway("models: { fast: openai/sim-healthy }")
      const program = snippet("Effect", { body, baseUrl: `${url}/v1`, needsKey: true })
      const root = join(import.meta.dirname, "..", "..", "..")
      const run = (key: string) =>
        Effect.callback<{ readonly stdout: string; readonly stderr: string }>((resume) => {
          const flags = ["--import", join(root, "test/cli/fromSource.ts"), "--input-type=module-typescript"]
          const env = { ...process.env, [keyVariable]: key }
          const child = execFile(process.execPath, flags, { cwd: root, env }, (error, stdout, stderr) =>
            resume(Effect.succeed({ stdout, stderr: error === null ? stderr : `${error.message} ${stderr}` }))
          )
          child.stdin?.end(program)
        })
      const { stdout } = yield* run("sk-test")
      assert.deepStrictEqual(Object.keys(JSON.parse(stdout)), [])
      assert.match((yield* run("")).stderr, new RegExp(`^${keyVariable} is not set: `))
      const { body: sent } = yield* simulator.awaitRequest(({ method }) => method === "POST")
      assert.deepInclude(sent as object, { temperature: 0.5, seed: 7 })
    })
  )

  it.skipIf(!hasPython)("is a Python program", () => {
    const program = snippet("Python", options)
    const { status, stderr } = spawnSync("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], {
      input: program,
      encoding: "utf8"
    })
    assert.strictEqual(status, 0, stderr)
    assert.include(program, `os.environ["${keyVariable}"]`)
  })

  it("sends the same request with the SDK", () => {
    const encoded = (request: ChatRequest.ChatRequest) => {
      const result = Result.getOrThrow(OpenAiChat.encodeRequest(request, { provider: "openai", model: "fast" }))
      return JSON.parse(JSON.stringify(result.body))
    }
    const { request } = Result.getOrThrow(OpenAiChat.decodeRequest(body))
    const own = ChatRequest.make(effectRequest(body) as ChatRequest.ChatRequestInput)
    assert.deepStrictEqual(encoded(own), encoded(request))
    assert.strictEqual(encoded(own).messages.length, body.messages.length)
  })

  it("holds no key, and abbreviates files on screen but not in the copy", () => {
    const data = `data:image/png;base64,${"A".repeat(100_000)}`
    const image = { type: "image_url", image_url: { url: data } } as const
    for (const language of languages) {
      const withFile = { ...options, body: { model: "fast", messages: [{ role: "user", content: [image] }] } as const }
      const text = snippet(language, { ...withFile, isShown: true })
      assert.isBelow(text.length, 2000, language)
      assert.include(snippet(language, withFile), data)
      assert.include(text, keyVariable)
      assert.notInclude(snippet(language, { ...options, needsKey: false }), keyVariable)
    }
  })

  it("is a program in the documentation, where it is type-checked", () => {
    const page = readFileSync(`${import.meta.dirname}/../../../docs/gateway-page.md`, "utf8")
    const messages = [{ role: "user", content: "Why is the sky blue?" }] as const
    const shown = { model: "fast", messages, temperature: 0.5, reasoning_effort: "low" }
    assert.include(page, snippet("Effect", { ...options, body: shown }))
  })
})
