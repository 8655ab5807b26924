import { gzipSync } from "node:zlib"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { FetchHttpClient } from "effect/http"
import { Effect, Fiber, Layer, Redacted, Result, Schedule, Stream } from "effect"
import { TestClock } from "effect/testing"
import { AnthropicBatches } from "../../src/protocols/batches/AnthropicBatches.ts"
import type { ItemResult, ResultEvent } from "../../src/protocols/batches/BatchProtocol.ts"
import { MistralBatches } from "../../src/protocols/batches/MistralBatches.ts"
import { OpenAiBatches } from "../../src/protocols/batches/OpenAiBatches.ts"
import { AnthropicFiles } from "../../src/protocols/files/AnthropicFiles.ts"
import { GoogleFiles } from "../../src/protocols/files/GoogleFiles.ts"
import { Anthropic } from "../../src/providers/Anthropic.ts"
import { Cohere } from "../../src/providers/Cohere.ts"
import { Google } from "../../src/providers/Google.ts"
import { Mistral } from "../../src/providers/Mistral.ts"
import type { ProviderError } from "../../src/domain/ProviderError.ts"
import { OpenAi } from "../../src/providers/OpenAi.ts"
import { recordingsExist, recordingsOf } from "./recordings.ts"
import { serve } from "./server.ts"

const apiKey = Redacted.make("key-1")
const providers = (url: string) =>
  Layer.mergeAll(
    OpenAi.layer({ apiKey, baseUrl: url }),
    Anthropic.layer({ apiKey, baseUrl: url }),
    Mistral.layer({ apiKey, baseUrl: url }),
    Google.layer({ apiKey, baseUrl: `${url}/v1beta` })
  ).pipe(Layer.provide(NodeHttpClient.layerUndici))

interface Asked {
  readonly call: string
  readonly body: string
  readonly headers: { readonly [name: string]: string | ReadonlyArray<string> | undefined }
}

/** A server of fixed answers, by method and path, and what it was asked. */
const table = (answers: { readonly [call: string]: unknown }) =>
  Effect.gen(function* () {
    const asked: Array<Asked> = []
    const server = yield* serve((response, body, request) => {
      const call = `${request.method} ${request.url}`
      asked.push({ call, body, headers: request.headers })
      const answer = answers[call]
      const headers = {
        "content-type": "application/json",
        "x-goog-upload-url": `http://${request.headers.host}/there?upload_id=1`
      }
      response.writeHead(answer === undefined ? 404 : 200, headers)
      response.end(typeof answer === "string" ? answer : JSON.stringify(answer ?? { error: { message: call } }))
    })
    return { asked, layer: providers(server.url) }
  })

const file = { id: "file-1", object: "file", bytes: 2, created_at: 1787150474, filename: "a.txt", purpose: "user_data" }

