import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect, Exit, Layer, Redacted, Result, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { ServerResponse } from "node:http"
import type { Frame } from "../../src/domain/Frame.ts"
import { Bedrock } from "../../src/providers/Bedrock.ts"
import { BedrockAnthropic } from "../../src/providers/BedrockAnthropic.ts"
import { EventStreamWriter } from "../../src/transport/EventStream.ts"
import { partialOf } from "../../src/domain/ProviderError.ts"
import { serve } from "./server.ts"
import { codec } from "../transport/eventStreamCodec.ts"
import { foldEvents } from "../../src/domain/ChatFold.ts"

const client = NodeHttpClient.layerUndici

const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

const keys = { region: "us-west-2", accessKeyId: "AKIDEXAMPLE", secretAccessKey: Redacted.make(secret) }

const model = "us.anthropic.claude-haiku-4-5-20251001-v1:0"

const answer = {
  output: { message: { role: "assistant", content: [{ text: "Hello" }] } },
  stopReason: "end_turn",
  usage: { inputTokens: 3, outputTokens: 5, totalTokens: 18, cacheReadInputTokens: 10 },
  metrics: { latencyMs: 7 }
}

const frames: ReadonlyArray<Frame> = [
  { event: "messageStart", data: '{"role":"assistant"}' },
  { event: "contentBlockDelta", data: '{"delta":{"text":"Hel"},"contentBlockIndex":0}' },
  { event: "contentBlockDelta", data: '{"delta":{"text":"lo"},"contentBlockIndex":0}' },
  { event: "contentBlockStop", data: '{"contentBlockIndex":0}' },
  { event: "messageStop", data: '{"stopReason":"end_turn"}' },
  { event: "metadata", data: JSON.stringify({ usage: answer.usage, metrics: { latencyMs: 7 } }) }
]

const bytesOf = (frames: ReadonlyArray<Frame>): Uint8Array => {
  const writer = new EventStreamWriter(codec)
  return Buffer.concat(frames.map((frame) => writer.write(frame)))
}

const headers = { "content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": "req-1" }

/** Byte by byte, each in a packet of its own as far as the system lets it. */
const drip = (response: ServerResponse, bytes: Uint8Array) => {
  response.writeHead(200, headers)
  response.socket?.setNoDelay(true)
  let at = 0
  const next = (): void => {
    if (at >= bytes.length) return void response.end()
    response.write(bytes.subarray(at, ++at), () => setImmediate(next))
  }
  next()
}

