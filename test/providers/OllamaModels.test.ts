import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Fiber, Layer, Stream } from "effect"
import type { ProviderError } from "../../src/domain/ProviderError.ts"
import { OllamaModels } from "../../src/providers/OllamaModels.ts"
import { serve } from "./server.ts"

const at = (baseUrl: string) => OllamaModels.layer({ baseUrl }).pipe(Layer.provide(NodeHttpClient.layerUndici))

const lines = (...all: ReadonlyArray<object>) => all.map((line) => `${JSON.stringify(line)}\n`).join("")

const pulled = (baseUrl: string) =>
  Effect.gen(function* () {
    const models = yield* OllamaModels
    const seen: Array<string> = []
    const outcome = yield* models.pull("gemma3").pipe(
      Stream.runForEach(({ completed, status, total }) =>
        Effect.sync(
          () => void seen.push(total === undefined || total === null ? status : `${status} ${completed ?? 0}/${total}`)
        )
      ),
      Effect.match({ onFailure: (error: ProviderError) => error, onSuccess: () => undefined })
    )
    return { seen, outcome }
  }).pipe(Effect.provide(at(baseUrl)))

describe("OllamaModels", () => {
  it.live("lists the models, the loaded ones, and the details of one", () =>
    Effect.gen(function* () {
      const details = { parent_model: "", format: "gguf", family: "bert", families: null, parameter_size: "23M" }
      const listed = { name: "smollm:135m", model: "smollm:135m", size: 91739413, digest: "b0b2", details }
      const answers: { readonly [path: string]: object } = {
        "GET /api/tags": { models: [listed] },
        "GET /api/ps": {
          models: [{ ...listed, expires_at: "2026-11-21T10:00:00Z", size_vram: 5, context_length: 4096 }]
        },
        'POST /api/show {"model":"smollm:135m"}': {
          capabilities: ["completion", "tools"],
          model_info: { a: [1] },
          details
        }
      }
      const server = yield* serve((response, body, { method, url }) => {
        const answer = answers[`${method} ${url} ${body}`.trim()]
        response
          .writeHead(answer === undefined ? 404 : 200)
          // A byte order mark is no part of JSON.
          .end(`\ufeff${JSON.stringify(answer ?? { error: "model 'x' not found" })}`)
      })
      yield* Effect.gen(function* () {
        const models = yield* OllamaModels
        const [first] = yield* models.list
        assert.deepStrictEqual([first?.name, first?.size, first?.details?.family], ["smollm:135m", 91739413, "bert"])
        assert.strictEqual((yield* models.running)[0]?.context_length, 4096)
        const shown = yield* models.show("smollm:135m")
        assert.deepStrictEqual(shown.capabilities, ["completion", "tools"])
        const error = yield* Effect.flip(models.show("x"))
        assert.strictEqual(error._tag, "ModelNotFoundError")
        assert.strictEqual(error.model, "x")
      }).pipe(Effect.provide(at(`${server.url}/v1`)))
    })
  )

  it.live("reports the progress of a download, however its lines are split, until it is complete", () =>
    Effect.gen(function* () {
      const bytes = Buffer.from(
        lines(
          { status: "pulling manifest" },
          { status: "pulling 日本", digest: "sha256:1", total: 10 },
          { status: "pulling 日本", digest: "sha256:1", total: 10, completed: 10 },
          { status: "success" }
        )
      )
      const server = yield* serve((response, body) => {
        assert.deepStrictEqual(JSON.parse(body), { model: "gemma3", stream: true })
        response.socket?.setNoDelay(true)
        let place = 0
        const next = (): void => {
          if (place >= bytes.length) return void response.end()
          response.write(bytes.subarray(place, ++place), () => setImmediate(next))
        }
        response.writeHead(200, { "content-type": "application/x-ndjson" })
        next()
      })
      const { outcome, seen } = yield* pulled(server.url)
      assert.isUndefined(outcome)
      assert.deepStrictEqual(seen, ["pulling manifest", "pulling 日本 0/10", "pulling 日本 10/10", "success"])
    })
  )

  const begun = lines({ status: "pulling manifest" })
  const failures: ReadonlyArray<readonly [string, number, string, ProviderError["_tag"], ReadonlyArray<string>]> = [
    [
      "a model that nobody has",
      200,
      begun + lines({ error: "pull model manifest: file does not exist" }),
      "ModelNotFoundError",
      ["pulling manifest"]
    ],
    ["an error on the way", 200, begun + lines({ error: "no space left" }), "ServerError", ["pulling manifest"]],
    ["a download that breaks off", 200, begun, "NetworkError", ["pulling manifest"]],
    ["what is no line of JSON", 200, `${begun}<html>\n`, "ResponseParseError", ["pulling manifest"]],
    ["a refusal", 401, JSON.stringify({ error: "unauthorized" }), "AuthenticationError", []],
    ["a bad request", 400, JSON.stringify({ error: "missing request body" }), "InvalidRequestError", []]
  ]
  for (const [what, status, answer, tag, expected] of failures) {
    it.live(`fails with ${tag} on ${what}`, () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => response.writeHead(status).end(answer))
        const { outcome, seen } = yield* pulled(server.url)
        assert.strictEqual(outcome?._tag, tag)
        assert.strictEqual(outcome?.provider, "ollama")
        assert.deepStrictEqual(seen, expected)
      })
    )
  }

  it.live("fails with NetworkError if there is no server, and reads OLLAMA_HOST", () =>
    Effect.gen(function* () {
      const config = ConfigProvider.layer(ConfigProvider.fromUnknown({ OLLAMA_HOST: "127.0.0.1:1" }))
      const layer = OllamaModels.layerConfig.pipe(Layer.provide([NodeHttpClient.layerUndici, config]))
      const error = yield* Effect.flip(Effect.flatMap(OllamaModels, ({ list }) => list).pipe(Effect.provide(layer)))
      assert.strictEqual(error._tag, "NetworkError")
    })
  )

  it.live("closes the connection when the download is interrupted", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => void response.writeHead(200).write(begun))
      const fiber = yield* Effect.forkChild(pulled(server.url))
      const { closed } = yield* server.arrived
      yield* Fiber.interrupt(fiber)
      yield* closed
    })
  )
})