describe("files", () => {
  it.live(
    "are uploaded, listed page by page, read and deleted",
    Effect.fnUntraced(function* () {
      const { asked, layer } = yield* table({
        "POST /files": file,
        "GET /files?limit=1": { data: [file], has_more: true },
        "GET /files?limit=1&after=file-1": { data: [{ ...file, id: "file-2" }], has_more: false },
        "GET /files/file-1/content": "Hi",
        "DELETE /files/file-1": { id: "file-1", deleted: true },
        "DELETE /files/file-2": { id: "file-2", deleted: false }
      })
      yield* Effect.gen(function* () {
        const { files } = OpenAi
        const uploaded = yield* files.upload({
          data: new TextEncoder().encode("Hi"),
          name: "a.txt",
          mediaType: "text/plain"
        })
        assert.deepInclude(uploaded, { id: "file-1", name: "a.txt", size: 2, createdAt: "2026-08-19T14:41:14.000Z" })
        const all = yield* Stream.runCollect(files.list({ limit: 1 }))
        assert.deepStrictEqual(
          all.map(({ id }) => id),
          ["file-1", "file-2"]
        )
        assert.deepStrictEqual(yield* files.content("file-1"), new TextEncoder().encode("Hi"))
        yield* files.delete("file-1")
        assert.strictEqual((yield* Effect.flip(files.delete("file-2")))._tag, "ResponseParseError")
        const error = yield* Effect.flip(files.get("file-9"))
        assert.deepInclude(error, { provider: "openai", status: 404 })
      }).pipe(Effect.provide(layer))
      assert.include(asked[0]?.body ?? "", 'name="purpose"\r\n\r\nuser_data')
      assert.include(asked[0]?.body ?? "", 'filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nHi')
    }, Effect.scoped)
  )

  it.live(
    "go to Google in two steps, and to Anthropic with its beta",
    Effect.fnUntraced(function* () {
      const info = {
        name: "files/a",
        mimeType: "text/plain",
        sizeBytes: "2",
        uri: "https://g/v1beta/files/a",
        state: "ACTIVE"
      }
      const { asked, layer } = yield* table({
        "POST /upload/v1beta/files": {},
        "POST /there?upload_id=1": { file: info },
        "GET /v1beta/files/a": info,
        "POST /v1/files": {
          id: "file_1",
          filename: "a.txt",
          mime_type: "text/plain",
          size_bytes: 2,
          created_at: "2026-06-30T22:59:53Z"
        }
      })
      yield* Effect.gen(function* () {
        const upload = { data: new TextEncoder().encode("Hi"), name: "a.txt", mediaType: "text/plain" }
        const uploaded = yield* Google.files.upload(upload)
        assert.deepInclude(uploaded, { id: "files/a", size: 2, state: "ACTIVE" })
        assert.strictEqual((yield* Google.files.get(uploaded.uri ?? "")).id, "files/a")
        assert.strictEqual((yield* Anthropic.files.upload(upload)).mediaType, "text/plain")
        const error = yield* Effect.flip(Anthropic.files.upload({ ...upload, purpose: "batch" }))
        assert.deepInclude(error, { _tag: "UnsupportedParameterError", parameter: "purpose" })
      }).pipe(Effect.provide(layer))
      assert.deepInclude(asked[0]?.headers, {
        "x-goog-upload-command": "start",
        "x-goog-upload-header-content-length": "2",
        "x-goog-upload-header-content-type": "text/plain"
      })
      assert.deepInclude(asked[1]?.headers, {
        "x-goog-upload-command": "upload, finalize",
        "content-type": "text/plain"
      })
      assert.strictEqual(asked[1]?.body, "Hi")
      assert.strictEqual(asked[3]?.headers["anthropic-beta"], "files-api-2025-04-14")
    }, Effect.scoped)
  )
})

describe("a response of bytes", () => {
  it.live("is asked for uncompressed, so that none that is cut looks whole", () =>
    Effect.gen(function* () {
      const asked: Array<string | undefined> = []
      const bytes = Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7) % 251))
      const server = yield* serve((response, _, { headers }) => {
        const coding = headers["accept-encoding"]
        asked.push(coding === undefined ? undefined : String(coding))
        if (coding === undefined || coding === "identity") {
          response.writeHead(200, { "content-type": "audio/mpeg", "content-length": bytes.length })
          response.write(bytes.subarray(0, 200), () => response.destroy())
        } else {
          response.writeHead(200, { "content-type": "audio/mpeg", "content-encoding": "gzip" })
          response.end(gzipSync(bytes).subarray(0, 200))
        }
      })
      const layer = OpenAi.layer({ apiKey: Redacted.make("key"), baseUrl: server.url })
      const speech = OpenAi.speechModel("m")
      const calls = [speech.generate("Hi"), Stream.runDrain(speech.stream("Hi")), OpenAi.files.content("f")]
      for (const client of [FetchHttpClient.layer, NodeHttpClient.layerUndici]) {
        for (const call of calls) {
          const tag = yield* Effect.match(Effect.provide(call, Layer.provide(layer, client)), {
            onSuccess: () => "success",
            onFailure: ({ _tag }) => _tag
          })
          assert.include(["NetworkError", "StreamInterruptedError"], tag)
        }
      }
      assert.deepStrictEqual(
        asked,
        Array.from(asked, () => "identity")
      )
    })
  )
})

