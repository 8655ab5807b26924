import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { PermissionDeniedError } from "../../../src/domain/CallErrors.ts"
import * as Gateway from "../../../src/gateway/Gateway.ts"
import * as Policy from "../../../src/policies/Policy.ts"
import { Simulator } from "../../../src/testing/Simulator.ts"
import * as UndiciClient from "../../../src/transport/UndiciClient.ts"

const services = Layer.mergeAll(
  Simulator.layer(),
  UndiciClient.layer,
  NodeServices.layer,
  ConfigProvider.layer(ConfigProvider.fromUnknown({ OPENAI_API_KEY: "sk-upstream" }))
)

const handler = Effect.fnUntraced(function* (options: Gateway.HandlerOptions) {
  const { openAiUrl: baseUrl } = yield* Simulator
  const deployments = (model: string) => ({ deployments: [{ model: `openai/${model}` }] as const })
  return yield* Gateway.handler(
    {
      providers: { openai: { baseUrl } },
      models: { fast: deployments("sim-healthy"), stall: deployments("sim-stall") },
      server: { limits: { body: 1000 } }
    },
    options
  )
})

const request = (body: object, signal?: AbortSignal) =>
  new Request("http://gateway.example/v1/chat/completions", {
    method: "POST",
    body: JSON.stringify({ messages: [{ role: "user", content: "Hello" }], ...body }),
    ...(signal && { signal })
  })

describe("a gateway as a handler", () => {
  it.live("responds whole and streamed, and refuses bodies over its limit", () =>
    Effect.gen(function* () {
      const handle = yield* handler({ openToEveryone: true })
      const [whole, streamed, long] = yield* Effect.promise(async () => [
        await (await handle(request({ model: "fast" }))).json(),
        await (await handle(request({ model: "fast", stream: true }))).text(),
        await handle(request({ model: "fast", user: "a".repeat(1000) }))
      ])
      assert.strictEqual(whole.object, "chat.completion")
      assert.match(streamed, /data: \[DONE\]\n\n$/)
      assert.strictEqual(long.status, 413)
    }).pipe(Effect.provide(services))
  )

  it.live("ends the call upstream when its body is cancelled", () =>
    Effect.gen(function* () {
      const handle = yield* handler({ openToEveryone: true })
      const { awaitClosed } = yield* Simulator
      yield* Effect.promise(async () => {
        const { body } = await handle(request({ model: "stall", stream: true }))
        const reader = body?.getReader()
        await reader?.read()
        await reader?.cancel()
      })
      assert.strictEqual((yield* awaitClosed()).model, "sim-stall")
    }).pipe(Effect.provide(services))
  )

  it.live("responds with 499 to a request that is aborted: there is no rejection that a server has to handle", () =>
    Effect.gen(function* () {
      const handle = yield* handler({ openToEveryone: true })
      const { awaitClosed, awaitRequest } = yield* Simulator
      const controller = new AbortController()
      const response = handle(request({ model: "stall" }, controller.signal))
      yield* awaitRequest()
      controller.abort()
      assert.strictEqual((yield* Effect.promise(() => response)).status, 499)
      assert.strictEqual((yield* awaitClosed()).outcome, "client-closed")
    }).pipe(Effect.provide(services))
  )

  it.live("fails to start without keys, unless it is declared open", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(handler({}))
      assert.strictEqual(error._tag, "UnsafeListenError")
    }).pipe(Effect.provide(services))
  )
})

describe("a policy of one's own", () => {
  it.live("wraps every model of a gateway, and its rejections are errors of each dialect", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const policy = Policy.perCall<PermissionDeniedError>(({ model, request }) =>
        Effect.suspend(() => {
          seen.push(model.id)
          return request.user === "mallory"
            ? Effect.fail(new PermissionDeniedError({ detail: "not for you" }))
            : Effect.succeed({})
        })
      )
      const { requests } = yield* Simulator
      const handle = yield* handler({ openToEveryone: true, policy })
      const ask = (path: string, body: object) =>
        Effect.promise(async () => {
          const response = await handle(
            new Request(`http://gateway.example${path}`, {
              method: "POST",
              body: JSON.stringify({ model: "fast", messages: [{ role: "user", content: "Hello" }], ...body })
            })
          )
          return { status: response.status, text: await response.text() }
        })
      assert.strictEqual((yield* ask("/v1/chat/completions", {})).status, 200)
      assert.strictEqual((yield* ask("/v1/chat/completions", { stream: true })).status, 200)
      for (const [path, body] of [
        ["/v1/chat/completions", { user: "mallory" }],
        ["/v1/chat/completions", { user: "mallory", stream: true }],
        ["/v1/messages", { max_tokens: 9, metadata: { user_id: "mallory" } }]
      ] as const) {
        const { status, text } = yield* ask(path, body)
        assert.strictEqual(status, 403, text)
        assert.include(text, "not for you")
      }
      assert.lengthOf(seen, 5)
      assert.lengthOf(yield* requests, 2)
    }).pipe(Effect.provide(services))
  )
})
