/** Parameters that a provider does not take are named to a client as it has sent them. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gateway } from "../gateway.ts"

const models = `
models: { claude: anthropic/sim-healthy, gpt: openai/sim-healthy, responses: responses/sim-healthy, local: ollama/sim-healthy }
`

const messages = [{ role: "user", content: "Hello" }]
const contents = [{ role: "user", parts: [{ text: "Hello" }] }]
const tools = [{ type: "function", function: { name: "f", parameters: { type: "object" } } }]

/** What is sent where, and the word that is refused. */
const cases: ReadonlyArray<readonly [path: string, body: object, word: string]> = [
  ["/v1/chat/completions", { model: "claude", messages, frequency_penalty: 1 }, "frequency_penalty"],
  ["/v1/chat/completions", { model: "local", messages, tools, tool_choice: "required" }, "tool_choice"],
  ["/v1/chat/completions", { model: "responses", messages, stop: ["a"] }, "stop"],
  [
    "/v1/responses",
    {
      model: "local",
      input: "Hello",
      tools: [{ type: "function", name: "f", parameters: {} }],
      tool_choice: "required"
    },
    "tool_choice"
  ],
  ["/v1/messages", { model: "responses", max_tokens: 9, messages, stop_sequences: ["a"] }, "stop_sequences"],
  ["/v1/messages", { model: "gpt", max_tokens: 9, messages, top_k: 4 }, "top_k"],
  [
    "/v1beta/models/responses:generateContent",
    { contents, generationConfig: { stopSequences: ["a"] } },
    "generationConfig.stopSequences"
  ],
  [
    "/v1beta/models/claude:generateContent",
    { contents, generationConfig: { presencePenalty: 1 } },
    "generationConfig.presencePenalty"
  ],
  ["/api/chat", { model: "claude", messages, stream: false, options: { seed: 3 } }, "options.seed"]
]

const ours = /frequencyPenalty|toolChoice|topK|\bpresencePenalty(?<!generationConfig\.presencePenalty)/

describe("an unsupported parameter", () => {
  for (const [path, body, word] of cases)
    for (const stream of [false, true])
      it.live(`is called ${word} at ${path}${stream ? ", streamed" : ""}`, () =>
        Effect.gen(function* () {
          const { send } = yield* gateway(models)
          const at = stream ? path.replace(":generateContent", ":streamGenerateContent") : path
          const { status, text } = yield* send(at, path.includes("generateContent") ? body : { ...body, stream })
          assert.strictEqual(status, 400, text)
          assert.include(text, `\`${word}\``)
          assert.notMatch(text, ours)
          if (path === "/v1/chat/completions") {
            const { error } = JSON.parse(text)
            assert.deepInclude(error, { param: word, code: "unsupported_parameter" })
          }
        })
      )
})

const picture = "https://example.com/a.png"

/** An image that Ollama does not fetch, in a prompt, which nobody can leave out. */
const pictures: ReadonlyArray<readonly [path: string, body: object]> = [
  [
    "/v1/chat/completions",
    { model: "local", messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: picture } }] }] }
  ],
  [
    "/v1/responses",
    { model: "local", input: [{ role: "user", content: [{ type: "input_image", image_url: picture }] }] }
  ],
  [
    "/v1/messages",
    {
      model: "local",
      max_tokens: 9,
      messages: [{ role: "user", content: [{ type: "image", source: { type: "url", url: picture } }] }]
    }
  ],
  [
    "/v1beta/models/local:generateContent",
    { contents: [{ role: "user", parts: [{ fileData: { mimeType: "image/png", fileUri: picture } }] }] }
  ]
]

describe("an unsupported part of a prompt", () => {
  for (const [path, body] of pictures)
    it.live(`is named instead of the prompt, at ${path}`, () =>
      Effect.gen(function* () {
        const { send } = yield* gateway(models)
        const { status, text } = yield* send(path, body)
        assert.strictEqual(status, 400, text)
        assert.include(text, "Leave that part out")
        assert.include(text, "Ollama accepts the bytes of an image, not its URL")
      })
    )
})

describe("the names of messages", () => {
  it.live("are left out with a warning where a provider knows roles only", () =>
    Effect.gen(function* () {
      const { send } = yield* gateway(models)
      const named = [{ role: "user", name: "ann", content: "Hello" }]
      for (const [model, isWarned] of [
        ["claude", true],
        ["local", true],
        ["responses", true],
        ["gpt", false]
      ] as const) {
        const { headers, status } = yield* send("/v1/chat/completions", { model, messages: named })
        assert.strictEqual(status, 200)
        assert.strictEqual(
          headers.get("x-effect-llm-warning")?.includes("the names of messages were left out") === true,
          isWarned,
          model
        )
      }
    })
  )
})
