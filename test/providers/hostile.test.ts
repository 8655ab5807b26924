import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Layer, Redacted, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { Anthropic, OpenAi } from "effect-llm"
import * as UndiciClient from "effect-llm/transport/UndiciClient"
import type { ServerResponse } from "node:http"
import { inspect } from "node:util"
import { delta, eventStream, serve } from "./server.ts"

const key = "sk-test-0123456789abcdefghij"
const clients = {
  fetch: FetchHttpClient.layer,
  undici: NodeHttpClient.layerUndici,
  direct: Layer.orDie(UndiciClient.layer)
}
const json = { "content-type": "application/json" }

/** Everything that a log could show of an error. */
const told = (error: Error): string =>
  [
    error.message,
    error.stack,
    String(error),
    JSON.stringify(error),
    inspect(error, { depth: 100, showHidden: true }),
    Cause.pretty(Cause.fail(error))
  ].join("\n")

const echo = {
  "x-request-id": `id-${key}`,
  "retry-after": key,
  "x-ratelimit-remaining-requests": key,
  [`x-ratelimit-remaining-${key}`]: "0",
  location: `https://elsewhere.example/?key=${key}`
}

/** Servers that send the key back, and the error that each of them ends in. */
const servers: Record<string, { readonly tag: string; readonly answer: (response: ServerResponse) => void }> = {
  "in an error body and its headers": {
    tag: "AuthenticationError",
    answer: (response) => {
      const error = { message: `bad ${key}`, code: key, type: key, param: key, nested: [{ [key]: [key] }] }
      response.writeHead(401, { ...json, ...echo }).end(JSON.stringify({ error, request_id: key }))
    }
  },
  "as the name of a limit": {
    tag: "RateLimitError",
    answer: (response) =>
      response.writeHead(429, { ...json, ...echo }).end(JSON.stringify({ error: { type: key, message: key } }))
  },
  "as the name of a policy": {
    tag: "ContentPolicyError",
    answer: (response) =>
      response
        .writeHead(400, { ...json, ...echo })
        .end(JSON.stringify({ error: { code: "content_policy_violation", type: key, message: key } }))
  },
  "in plain text": {
    tag: "ServerError",
    answer: (response) => response.writeHead(500, echo).end(`oops ${key}`)
  },
  "in place of JSON": {
    tag: "ResponseParseError",
    answer: (response) => response.writeHead(200, { ...json, ...echo }).end(key)
  },
  "in JSON of another kind, where an excerpt would cut the key in two": {
    tag: "ResponseParseError",
    answer: (response) => response.writeHead(200, { ...json, ...echo }).end(JSON.stringify("x".repeat(4096 - 12) + key))
  },
  "where it redirects to": {
    tag: "ResponseParseError",
    answer: (response) => response.writeHead(304, echo).end()
  },
  "with a connection that breaks": {
    tag: "NetworkError",
    answer: (response) => {
      response.writeHead(200, { ...json, ...echo, "content-length": "500" })
      response.write(key, () => setImmediate(() => response.destroy()))
    }
  }
}

/** The same for streams. */
const streams: typeof servers = {
  "in an error frame": {
    tag: "ServerError",
    answer: (response) => {
      const error = JSON.stringify({ error: { message: key, type: "server_error", code: null, extra: { [key]: key } } })
      response.writeHead(200, { ...eventStream, ...echo }).end(`${delta("Hel")}data: ${error}\n\n`)
    }
  },
  "in an answer that is cut, half in one piece and half in the next": {
    tag: "StreamInterruptedError",
    answer: (response) => {
      const pieces = delta(`your key is ${key.slice(0, 12)}`) + delta(key.slice(12))
      response.writeHead(200, { ...eventStream, ...echo }).end(pieces)
    }
  },
  "in a page instead of a stream": {
    tag: "ResponseParseError",
    answer: (response) => response.writeHead(200, { "content-type": "text/html", ...echo }).end(`<p>${key}</p>`)
  },
  "in a refusal of the stream": {
    tag: "PermissionDeniedError",
    answer: (response) => response.writeHead(403, echo).end(key)
  }
}

for (const [name, client] of Object.entries(clients)) {
  describe(`over ${name}, no error repeats the key that a server sends back`, () => {
    const layerOf = (url: string) =>
      OpenAi.layer({ apiKey: Redacted.make(key), baseUrl: url }).pipe(Layer.provide(client))
    const model = OpenAi.model("gpt-4.1")

    for (const [where, { answer, tag }] of Object.entries(servers)) {
      it.live(where, () =>
        Effect.gen(function* () {
          const server = yield* serve((response) => answer(response))
          const error = yield* model.generate("Hi").pipe(Effect.provide(layerOf(server.url)), Effect.flip)
          assert.strictEqual(error._tag, tag)
          assert.notInclude(told(error), "456789abc")
        })
      )
    }

    for (const [where, { answer, tag }] of Object.entries(streams)) {
      it.live(where, () =>
        Effect.gen(function* () {
          const server = yield* serve((response) => answer(response))
          const error = yield* model
            .stream("Hi")
            .pipe(Stream.runDrain, Effect.provide(layerOf(server.url)), Effect.flip)
          assert.strictEqual(error._tag, tag)
          assert.notInclude(told(error), "456789abc")
        })
      )
    }

    it.live("including the key of a call, in any header", () =>
      Effect.gen(function* () {
        const server = yield* serve((response, _, { headers }) =>
          response.writeHead(401, json).end(JSON.stringify({ error: { message: headers["x-tenant"] } }))
        )
        const error = yield* Anthropic.model("claude-haiku-4-5")
          .generate("Hi")
          .pipe(
            Anthropic.withCredentials({ headers: { "X-Tenant": Redacted.make("tenant-0123456789") } }),
            Effect.provide(
              Anthropic.layer({ apiKey: Redacted.make(key), baseUrl: server.url }).pipe(Layer.provide(client))
            ),
            Effect.flip
          )
        assert.strictEqual(error._tag, "AuthenticationError")
        assert.strictEqual(error._tag === "AuthenticationError" && error.detail, "<redacted>")
        assert.notInclude(told(error), "456789")
      })
    )
  })
}