describe("Bedrock", () => {
  it.live("signs a call at the model's path and reads the response", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) =>
        response
          .writeHead(200, { "content-type": "application/json", "x-amzn-requestid": "req-1" })
          .end(JSON.stringify(answer))
      )
      const layer = Bedrock.layer({ ...keys, baseUrl: server.url }).pipe(Layer.provide(client))
      const reply = yield* Bedrock.model(model).generate("Hi").pipe(Effect.provide(layer))
      assert.strictEqual(reply.text, "Hello")
      assert.strictEqual(reply.model, model)
      assert.strictEqual(reply.requestId, "req-1")
      assert.strictEqual(reply.usage.inputTokens.total, 13)
      const { body, request } = yield* server.arrived
      assert.strictEqual(request.url, `/model/${encodeURIComponent(model)}/converse`)
      assert.deepStrictEqual(JSON.parse(body), { messages: [{ role: "user", content: [{ text: "Hi" }] }] })
      assert.match(
        String(request.headers.authorization),
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-west-2\/bedrock\/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=[0-9a-f]{64}$/
      )
    })
  )

  it.live("knows the capabilities of Claude and Nova by their names on Bedrock", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.writeHead(200).end(JSON.stringify(answer)))
      const layer = Bedrock.layer({ ...keys, baseUrl: server.url }).pipe(Layer.provide(client))
      const request = { messages: "Hi", reasoning: { effort: "low" } } as const
      yield* Bedrock.model(model).generate(request).pipe(Effect.provide(layer))
      assert.deepStrictEqual(JSON.parse((yield* server.arrived).body).additionalModelRequestFields, {
        thinking: { type: "enabled", budget_tokens: 2048 }
      })
      const nova = Bedrock.model("us.amazon.nova-pro-v1:0").generate(request)
      assert.strictEqual((yield* Effect.flip(Effect.provide(nova, layer)))._tag, "UnsupportedParameterError")
    })
  )

  it.live("reads a binary stream from a real socket, byte by byte", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => drip(response, bytesOf(frames)))
      const layer = Bedrock.layer({ ...keys, baseUrl: server.url }).pipe(Layer.provide(client))
      const events = yield* Stream.runCollect(Bedrock.model(model).stream("Hi")).pipe(Effect.provide(layer))
      const reply = foldEvents(events)
      assert.strictEqual(reply.text, "Hello")
      assert.strictEqual(reply.finishReason, "stop")
      assert.strictEqual(reply.usage.inputTokens.cacheRead, 10)
      const { request } = yield* server.arrived
      assert.strictEqual(request.url, `/model/${encodeURIComponent(model)}/converse-stream`)
      assert.strictEqual(request.headers.accept, "application/vnd.amazon.eventstream")
    })
  )

  it.live("fails with the partial response if the stream breaks off, is damaged, or contains an exception", () =>
    Effect.gen(function* () {
      const whole = bytesOf(frames)
      const damaged = Uint8Array.from(whole)
      damaged[damaged.length - 10]! ^= 1
      const exception = { event: "exception:throttlingException", data: '{"message":"Too many requests"}' }
      const cases = [
        [whole.subarray(0, whole.length - bytesOf(frames.slice(4)).length - 3), "StreamInterruptedError"],
        [damaged, "ResponseParseError"],
        [bytesOf([...frames.slice(0, 3), exception]), "RateLimitError"]
      ] as const
      for (const [bytes, tag] of cases) {
        const server = yield* serve((response) => response.writeHead(200, headers).end(bytes))
        const layer = Bedrock.layer({ ...keys, baseUrl: server.url }).pipe(Layer.provide(client))
        const seen: Array<string> = []
        const error = yield* Bedrock.model(model)
          .stream("Hi")
          .pipe(
            Stream.runForEach((event) =>
              Effect.sync(() => void (event.type === "text-delta" && seen.push(event.delta)))
            ),
            Effect.flip,
            Effect.provide(layer)
          )
        assert.strictEqual(error._tag, tag)
        assert.strictEqual(seen.join(""), "Hello")
        assert.strictEqual(partialOf(error)?.text, "Hello")
      }
    })
  )

  const refusals: ReadonlyArray<readonly [status: number, type: string | undefined, message: string, tag: string]> = [
    [403, "UnrecognizedClientException:http://internal.amazon.com/", "The token is invalid.", "AuthenticationError"],
    [403, "AccessDeniedException", "You don't have access to the model.", "PermissionDeniedError"],
    [403, undefined, "Authentication failed: Please make sure your API Key is valid.", "AuthenticationError"],
    [429, "ThrottlingException", "Too many requests, please wait before trying again.", "RateLimitError"],
    [429, "ThrottlingException", "Too many tokens per day, please wait before trying again.", "QuotaExceededError"],
    [400, "ServiceQuotaExceededException", "Over the quota.", "QuotaExceededError"],
    [400, "ValidationException", "Malformed input request.", "InvalidRequestError"],
    [400, "ValidationException", "Input is too long for requested model.", "ContextWindowExceededError"],
    [400, "ValidationException", "The provided model identifier is invalid.", "ModelNotFoundError"],
    [404, "ResourceNotFoundException", "This model version has reached the end of its life.", "ModelNotFoundError"],
    [408, "ModelTimeoutException", "Model has timed out.", "ServerError"],
    [424, "ModelErrorException", "The system encountered an unexpected error.", "ServerError"],
    [424, undefined, "Dependency failed.", "ServerError"],
    [429, "ModelNotReadyException", "Model is not ready for inference.", "OverloadedError"],
    [500, "InternalServerException", "Unexpected error.", "ServerError"],
    [503, "ServiceUnavailableException", "Service unavailable.", "OverloadedError"],
    [503, undefined, "Service capacity limit has been reached.", "OverloadedError"]
  ]

  it.live("maps every error", () =>
    Effect.gen(function* () {
      for (const [status, type, message, tag] of refusals) {
        const server = yield* serve((response) =>
          response
            .writeHead(status, {
              "content-type": "application/json",
              ...(type === undefined ? {} : { "x-amzn-errortype": type })
            })
            .end(JSON.stringify({ message }))
        )
        const layer = Bedrock.layer({ ...keys, baseUrl: server.url }).pipe(Layer.provide(client))
        const error = yield* Effect.flip(Bedrock.model(model).generate("Hi").pipe(Effect.provide(layer)))
        assert.strictEqual(error._tag, tag, `${status} ${type} ${message}`)
        assert.notInclude(JSON.stringify(error), secret)
      }
    })
  )

  it.live("redacts the session token and the signature when AWS repeats them", () =>
    Effect.gen(function* () {
      const server = yield* serve((response, _, request) =>
        response
          .writeHead(403, { "x-amzn-errortype": "InvalidSignatureException" })
          .end(JSON.stringify({ message: `The canonical string was ${JSON.stringify(request.headers)}` }))
      )
      const layer = Bedrock.layer({ ...keys, sessionToken: "session-token-1234", baseUrl: server.url }).pipe(
        Layer.provide(client)
      )
      const error = yield* Effect.flip(Bedrock.model(model).generate("Hi").pipe(Effect.provide(layer)))
      assert.strictEqual(error._tag, "AuthenticationError")
      const { request } = yield* server.arrived
      assert.strictEqual(request.headers["x-amz-security-token"], "session-token-1234")
      for (const text of ["session-token-1234", secret, String(request.headers.authorization)]) {
        assert.notInclude(JSON.stringify(error), text)
      }
    })
  )

  const fromConfig = (values: { readonly [name: string]: string }) =>
    Effect.exit(
      Layer.build(Bedrock.layerConfig.pipe(Layer.provide(client))).pipe(
        Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(values))),
        Effect.scoped
      )
    )

  it.live("accepts an API key instead of credentials", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.writeHead(200).end(JSON.stringify(answer)))
      const config = {
        AWS_BEARER_TOKEN_BEDROCK: "bedrock-api-key-abc",
        AWS_REGION: "eu-west-1",
        AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
        AWS_SECRET_ACCESS_KEY: secret,
        BEDROCK_BASE_URL: server.url
      }
      yield* Bedrock.model(model)
        .generate("Hi")
        .pipe(
          Effect.provide(Bedrock.layerConfig.pipe(Layer.provide(client))),
          Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(config)))
        )
      assert.strictEqual((yield* server.arrived).request.headers.authorization, "Bearer bedrock-api-key-abc")
    })
  )

  it.live("reports a missing region, and knows the host of every region", () =>
    Effect.gen(function* () {
      const exit = yield* fromConfig({ AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: secret })
      assert.isTrue(Exit.isFailure(exit))
      assert.match(String(Exit.isFailure(exit) && exit.cause), /AWS_REGION or AWS_DEFAULT_REGION is not set/)
      const addresses = [
        ["us-east-1", "https://bedrock-runtime.us-east-1.amazonaws.com"],
        ["cn-north-1", "https://bedrock-runtime.cn-north-1.amazonaws.com.cn"]
      ] as const
      for (const [region, url] of addresses) {
        const layer = Bedrock.layer({ ...keys, region }).pipe(Layer.provide(client))
        assert.strictEqual((yield* Effect.provide(Bedrock, layer)).baseUrl, url)
      }
    })
  )

  it.effect("caches credentials, and renews them before they expire", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-01-01T00:00:00Z"))
      let issued = 0
      const used: Array<string> = []
      const server = yield* serve((response, _, request) => {
        if (request.url !== "/credentials") {
          used.push(/Credential=(\w+)/.exec(String(request.headers.authorization))![1]!)
          return void response.writeHead(200).end(JSON.stringify(answer))
        }
        issued++
        const Expiration = new Date(Date.parse("2026-01-01T00:00:00Z") + issued * 3_600_000).toISOString()
        response
          .writeHead(200)
          .end(JSON.stringify({ AccessKeyId: `ASIA${issued}`, SecretAccessKey: secret, Token: "session", Expiration }))
      })
      const layer = Bedrock.layer({
        region: "us-west-2",
        baseUrl: server.url,
        containerFullUri: `${server.url}/credentials`
      }).pipe(Layer.provide(client))
      yield* Effect.gen(function* () {
        const ask = Bedrock.model(model).generate("Hi")
        yield* Effect.all([ask, ask, ask], { concurrency: "unbounded" })
        assert.strictEqual(issued, 1)
        yield* TestClock.adjust(Duration.minutes(58))
        yield* ask
        assert.strictEqual(issued, 1)
        yield* TestClock.adjust(Duration.seconds(61))
        yield* ask
        assert.strictEqual(issued, 2)
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(used, ["ASIA1", "ASIA1", "ASIA1", "ASIA1", "ASIA2"])
    })
  )
})

