/** Requests that are wrong in any way are refused in OpenAI's words: nothing crashes, hangs or comes back as a bug. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { gateway } from "../gateway.ts"
import * as OpenApi from "./openApi.ts"

const models = `
models:
  chat: anthropic/sim-healthy
  native: responses/sim-healthy
  vectors: { kind: embedding, deployments: [openai/sim-healthy] }
  pictures: { kind: image, deployments: [openai/sim-healthy] }
  voice: { kind: speech, deployments: [openai/gpt-4o-mini-tts] }
  judge: { kind: moderation, deployments: [openai/sim-healthy] }
  order: { kind: rerank, deployments: [cohere/sim-healthy] }
`

const schema = { type: "object", properties: {} }

/** Requests that are right, by path. */
const requests: ReadonlyArray<readonly [string, { readonly [field: string]: unknown }]> = [
  [
    "/v1/responses",
    {
      model: "native",
      input: [{ role: "user", content: [{ type: "input_text", text: "Hi" }] }],
      instructions: "Be brief.",
      tools: [{ type: "function", name: "f", parameters: schema, strict: false }],
      tool_choice: "auto",
      text: { format: { type: "text" } },
      reasoning: { effort: "low" },
      previous_response_id: null,
      conversation: null,
      background: false,
      store: true,
      metadata: { a: "b" },
      stream: false
    }
  ],
  [
    "/v1/completions",
    { model: "chat", prompt: "Hi", echo: true, n: 1, best_of: 1, suffix: null, stop: ["x"], stream: false }
  ],
  ["/v1/embeddings", { model: "vectors", input: ["a"], dimensions: 8, encoding_format: "float", user: "u" }],
  [
    "/v1/images/generations",
    { model: "pictures", prompt: "a", n: 1, size: "auto", output_format: "png", stream: false }
  ],
  [
    "/v1/images/edits",
    { model: "pictures", prompt: "a", images: [{ image_url: "https://x.example/a.png" }], mask: null }
  ],
  [
    "/v1/audio/speech",
    { model: "voice", input: "a", voice: "alloy", response_format: "wav", speed: 1, stream_format: "audio" }
  ],
  ["/v1/moderations", { model: "judge", input: ["a"] }],
  ["/v2/rerank", { model: "order", query: "a", documents: ["a", { text: "b" }], top_n: 1, return_documents: true }]
]

const deep = (depth: number): unknown => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`)

const odd: ReadonlyArray<unknown> = [
  null,
  0,
  -1,
  1e300,
  true,
  "",
  "\ud800",
  "x".repeat(5000),
  [],
  [null],
  [[]],
  {},
  { type: 7 },
  [{ type: "message", role: "nobody", content: 1 }],
  [{ type: "function_call_output", call_id: 1 }],
  { __proto__: null, constructor: { prototype: 1 } },
  deep(100)
]

describe("every endpoint", () => {
  for (const [path, right] of requests) {
    it.live(`${path} responds to valid bodies, and rejects invalid ones in OpenAI's format`, () =>
      Effect.gen(function* () {
        const { send } = yield* gateway(models)
        assert.strictEqual((yield* send(path, right)).status, 200)
        const wrong = [
          ...odd,
          ...Object.keys(right).flatMap((field) =>
            [...odd, undefined].map((value) => Object.assign({}, right, { [field]: value }))
          )
        ]
        const answers = yield* Effect.forEach(wrong, (body) => send(path, JSON.stringify(body) ?? ""), {
          concurrency: 8
        })
        for (const [index, { status, text }] of answers.entries()) {
          const body = JSON.stringify(wrong[index])?.slice(0, 300)
          assert.isBelow(status, 500, `${body}: ${text.slice(0, 500)}`)
          if (status !== 200) OpenApi.checkError(JSON.parse(text))
        }
        assert.strictEqual((yield* send(path, right)).status, 200)
      })
    )
  }
})