describe("a response of success", () => {
  const error = { error: { message: "You exceeded your quota", code: "insufficient_quota" } }
  const calls: {
    readonly [name: string]: Effect.Effect<unknown, { readonly _tag: string }, OpenAi | Cohere | Google>
  } = {
    upload: OpenAi.files.upload({ data: new Uint8Array([1]), name: "a.txt" }),
    "list of files": Stream.runDrain(OpenAi.files.list()),
    file: OpenAi.files.get("f"),
    deletion: OpenAi.files.delete("f"),
    batch: OpenAi.batches.get("b"),
    "list of batches": Stream.runDrain(OpenAi.batches.list()),
    tokens: OpenAi.tokenCounter("m").generate("Hi"),
    embeddings: OpenAi.embeddingModel("m").generate("Hi"),
    "embeddings of Cohere": Cohere.embeddingModel("m").generate("Hi"),
    "embeddings of Google": Google.embeddingModel("m").generate("Hi"),
    rerank: Cohere.rerankModel("m").generate({ query: "q", documents: ["a"] }),
    moderation: OpenAi.moderationModel("m").generate("Hi"),
    image: OpenAi.imageModel("m").generate("Hi"),
    "image of Google": Google.imageModel("imagen-4.0").generate("Hi"),
    transcription: OpenAi.transcriptionModel("m").generate({ audio: new Uint8Array([1]) }),
    speech: OpenAi.speechModel("m").generate("Hi"),
    chat: OpenAi.model("m").generate("Hi"),
    "list of models": Effect.flatMap(OpenAi, ({ models }) => models ?? Effect.void),
    check: Effect.flatMap(OpenAi, ({ check }) => check ?? Effect.void)
  }
  for (const [name, call] of Object.entries(calls)) {
    it.live(`that is an error is that error: ${name}`, () =>
      Effect.gen(function* () {
        const server = yield* serve((response) =>
          response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(error))
        )
        const options = { apiKey: Redacted.make("key"), baseUrl: server.url }
        const layer = Layer.mergeAll(OpenAi.layer(options), Cohere.layer(options), Google.layer(options))
        const failure = yield* Effect.flip(Effect.provide(call, Layer.provide(layer, NodeHttpClient.layerUndici)))
        assert.strictEqual(failure._tag, "QuotaExceededError")
      })
    )
  }

  it.live("may contain an error along with the requested data", () =>
    Effect.gen(function* () {
      const error = "one source is down"
      const server = yield* serve((response, _, { method }) =>
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ error, ...(method === "DELETE" ? { deleted: true } : { data: [{ id: "m" }] }) }))
      )
      const layer = OpenAi.layer({ apiKey: Redacted.make("key"), baseUrl: server.url })
      const models = yield* Effect.gen(function* () {
        const { check, models } = yield* OpenAi
        yield* OpenAi.files.delete("f")
        yield* check ?? Effect.die("there is no check")
        return yield* models ?? Effect.die("there is no list")
      }).pipe(Effect.provide(Layer.provide(layer, NodeHttpClient.layerUndici)))
      assert.deepStrictEqual(
        models.map(({ id }) => id),
        ["m"]
      )
    })
  )

  it.live("to the deletion of a file may be empty or null, but not a page", () =>
    Effect.gen(function* () {
      const tagOf = Effect.fnUntraced(function* (status: number, body: string) {
        const server = yield* serve((response) => response.writeHead(status).end(body))
        const layer = OpenAi.layer({ apiKey: Redacted.make("key"), baseUrl: server.url })
        const deleted = OpenAi.files.delete("f").pipe(Effect.provide(Layer.provide(layer, NodeHttpClient.layerUndici)))
        return yield* Effect.match(deleted, { onSuccess: () => "deleted", onFailure: ({ _tag }) => _tag })
      })
      assert.deepStrictEqual(yield* tagOf(204, ""), "deleted")
      assert.deepStrictEqual(yield* tagOf(200, " \n"), "deleted")
      assert.deepStrictEqual(yield* tagOf(200, "{}"), "deleted")
      for (const body of ["null", "true"]) assert.deepStrictEqual(yield* tagOf(200, body), "deleted")
      for (const body of ["<html></html>", "false", "[]", '{"deleted":false}']) {
        assert.deepStrictEqual(yield* tagOf(200, body), "ResponseParseError")
      }
    })
  )
})

