/** What a provider names does not decide where its key goes. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Result, Stream } from "effect"
import { FetchHttpClient, HttpClient, HttpClientResponse } from "effect/http"
import { OpenAi } from "effect-llm"
import { Google } from "effect-llm/providers/Google"
import type { IncomingMessage, ServerResponse } from "node:http"
import { inspect } from "node:util"
import { serve } from "./server.ts"

const key = "a-key-of-mine-0123456789"
const upload = { data: new TextEncoder().encode("Hi"), name: "a.txt", mediaType: "text/plain" }

describe("the upload URL that a provider returns", () => {
  /** Uploads to a provider that names this address, and tells what of the second request is a secret. */
  const uploaded = Effect.fnUntraced(function* (addressOf: (own: string, other: string) => string) {
    const heard: Array<{ readonly isOwn: boolean; readonly headers: string }> = []
    const answerAs = (isOwn: boolean) => (response: ServerResponse, _: string, request: IncomingMessage) => {
      const { headers, url } = request
      heard.push({ isOwn, headers: JSON.stringify([url, headers]) })
      response.writeHead(200, { "content-type": "application/json", "x-goog-upload-url": address })
      response.end(JSON.stringify({ file: { name: "files/a", state: "ACTIVE" } }))
    }
    const own = yield* serve(answerAs(true))
    const other = yield* serve(answerAs(false))
    const address = addressOf(own.url, other.url)
    const layer = Google.layer({
      apiKey: Redacted.make(key),
      baseUrl: `${own.url}/v1beta`,
      headers: { "x-tenant": Redacted.make("a-tenant-of-mine") }
    }).pipe(Layer.provide(FetchHttpClient.layer))
    const exit = yield* Effect.result(Effect.provide(Google.files.upload(upload), layer))
    return { exit, heard }
  }, Effect.scoped)

  it.live("receives the file at another host, and nothing of the layer's", () =>
    Effect.gen(function* () {
      const { exit, heard } = yield* uploaded((_, other) => `${other}/there?upload_id=1`)
      assert.isTrue(Result.isSuccess(exit))
      assert.deepStrictEqual(
        heard.map(({ isOwn }) => isOwn),
        [true, false]
      )
      assert.include(heard[0]?.headers, key)
      assert.notInclude(heard[1]?.headers, "of-mine")
      assert.include(heard[1]?.headers, "upload, finalize")
    })
  )

  it.live("receives the key at the provider's own host", () =>
    Effect.gen(function* () {
      const { heard } = yield* uploaded((own) => `${own}/there?upload_id=1`)
      assert.deepStrictEqual(
        heard.map(({ headers, isOwn }) => [isOwn, headers.includes(key)]),
        [
          [true, true],
          [true, true]
        ]
      )
    })
  )

  it.live("is a parse error if it is no URL", () =>
    Effect.gen(function* () {
      for (const address of ["", "there", "file:///etc/passwd", "http://"]) {
        const { exit, heard } = yield* uploaded(() => address)
        assert.strictEqual(Result.isFailure(exit) && exit.failure._tag, "ResponseParseError", address)
        assert.lengthOf(heard, 1)
      }
    })
  )
})

describe("the results of a batch", () => {
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`
  const lines = [
    { custom_id: "0", response: { status_code: 200, body: { model: key, choices: [key] } } },
    { custom_id: "1", response: { status_code: 200, body: key }, [key]: key },
    { custom_id: "2", response: { status_code: 400, body: { error: { message: `bad ${key}` } } } }
  ].map((line) => JSON.stringify(line))
  const answers: { readonly [path: string]: string } = {
    "/v1/files/f/content": [
      ...lines,
      `{"custom_id":"3","response":{"status_code":200,"body":{"choices":${deep}}}}`
    ].join("\n"),
    "/v1/batches/b": JSON.stringify({ id: "b", status: "completed", output_file_id: "f" })
  }
  const client = HttpClient.make((request, url) =>
    Effect.succeed(HttpClientResponse.fromWeb(request, new Response(answers[url.pathname])))
  )
  const layer = OpenAi.layer({ apiKey: Redacted.make(key) }).pipe(
    Layer.provide(Layer.succeed(HttpClient.HttpClient, client))
  )

  it.effect("fail one by one if unreadable, and repeat no key", () =>
    Effect.gen(function* () {
      const results = yield* Stream.runCollect(OpenAi.batches.results("b"))
      assert.deepStrictEqual(
        results.map(({ customId, result }) => [customId, Result.isFailure(result) && result.failure._tag]),
        [
          ["0", "ResponseParseError"],
          ["1", "ResponseParseError"],
          ["2", "InvalidRequestError"],
          ["3", "ResponseParseError"]
        ]
      )
      assert.notInclude(inspect(results, { depth: 20 }) + JSON.stringify(results), "of-mine")
    }).pipe(Effect.provide(layer))
  )
})