describe("a hostile server", () => {
  const layerOf = (url: string) =>
    OpenAi.layer({ apiKey: Redacted.make(key), baseUrl: url }).pipe(Layer.provide(NodeHttpClient.layerUndici))
  const model = OpenAi.model("gpt-4.1")
  /** Asks a server that gives one answer after the other, and tells what each of them is. */
  const tagsOf = Effect.fnUntraced(function* (answers: ReadonlyArray<readonly [status: number, body: string]>) {
    let answer: readonly [number, string] = [200, ""]
    const server = yield* serve((response) => response.writeHead(answer[0], json).end(answer[1]))
    return yield* Effect.forEach(answers, (next) => {
      answer = next
      return Effect.map(Effect.flip(model.generate("Hi")), ({ _tag }) => _tag)
    }).pipe(Effect.provide(layerOf(server.url)))
  }, Effect.scoped)

  it.live("JSON so deep that it cannot be written again is a typed error", () =>
    Effect.gen(function* () {
      const deep = "[".repeat(20_000) + "]".repeat(20_000)
      const tags = yield* tagsOf([
        [500, deep],
        [429, `{"error":{"message":"slow","extra":${deep}}}`],
        [200, `{"choices":${deep}}`]
      ])
      assert.deepStrictEqual(tags, ["ServerError", "RateLimitError", "ResponseParseError"])
      // The second is kept as it is, with what was counted.
      for (const chunk of [`{"choices":${deep}}`, `{"usage":{"prompt_tokens":1,"input":${deep}}}`]) {
        const server = yield* serve((response) => response.writeHead(200, eventStream).end(`data: ${chunk}\n\n`))
        const error = yield* model.stream("Hi").pipe(Stream.runDrain, Effect.provide(layerOf(server.url)), Effect.flip)
        assert.include(["ResponseParseError", "StreamInterruptedError"], error._tag)
      }
    })
  )

  it.live("a redirect is an error with its target, also if that is relative or missing", () =>
    Effect.gen(function* () {
      const shown: Record<string, string> = {
        "/v2/chat/completions?key=secret": "/v2/chat/completions:",
        "../chat": "/v1/chat:",
        "https://user:secret@elsewhere.example/v1/#x": "redirected to https://elsewhere.example/v1/:",
        "//elsewhere.example/v1": "redirected to http://elsewhere.example/v1:",
        "javascript:alert(1)": "redirected to another address:",
        "": "redirected to another address:"
      }
      for (const [location, words] of Object.entries(shown)) {
        const server = yield* serve((response) => response.writeHead(308, location === "" ? {} : { location }).end())
        const error = yield* model.generate("Hi").pipe(Effect.provide(layerOf(`${server.url}/v1`)), Effect.flip)
        assert.strictEqual(error._tag, "ResponseParseError")
        const detail = error._tag === "ResponseParseError" ? (error.detail ?? "") : ""
        assert.include(detail, words.startsWith("/") ? `redirected to ${server.url}${words}` : words)
        assert.notInclude(detail, "secret")
      }
    })
  )

  it.live("any JSON in any place is a typed error", () =>
    Effect.gen(function* () {
      const bodies = [
        "",
        "null",
        "0",
        '""',
        "[]",
        "[null]",
        "{}",
        '{"error":null}',
        '{"error":[]}',
        '{"error":{"code":{}}}'
      ]
      const hollow = ["", "null", "0", '""', "[]", "{}", '{"choices":[]}', '{"choices":null}', '{"choices":{}}']
      const cases = [
        ...bodies.flatMap((body) => [[500, body, "ServerError"] as const, [401, body, "AuthenticationError"] as const]),
        ...hollow.map((body) => [200, body, "ResponseParseError"] as const)
      ]
      const tags = yield* tagsOf(cases.map(([status, body]) => [status, body]))
      const told: ReadonlyArray<ReadonlyArray<unknown>> = cases.map(([status, body], at) => [status, body, tags[at]])
      assert.deepStrictEqual(told, cases)
    })
  )

  it.live("a frame over the size limit fails the stream, after the frames before it", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => {
        response.writeHead(200, eventStream).write(delta("Hel"))
        response.end(`data: ${"x".repeat(17 * 1024 * 1024)}`)
      })
      const seen: Array<string> = []
      const error = yield* model.stream("Hi").pipe(
        Stream.runForEach((event) => Effect.sync(() => seen.push(event.type))),
        Effect.provide(layerOf(server.url)),
        Effect.flip
      )
      assert.strictEqual(error._tag, "ResponseTooLargeError")
      assert.include(seen, "text-delta")
    })
  )
})
