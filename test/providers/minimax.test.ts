import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { MiniMax } from "effect-llm/providers/MiniMax"
import { delta, eventStream, serve } from "./server.ts"

const layerOf = (url: string) =>
  MiniMax.layer({ apiKey: Redacted.make("key-0123456789"), baseUrl: url }).pipe(Layer.provide(FetchHttpClient.layer))
const model = MiniMax.model("MiniMax-M2")
const failure = (status_code: number, status_msg: string) =>
  JSON.stringify({ id: "1", choices: null, base_resp: { status_code, status_msg } })

const cases = [
  [1001, "request timeout", "ServerError"],
  [1002, "rate limit", "RateLimitError"],
  [1004, "not authorized", "AuthenticationError"],
  [1008, "insufficient balance", "QuotaExceededError"],
  [1027, "output new_sensitive", "ContentPolicyError"],
  [1039, "token limit", "RateLimitError"],
  [2013, "invalid params", "InvalidRequestError"],
  [2013, "invalid params, context window exceeds limit (2013)", "ContextWindowExceededError"],
  [2049, "invalid API Key", "AuthenticationError"],
  [2056, "usage limit exceeded", "QuotaExceededError"],
  [2061, "your current token plan not support model", "PermissionDeniedError"]
] as const

describe("an error of MiniMax inside a 200 response", () => {
  for (const [code, message, tag] of cases) {
    it.live(`${code} (${message}) is ${tag}, whole and streamed`, () =>
      Effect.gen(function* () {
        const whole = yield* serve((response) => response.end(failure(code, message)))
        const error = yield* Effect.flip(Effect.provide(model.generate("Hi"), layerOf(whole.url)))
        assert.strictEqual(error._tag, tag)
        assert.deepInclude({ ...error }, { code: String(code), detail: message })
        for (const first of ["", delta("Hel")]) {
          const streamed = yield* serve((response) =>
            response.writeHead(200, eventStream).end(`${first}data: ${failure(code, message)}\n\n`)
          )
          const run = Stream.runDrain(model.stream("Hi")).pipe(Effect.provide(layerOf(streamed.url)))
          const broken = yield* Effect.flip(run)
          const inner = broken._tag === "StreamInterruptedError" ? broken.cause : broken
          assert.strictEqual((inner as { readonly _tag: string })._tag, tag)
        }
      })
    )
  }

  it.live("a status of 0 is no error", () =>
    Effect.gen(function* () {
      const choices = [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }]
      const answer = JSON.stringify({ id: "1", choices, base_resp: { status_code: 0, status_msg: "" } })
      const server = yield* serve((response) => response.end(answer))
      assert.strictEqual((yield* Effect.provide(model.generate("Hi"), layerOf(server.url))).text, "Hi")
    })
  )
})