describe("lists in pages", () => {
  const job = (id: string) => ({ id, object: "batch", status: "SUCCESS", created_at: 1787150474 })
  const jobs = (...ids: ReadonlyArray<string>) => ({ object: "list", total: 3, data: ids.map(job) })

  it.live(
    "are read to their last page where pages are numbered",
    Effect.fnUntraced(function* () {
      const { layer } = yield* table({
        "GET /batch/jobs?page=0&page_size=2": jobs("a", "b"),
        "GET /batch/jobs?page=1&page_size=2": jobs("c"),
        "GET /batch/jobs?page=2&page_size=2": jobs(),
        // This server puts fewer on a page than it was asked for.
        "GET /files?page_size=9": { total: 2, data: [file] },
        "GET /files?page_size=9&page=1": { total: 2, data: [{ ...file, id: "file-2" }] }
      })
      const batches = yield* Effect.provide(Stream.runCollect(Mistral.batches.list({ limit: 2 })), layer)
      assert.deepStrictEqual(
        batches.map(({ id }) => id),
        ["a", "b", "c"]
      )
      const files = yield* Effect.provide(Stream.runCollect(Mistral.files.list({ limit: 9 })), layer)
      assert.deepStrictEqual(
        files.map(({ id }) => id),
        ["file-1", "file-2"]
      )
    }, Effect.scoped)
  )

  it.live(
    "end with an error if the server ignores the page number",
    Effect.fnUntraced(function* () {
      const jobsOf = (...ids: ReadonlyArray<string>) => ({ object: "list", data: ids.map(job) })
      const { asked, layer } = yield* table({
        "GET /batch/jobs?page=0&page_size=2": jobsOf("a", "b"),
        // One was added meanwhile, so that another is on two pages.
        "GET /batch/jobs?page=1&page_size=2": jobsOf("b", "c"),
        "GET /batch/jobs?page=2&page_size=2": jobsOf("b", "c"),
        "GET /batch/jobs?page=3&page_size=2": jobsOf("b", "c")
      })
      const read: Array<string> = []
      const list = Stream.runForEach(Mistral.batches.list({ limit: 2 }), ({ id }) => Effect.sync(() => read.push(id)))
      const error = yield* Effect.flip(Effect.provide(list, layer))
      assert.deepInclude(error, { _tag: "ResponseParseError", provider: "mistral" })
      assert.deepStrictEqual(read, ["a", "b", "c"])
      assert.lengthOf(asked, 4)
    }, Effect.scoped)
  )

  const lists: ReadonlyArray<readonly [string, string, Stream.Stream<{ readonly id: string }, ProviderError, OpenAi>]> =
    [
      ["files", "limit=1&after=one", OpenAi.files.list({ limit: 1 })],
      ["batches", "after=one&limit=1", OpenAi.batches.list({ limit: 1 })]
    ]
  for (const [name, next, pages] of lists) {
    it.live(
      `of ${name} fail if the server repeats a page, or an entry cannot be read`,
      Effect.fnUntraced(function* () {
        const page = { data: [{ ...file, id: "one" }], has_more: true }
        const endless = yield* table({ [`GET /${name}?limit=1`]: page, [`GET /${name}?${next}`]: page })
        const read: Array<string> = []
        const list = Stream.runForEach(pages, ({ id }) => Effect.sync(() => read.push(id)))
        const error = yield* Effect.flip(Effect.provide(list, endless.layer))
        assert.deepInclude(error, { _tag: "ResponseParseError", provider: "openai" })
        assert.deepStrictEqual(read, ["one"])
        assert.lengthOf(endless.asked, 2)

        const damaged = yield* table({ [`GET /${name}?limit=1`]: { data: [{ ...file, id: null }], has_more: false } })
        const unreadable = yield* Effect.flip(Effect.provide(list, damaged.layer))
        assert.strictEqual(unreadable._tag, "ResponseParseError")
      }, Effect.scoped)
    )
  }
})

const completion = (content: string) => ({
  id: "c",
  object: "chat.completion",
  model: "gpt-5-nano",
  choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
  usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 }
})
const line = (custom_id: string, rest: object) => `${JSON.stringify({ id: `r-${custom_id}`, custom_id, ...rest })}\n`
const said = (result: Result.Result<{ readonly text: string }, { readonly _tag: string }>) =>
  Result.isSuccess(result) ? result.success.text : result.failure._tag