const chunk = (event: object): Frame => ({
  event: "chunk",
  data: JSON.stringify({ bytes: Buffer.from(JSON.stringify(event)).toString("base64"), p: "abc" })
})

const anthropicFrames = [
  chunk({ type: "message_start", message: { id: "m1", model: "claude", content: [], usage: { input_tokens: 3 } } }),
  chunk({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
  chunk({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hello" } }),
  chunk({ type: "content_block_stop", index: 0 }),
  chunk({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 5 } }),
  chunk({ type: "message_stop", "amazon-bedrock-invocationMetrics": { inputTokenCount: 3 } })
]

describe("BedrockAnthropic", () => {
  it.live("speaks Anthropic's protocol, betas in the body and the tier in a header, and reads its stream", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => drip(response, bytesOf(anthropicFrames)))
      const layer = BedrockAnthropic.layer({ ...keys, baseUrl: server.url }).pipe(Layer.provide(client))
      const events = yield* BedrockAnthropic.model(model)
        .stream({
          messages: "Hi",
          maxOutputTokens: 10,
          serviceTier: "priority",
          providerOptions: { "anthropic-messages": { betas: ["a-beta"] } }
        })
        .pipe(Stream.runCollect, Effect.provide(layer))
      const reply = foldEvents(events)
      assert.strictEqual(reply.text, "Hello")
      assert.strictEqual(reply.id, "m1")
      assert.strictEqual(reply.usage.outputTokens.total, 5)
      const { body, request } = yield* server.arrived
      assert.strictEqual(request.url, `/model/${encodeURIComponent(model)}/invoke-with-response-stream`)
      assert.strictEqual(request.headers["x-amzn-bedrock-service-tier"], "priority")
      assert.match(
        String(request.headers.authorization),
        /SignedHeaders=content-type;host;x-amz-date;x-amzn-bedrock-service-tier/
      )
      assert.deepStrictEqual(JSON.parse(body), {
        anthropic_version: "bedrock-2023-05-31",
        anthropic_beta: ["a-beta"],
        max_tokens: 10,
        messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }]
      })
    })
  )

  it.live("maps an exception within a stream", () =>
    Effect.gen(function* () {
      const exception = { event: "exception:modelStreamErrorException", data: '{"message":"Try again"}' }
      const server = yield* serve((response) =>
        response.writeHead(200, headers).end(bytesOf([...anthropicFrames.slice(0, 3), exception]))
      )
      const layer = BedrockAnthropic.layer({ ...keys, baseUrl: server.url }).pipe(Layer.provide(client))
      const result = yield* Effect.result(
        Stream.runDrain(BedrockAnthropic.model(model).stream("Hi")).pipe(Effect.provide(layer))
      )
      assert.isTrue(Result.isFailure(result))
      assert.strictEqual(Result.isFailure(result) && result.failure._tag, "ServerError")
    })
  )
})