describe("batches", () => {
  it.live(
    "of OpenAI go through a file, and come back in the order of the requests with an error for each that failed",
    Effect.fnUntraced(function* () {
      const batch = { id: "batch_1", object: "batch", status: "completed", output_file_id: "out", error_file_id: "err" }
      const { asked, layer } = yield* table({
        "POST /files": { id: "in" },
        "POST /batches": { ...batch, status: "validating" },
        "GET /batches/batch_1": batch,
        "GET /files/out/content":
          line("b", { response: { status_code: 200, body: completion("two") }, error: null }) +
          line("a", { response: { status_code: 200, body: completion("one") }, error: null }),
        "GET /files/err/content":
          line("c", { response: { status_code: 429, body: { error: { message: "Slow down", type: "requests" } } } }) +
          line("d", { response: null, error: { code: "batch_expired", message: "late" } })
      })
      const results = yield* Stream.runCollect(
        OpenAi.batches.run({
          model: "gpt-5-nano",
          items: ["a", "b", "c", "d", "e"].map((customId) => ({ customId, request: `Say ${customId}` }))
        })
      ).pipe(Effect.provide(layer))
      assert.deepStrictEqual(
        results.map(({ customId, result }) => [customId, said(result)]),
        [
          ["a", "one"],
          ["b", "two"],
          ["c", "RateLimitError"],
          ["d", "TimeoutError"],
          ["e", "ServerError"]
        ]
      )
      const [first] = results
      if (first === undefined || Result.isFailure(first.result)) return assert.fail("no answer")
      assert.strictEqual(first.result.success.usage.serviceTier, "batch")
      assert.strictEqual(first.result.success.provider, "openai")
      const lines = (asked[0]?.body ?? "").split("\r\n").find((part) => part.startsWith("{"))
      assert.deepInclude(JSON.parse(lines?.split("\n")[0] ?? "") as object, {
        custom_id: "a",
        method: "POST",
        url: "/v1/chat/completions",
        body: { model: "gpt-5-nano", messages: [{ role: "user", content: "Say a" }] }
      })
      assert.deepStrictEqual(JSON.parse(asked[1]?.body ?? ""), {
        input_file_id: "in",
        endpoint: "/v1/chat/completions",
        completion_window: "24h"
      })
    }, Effect.scoped)
  )

  it.live(
    "of Anthropic and Mistral hold their requests, named by their place",
    Effect.fnUntraced(function* () {
      const message = {
        id: "m",
        type: "message",
        role: "assistant",
        model: "claude",
        content: [{ type: "text", text: "one" }],
        usage: {}
      }
      const { asked, layer } = yield* table({
        "POST /v1/messages/batches": { id: "b1", processing_status: "in_progress", request_counts: { processing: 2 } },
        "GET /v1/messages/batches/b1": {
          id: "b1",
          processing_status: "ended",
          request_counts: { succeeded: 1, canceled: 1 }
        },
        "GET /v1/messages/batches/b1/results":
          line("1", { result: { type: "canceled" } }) + line("0", { result: { type: "succeeded", message } }),
        "POST /batch/jobs": {
          id: "j1",
          status: "SUCCESS",
          total_requests: 1,
          completed_requests: 1,
          outputs: [{ custom_id: "0", response: { status_code: 200, body: completion("1") } }]
        }
      })
      yield* Effect.gen(function* () {
        const items = [{ request: "One?" }, { request: "Two?" }]
        const created = yield* Anthropic.batches.create({ model: "claude-haiku-4-5", items })
        assert.deepInclude(created, { id: "b1", state: "running" })
        const early = yield* Effect.flip(Stream.runDrain(Anthropic.batches.results(created)))
        assert.strictEqual(early._tag, "InvalidRequestError")
        const results = yield* Stream.runCollect(Anthropic.batches.results("b1", ["0", "1"]))
        assert.deepStrictEqual(
          results.map(({ result }) => said(result)),
          ["one", "ServerError"]
        )
        const job = yield* Mistral.batches.create({ model: "mistral-small-latest", items: items.slice(0, 1) })
        assert.strictEqual(job.counts.pending, 0)
        const held = yield* Stream.runCollect(Mistral.batches.results(job))
        assert.deepStrictEqual(
          held.map(({ result }) => said(result)),
          ["1"]
        )
      }).pipe(Effect.provide(layer))
      const sent = JSON.parse(asked[0]?.body ?? "") as {
        requests: ReadonlyArray<{ custom_id: string; params: object }>
      }
      assert.deepStrictEqual(
        sent.requests.map(({ custom_id }) => custom_id),
        ["0", "1"]
      )
      assert.deepInclude(sent.requests[0]?.params, { model: "claude-haiku-4-5" })
    }, Effect.scoped)
  )

  it.live(
    "fail if results are missing or replaced by an error",
    Effect.fnUntraced(function* () {
      const lines = (...ids: ReadonlyArray<string>) =>
        ids.map((id) => line(id, { response: { status_code: 200, body: completion(id) } })).join("")
      const batch = (id: string, rest: object = {}) => ({
        id,
        status: "completed",
        output_file_id: id,
        request_counts: { total: 2, completed: 2, failed: 0 },
        ...rest
      })
      const errors = { data: [{ message: "line 1 is not JSON" }] }
      const { layer } = yield* table({
        "GET /batches/whole": batch("whole"),
        "GET /files/whole/content": lines("a", "b"),
        "GET /batches/cut": batch("cut"),
        "GET /files/cut/content": lines("a"),
        "GET /batches/none": batch("none", { output_file_id: null }),
        "GET /batches/failed": batch("failed", {
          status: "failed",
          output_file_id: null,
          request_counts: null,
          errors
        }),
        "GET /batches/expired": batch("expired", { status: "expired" }),
        "GET /files/expired/content": lines("a"),
        "GET /batches/gone": batch("gone"),
        "GET /files/gone/content": JSON.stringify({ error: { message: "the file has expired", type: "server_error" } })
      })
      const read = (id: string) =>
        Effect.gen(function* () {
          const seen: Array<string> = []
          const each = ({ customId }: { readonly customId: string }) => Effect.sync(() => void seen.push(customId))
          const exit = yield* Effect.result(Stream.runForEach(OpenAi.batches.results(id), each))
          return [seen.join(), Result.isFailure(exit) ? `${exit.failure._tag}: ${exit.failure.detail}` : "whole"]
        }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(yield* read("whole"), ["a,b", "whole"])
      assert.deepStrictEqual(yield* read("expired"), ["a", "whole"])
      const detail = (count: number, id: string) =>
        `ServerError: the batch ${id} has results for only ${count} of its 2 requests`
      assert.deepStrictEqual(yield* read("cut"), ["a", detail(1, "cut")])
      assert.deepStrictEqual(yield* read("none"), ["", detail(0, "none")])
      assert.deepStrictEqual(yield* read("failed"), ["", "ServerError: line 1 is not JSON"])
      assert.deepStrictEqual(yield* read("gone"), ["", "ServerError: the file has expired"])
    }, Effect.scoped)
  )

  it.effect(
    "are polled on the schedule",
    Effect.fnUntraced(function* () {
      let asked = 0
      const store = OpenAi.batches
      const fake = {
        id: "openai",
        baseUrl: "",
        generate: () => Effect.die("no chat"),
        stream: () => Stream.die("no chat"),
        using: () => ({
          generate: () =>
            Effect.sync(() => {
              asked++
              const state = asked < 4 ? "running" : "completed"
              return { value: { id: "b", state, counts: {}, errors: [], results: [] } } as never
            }),
          stream: () => Stream.die("no stream")
        })
      }
      const layer = Layer.succeed(OpenAi, fake)
      const fiber = yield* Effect.forkChild(Effect.provide(store.wait("b", Schedule.spaced("1 minute")), layer))
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(asked, 3)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).state, "completed")
      asked = 0
      const early = yield* Effect.forkChild(Effect.provide(store.wait("b", Schedule.recurs(0)), layer))
      assert.strictEqual((yield* Fiber.join(early)).state, "running")
    })
  )

  it.effect(
    "are rejected before anything is sent if two requests have the same name, or one is unsupported",
    Effect.fnUntraced(function* () {
      const layer = providers("http://127.0.0.1:1")
      const twice = [
        { customId: "a", request: "x" },
        { customId: "a", request: "y" }
      ]
      for (const items of [[], twice]) {
        const error = yield* Effect.flip(Effect.provide(OpenAi.batches.create({ model: "m", items }), layer))
        assert.strictEqual(error._tag, "InvalidRequestError")
      }
      const request = { messages: "x", seed: 1 }
      const error = yield* Effect.flip(
        Effect.provide(Anthropic.batches.create({ model: "m", items: [{ request }] }), layer)
      )
      assert.deepInclude(error, { _tag: "UnsupportedParameterError", parameter: "seed" })
    })
  )
})

describe.skipIf(!recordingsExist)("recorded files and batches", () => {
  const options = { provider: "test", model: "batches", headers: {} }
  const textOf = (body: unknown): string => (typeof body === "string" ? body : JSON.stringify(body))
  const textOfItem = (item: ItemResult | undefined) =>
    item === undefined || typeof item.result === "string" || Result.isFailure(item.result)
      ? assert.fail("no answer")
      : item.result.success

  for (const { file, response } of recordingsOf("openai-files")) {
    it(`${file}`, () => {
      const decoder = OpenAiBatches.results.makeDecoder?.({ ...options, request: { place: "f" } })
      for (const data of textOf(response.body).trim().split("\n")) {
        const events: Array<ResultEvent> = []
        assert.isUndefined(decoder?.decode({ data }, events))
        const event = events[0]
        const answer = textOfItem(event?.type === "result" ? event.item : undefined)
        assert.isAbove(answer.text.length, 0)
        assert.isAbove(answer.usage.outputTokens.reasoning ?? 0, 0)
        assert.strictEqual(answer.usage.serviceTier, "batch")
      }
    })
  }
  for (const { file, response } of recordingsOf("openai-batches")) {
    it(`${file}`, () => {
      const { value } = Result.getOrThrow(
        OpenAiBatches.get.decodeResponse(JSON.parse(textOf(response.body)), { ...options, request: { batch: "b" } })
      )
      assert.include(["running", "completed"], value.state)
      assert.lengthOf(value.results, value.state === "completed" ? 1 : 0)
      if (value.state === "completed") assert.deepInclude(value.counts, { total: 2, succeeded: 2, pending: 0 })
    })
  }
  for (const { file, request, response } of recordingsOf("anthropic-batches")) {
    it(`${file}`, () => {
      const text = textOf(response.body)
      if (text.includes("custom_id")) {
        const decoder = AnthropicBatches.results.makeDecoder?.({ ...options, request: { place: "f" } })
        const events: Array<ResultEvent> = []
        assert.isUndefined(decoder?.decode({ data: text.trim() }, events))
        const answer = textOfItem(events[0]?.type === "result" ? events[0].item : undefined)
        assert.strictEqual(answer.text, "6")
        return
      }
      const { value } = Result.getOrThrow(
        AnthropicBatches.get.decodeResponse(JSON.parse(text), { ...options, request: { batch: "b" } })
      )
      assert.deepInclude(value, { state: "running" })
      assert.deepInclude(value.counts, { total: 2, pending: 2 })
      const sent = request.body as { requests: ReadonlyArray<{ custom_id: string; params: object }> }
      const items = [
        {
          customId: "0",
          request: {
            messages: [
              { role: "system" as const, content: [{ type: "text" as const, text: "Be terse." }] },
              { role: "user" as const, content: [{ type: "text" as const, text: "What is 2 + 2?" }] }
            ],
            maxOutputTokens: 64_000
          }
        }
      ]
      const encoded = Result.getOrThrow(
        AnthropicBatches.create.encodeRequest({ items }, { provider: "anthropic", model: "claude-haiku-4-5" })
      )
      const { requests } = encoded.body as typeof sent
      const { stream: _, ...params } = (sent.requests[0]?.params ?? {}) as { stream?: boolean }
      assert.deepEqual(requests[0], { custom_id: "0", params })
    })
  }
  for (const { file, response } of recordingsOf("mistral-batches")) {
    it(`${file}`, () => {
      const { value } = Result.getOrThrow(
        MistralBatches.get.decodeResponse(JSON.parse(textOf(response.body)), { ...options, request: { batch: "b" } })
      )
      assert.strictEqual(value.state, "completed")
      const items = MistralBatches.held?.(value, { provider: "mistral" }) ?? []
      assert.deepStrictEqual(
        items.map(({ customId }) => customId),
        ["0", "1"]
      )
      assert.strictEqual(textOfItem(items[0]).text, "4")
    })
  }
  for (const { file, response } of recordingsOf("anthropic-files")) {
    it(`${file}`, () => {
      const request = { data: new Uint8Array(), name: "data.csv" }
      const { value } = Result.getOrThrow(
        AnthropicFiles.upload.decodeResponse(JSON.parse(textOf(response.body)), { ...options, request })
      )
      assert.deepInclude(value, {
        id: "file_011CcaGt3nwLbi8ue4ByhLYG",
        name: "data.csv",
        mediaType: "text/csv",
        size: 30
      })
    })
  }
  for (const { file, response } of recordingsOf("google-files")) {
    it(`${file}`, () => {
      const request = { data: new Uint8Array(), name: "sample.pdf" }
      const { value } = Result.getOrThrow(
        GoogleFiles.upload.decodeResponse(JSON.parse(textOf(response.body)), { ...options, request })
      )
      assert.deepInclude(value, { id: "files/mwp1gi5it47f", size: 18810, state: "ACTIVE" })
      assert.isString(value.expiresAt)
    })
  }
})
