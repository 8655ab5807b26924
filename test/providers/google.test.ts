import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, FileSystem, Layer, PlatformError, Redacted, Stream } from "effect"
import { Headers } from "effect/http"
import { TestClock } from "effect/testing"
import { generateKeyPairSync, verify } from "node:crypto"
import type { ServerResponse } from "node:http"
import { GoogleGenerateContent } from "../../src/protocols/GoogleGenerateContent.ts"
import * as ErrorTable from "../../src/client/errors/ErrorTable.ts"
import { Google } from "../../src/providers/Google.ts"
import { GoogleVertex } from "../../src/providers/GoogleVertex.ts"
import { GoogleVertexAnthropic } from "../../src/providers/GoogleVertexAnthropic.ts"
import * as Restrictions from "../../src/client/restrictions/Restrictions.ts"
import { vertexUrl } from "../../src/providers/google/VertexSettings.ts"
import { serve } from "./server.ts"

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString()

const accountOf = (url: string) => ({
  type: "service_account",
  project_id: "p-1",
  private_key_id: "kid-1",
  private_key: pem,
  client_email: "me@p-1.iam.gserviceaccount.com",
  token_uri: `${url}/token`
})

interface Seen {
  readonly url: string
  readonly headers: { readonly [name: string]: unknown }
  readonly body: string
}

const said = {
  candidates: [{ content: { role: "model", parts: [{ text: "Hi" }] }, finishReason: "STOP" }],
  usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 }
}

const claude = { type: "message", content: [{ type: "text", text: "Hi" }], stop_reason: "end_turn" }

/** A server that gives tokens (each another), and answers. */
const google = (refuse?: (response: ServerResponse, url: string) => boolean) =>
  Effect.gen(function* () {
    const seen: Array<Seen> = []
    let tokens = 0
    const server = yield* serve((response, body, { headers, url = "" }) => {
      seen.push({ url, headers, body })
      if (refuse?.(response, url) === true) return
      const isToken = url.includes("token")
      const answer = isToken
        ? { access_token: `token-${++tokens}`, expires_in: 3600, token_type: "Bearer" }
        : url.includes("anthropic")
          ? claude
          : said
      if (url.endsWith("alt=sse")) {
        response.writeHead(200, { "content-type": "text/event-stream" })
        response.end(`data: ${JSON.stringify(answer)}\r\n\r\n`)
      } else {
        response.writeHead(200, { "content-type": "application/json" })
        response.end(JSON.stringify(answer))
      }
    })
    return { ...server, seen, tokenRequests: () => seen.filter(({ url }) => url.includes("token")) }
  })

const net = NodeHttpClient.layerUndici

const filesOf = (files: { readonly [path: string]: string }) =>
  Layer.succeed(
    FileSystem.FileSystem,
    FileSystem.makeNoop({
      readFileString: (path) =>
        files[path] === undefined
          ? Effect.fail(PlatformError.systemError({ _tag: "NotFound", module: "FileSystem", method: "readFileString" }))
          : Effect.succeed(files[path])
    })
  )

describe("Google", () => {
  it.live("is called at the model's path, with the key in its header", () =>
    Effect.gen(function* () {
      const { seen, url } = yield* google()
      const layer = Google.layer({ apiKey: Redacted.make("key-1234"), baseUrl: url }).pipe(Layer.provide(net))
      const answer = yield* Google.model("gemini-3.8-flash").generate("Hello").pipe(Effect.provide(layer))
      assert.strictEqual(answer.text, "Hi")
      const events = yield* Google.model("gemini-3.8-flash")
        .stream("Hello")
        .pipe(Stream.runCollect, Effect.provide(layer))
      assert.strictEqual(events.at(-1)?.type, "finish")
      assert.deepStrictEqual(
        seen.map(({ headers, url }) => [url, headers["x-goog-api-key"], headers.authorization]),
        [
          ["/models/gemini-3.8-flash:generateContent", "key-1234", undefined],
          ["/models/gemini-3.8-flash:streamGenerateContent?alt=sse", "key-1234", undefined]
        ]
      )
      assert.deepStrictEqual(JSON.parse(seen[0]!.body), { contents: [{ role: "user", parts: [{ text: "Hello" }] }] })
    })
  )

  it.live("reads its key from the environment variables of Google's own clients", () =>
    Effect.gen(function* () {
      const { seen, url } = yield* google()
      for (const name of ["GEMINI_API_KEY", "GOOGLE_API_KEY"]) {
        const config = ConfigProvider.layer(ConfigProvider.fromUnknown({ [name]: name, GOOGLE_BASE_URL: url }))
        const layer = Google.layerConfig.pipe(Layer.provide(net), Layer.provide(config))
        yield* Google.model("gemini-3.8-flash").generate("Hello").pipe(Effect.provide(layer))
        assert.strictEqual(seen.at(-1)?.headers["x-goog-api-key"], name)
      }
    })
  )

  it.live("reports a blocked prompt or response", () =>
    Effect.gen(function* () {
      const bodies = [
        {
          promptFeedback: { blockReason: "PROHIBITED_CONTENT" },
          usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 }
        },
        { candidates: [{ content: {}, finishReason: "SAFETY" }] }
      ]
      for (const [index, category] of ["PROHIBITED_CONTENT", "SAFETY"].entries()) {
        for (const stream of [false, true]) {
          const body = JSON.stringify(bodies[index])
          const { url } = yield* google((response) => {
            response.writeHead(200, { "content-type": stream ? "text/event-stream" : "application/json" })
            response.end(stream ? `data: ${body}\r\n\r\n` : body)
            return true
          })
          const layer = Google.layer({ apiKey: Redacted.make("key-1234"), baseUrl: url }).pipe(Layer.provide(net))
          const model = Google.model("gemini-3.8-flash")
          const asked = stream ? Stream.runDrain(model.stream("Hello")) : Effect.asVoid(model.generate("Hello"))
          const error = yield* asked.pipe(Effect.provide(layer), Effect.flip)
          assert.deepInclude(error, { _tag: "ContentPolicyError", category })
        }
      }
    })
  )
})

describe("Google Vertex", () => {
  it("uses the host of its location", () => {
    assert.strictEqual(
      vertexUrl("v1", { project: "p", location: "us-east5" }),
      "https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5"
    )
    assert.strictEqual(
      vertexUrl("v1", { project: "p" }),
      "https://aiplatform.googleapis.com/v1/projects/p/locations/global"
    )
    assert.strictEqual(
      vertexUrl("v1", { project: "p", location: "eu" }),
      "https://aiplatform.eu.rep.googleapis.com/v1/projects/p/locations/eu"
    )
    assert.include(vertexUrl("v1", { credentials: JSON.stringify(accountOf("")) }), "/projects/p-1/")
    assert.strictEqual(vertexUrl("v1", {}), "https://aiplatform.googleapis.com/v1")
  })

  it.effect("signs for a service account, caches its token, and renews it before it expires", () =>
    Effect.gen(function* () {
      const server = yield* google()
      const { seen, tokenRequests, url } = server
      const credentials = Redacted.make(JSON.stringify(accountOf(url)))
      const layer = GoogleVertex.layer({ credentials, baseUrl: `${url}/v1` }).pipe(Layer.provide(net))
      yield* Effect.gen(function* () {
        yield* TestClock.setTime(1_000_000_000_000)
        const model = GoogleVertex.model("gemini-3.8-flash")
        yield* Effect.all([model.generate("Hello"), model.generate("Hello")], { concurrency: 2 })
        assert.lengthOf(tokenRequests(), 1)
        yield* TestClock.adjust("3530 seconds")
        yield* model.generate("Hello")
        assert.lengthOf(tokenRequests(), 1)
        yield* TestClock.adjust("20 seconds")
        yield* model.generate("Hello")
        assert.lengthOf(tokenRequests(), 2)
      }).pipe(Effect.provide(layer))
      const asked = seen.filter(({ url }) => !url.includes("token"))
      assert.deepStrictEqual(
        asked.map(({ headers }) => headers.authorization),
        ["Bearer token-1", "Bearer token-1", "Bearer token-1", "Bearer token-2"]
      )
      assert.strictEqual(asked[0]?.url, "/v1/publishers/google/models/gemini-3.8-flash:generateContent")
      const form = new URLSearchParams(tokenRequests()[0]?.body)
      assert.strictEqual(form.get("grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer")
      const [head = "", claims = "", signature = ""] = (form.get("assertion") ?? "").split(".")
      const parsed = [head, claims].map((part) => JSON.parse(Buffer.from(part, "base64url").toString()))
      assert.deepStrictEqual(parsed, [
        { alg: "RS256", typ: "JWT", kid: "kid-1" },
        {
          iss: "me@p-1.iam.gserviceaccount.com",
          scope: "https://www.googleapis.com/auth/cloud-platform",
          aud: `${url}/token`,
          iat: 1_000_000_000,
          exp: 1_000_003_600
        }
      ])
      const isSigned = verify(
        "RSA-SHA256",
        Buffer.from(`${head}.${claims}`),
        publicKey,
        Buffer.from(signature, "base64url")
      )
      assert.isTrue(isSigned)
    })
  )

  it.live("accepts a key or a token", () =>
    Effect.gen(function* () {
      const { seen, url } = yield* google()
      const ask = (options: Parameters<typeof GoogleVertex.layer>[0], model = "gemini-3.8-flash") =>
        GoogleVertex.model(model)
          .generate("Hello")
          .pipe(Effect.provide(GoogleVertex.layer({ ...options, baseUrl: url }).pipe(Layer.provide(net))))
      yield* ask({ apiKey: Redacted.make("key-1234") })
      assert.strictEqual(seen.at(-1)?.headers["x-goog-api-key"], "key-1234")
      yield* ask({ accessToken: Redacted.make("given-token") }, "meta/llama-4")
      assert.strictEqual(seen.at(-1)?.headers.authorization, "Bearer given-token")
      assert.strictEqual(seen.at(-1)?.url, "/publishers/meta/models/llama-4:generateContent")
      yield* ask({ accessToken: Redacted.make("given-token") }, "endpoints/123")
      assert.strictEqual(seen.at(-1)?.url, "/endpoints/123:generateContent")
    })
  )

  it.live("finds the named file, gcloud's login and the metadata server, in this order", () =>
    Effect.gen(function* () {
      const { seen, url } = yield* google()
      const person = {
        type: "authorized_user",
        client_id: "app",
        client_secret: "app-secret",
        refresh_token: "refresh-me",
        quota_project_id: "p-2",
        token_uri: `${url}/token`
      }
      const files = filesOf({
        "/keys/sa.json": JSON.stringify(accountOf(url)),
        "/homes/me/.config/gcloud/application_default_credentials.json": JSON.stringify(person)
      })
      const ask = (settings: { readonly [name: string]: string }) =>
        GoogleVertex.model("gemini-3.8-flash")
          .generate("Hello")
          .pipe(Effect.provide(GoogleVertex.layer({ ...settings, baseUrl: url }).pipe(Layer.provide([net, files]))))
      const host = new URL(url).host
      yield* ask({ credentialsFile: "/keys/sa.json", home: "/homes/me" })
      assert.include(seen.at(-2)?.body, "jwt-bearer")
      yield* ask({ home: "/homes/me", metadataHost: host })
      const form = Object.fromEntries(new URLSearchParams(seen.at(-2)?.body))
      assert.deepStrictEqual(form, {
        grant_type: "refresh_token",
        client_id: "app",
        client_secret: "app-secret",
        refresh_token: "refresh-me"
      })
      assert.strictEqual(seen.at(-1)?.headers["x-goog-user-project"], "p-2")
      yield* ask({ home: "/elsewhere", metadataHost: host })
      assert.strictEqual(seen.at(-2)?.url, "/computeMetadata/v1/instance/service-accounts/default/token")
      assert.strictEqual(seen.at(-2)?.headers["metadata-flavor"], "Google")
      assert.strictEqual(seen.at(-1)?.headers.authorization, "Bearer token-3")
    })
  )

  it.live("reports invalid credentials without their contents", () =>
    Effect.gen(function* () {
      const { url } = yield* google((response, path) => {
        if (!path.includes("token")) return false
        response.writeHead(400, { "content-type": "application/json" })
        response.end(JSON.stringify({ error: "invalid_grant", error_description: "Invalid JWT Signature." }))
        return true
      })
      const account = accountOf(url)
      const ask = (settings: { readonly [name: string]: string }) =>
        GoogleVertex.model("gemini-3.8-flash")
          .generate("Hello")
          .pipe(
            Effect.provide(GoogleVertex.layer({ ...settings, baseUrl: url }).pipe(Layer.provide([net, filesOf({})]))),
            Effect.flip
          )
      const cases: ReadonlyArray<readonly [{ readonly [name: string]: string }, RegExp]> = [
        [{ credentials: JSON.stringify(account) }, /Invalid JWT Signature/],
        [
          {
            credentials: JSON.stringify({ ...account, private_key: "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END" })
          },
          /private key .* cannot be read/
        ],
        [{ credentials: "{" }, /GOOGLE_VERTEX_CREDENTIALS is not JSON/],
        [{ credentials: JSON.stringify({ type: "external_account" }) }, /has the type external_account/],
        [{ credentials: JSON.stringify({ type: "service_account", private_key: pem }) }, /lacks a field/],
        [{ credentialsFile: "/no/such.json" }, /names \/no\/such.json, and it cannot be read/],
        [{ metadataHost: "127.0.0.1:1" }, /gcloud auth application-default login/]
      ]
      for (const [settings, expected] of cases) {
        const error = yield* ask(settings)
        assert.strictEqual(error._tag, "AuthenticationError")
        assert.match(error.message, expected)
        assert.notInclude(JSON.stringify(error), pem.slice(40, 80))
        assert.notInclude(JSON.stringify(error), "c2VjcmV0")
      }
      const unset = yield* Layer.build(GoogleVertex.layer({}).pipe(Layer.provide(net))).pipe(Effect.flip)
      assert.match(String(unset.message), /GOOGLE_CLOUD_PROJECT/)
    })
  )

  it.live("sends labels, the tier in a header, and no call ids", () =>
    Effect.gen(function* () {
      const { seen, url } = yield* google()
      const layer = GoogleVertex.layer({ accessToken: Redacted.make("given-token"), baseUrl: url }).pipe(
        Layer.provide(net)
      )
      const request = {
        messages: [
          { role: "user" as const, content: "Hello" },
          { role: "assistant" as const, content: [{ type: "tool-call" as const, id: "c1", name: "f", input: {} }] },
          { role: "tool" as const, content: [{ type: "tool-result" as const, id: "c1", output: "ok" }] }
        ],
        metadata: { team: "a" },
        serviceTier: "priority"
      }
      yield* GoogleVertex.model("gemini-3.8-flash").generate(request).pipe(Effect.provide(layer))
      const body = JSON.parse(seen[0]!.body)
      assert.deepStrictEqual(body.contents[1].parts[0].functionCall, { name: "f", args: {} })
      assert.deepStrictEqual(body.contents[2].parts[0].functionResponse, { name: "f", response: { output: "ok" } })
      assert.deepStrictEqual(body.labels, { team: "a" })
      assert.strictEqual(seen[0]?.headers["x-vertex-ai-llm-shared-request-type"], "priority")
    })
  )
})

describe("Claude on Google Vertex", () => {
  it.live("speaks Anthropic's protocol, with the model in the path and the version in the body", () =>
    Effect.gen(function* () {
      const { seen, url } = yield* google()
      const layer = GoogleVertexAnthropic.layer({ accessToken: Redacted.make("given-token"), baseUrl: url }).pipe(
        Layer.provide(net)
      )
      const answer = yield* GoogleVertexAnthropic.model("claude-sonnet-4-5@20250929")
        .generate({ messages: "Hello", maxOutputTokens: 10 })
        .pipe(Effect.provide(layer))
      assert.strictEqual(answer.text, "Hi")
      assert.strictEqual(seen[0]?.url, "/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict")
      assert.strictEqual(seen[0]?.headers.authorization, "Bearer given-token")
      assert.deepStrictEqual(JSON.parse(seen[0]!.body), {
        anthropic_version: "vertex-2023-10-16",
        max_tokens: 10,
        messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }]
      })
    })
  )
})

describe("Google's errors", () => {
  const decode = (error: object) =>
    ErrorTable.decode(GoogleGenerateContent.decodeError([{ error }]), {
      provider: "google",
      rows: "google",
      model: "gemini-3.8-flash",
      status: 400,
      headers: Headers.empty,
      now: 0,
      secrets: []
    })
  const cases: ReadonlyArray<readonly [string, object, object]> = [
    [
      "a key that is wrong",
      {
        code: 400,
        status: "INVALID_ARGUMENT",
        message: "API key not valid.",
        details: [{ reason: "API_KEY_INVALID" }]
      },
      { _tag: "AuthenticationError" }
    ],
    [
      "too many requests",
      {
        code: 429,
        status: "RESOURCE_EXHAUSTED",
        details: [{ violations: [{ quotaId: "GenerateRequestsPerMinute" }] }]
      },
      { _tag: "RateLimitError" }
    ],
    [
      "a quota of the day",
      {
        code: 429,
        status: "RESOURCE_EXHAUSTED",
        details: [{ violations: [{ quotaId: "GenerateRequestsPerDayPerProject" }] }]
      },
      { _tag: "QuotaExceededError" }
    ],
    [
      "a prompt that is too long",
      {
        code: 400,
        status: "INVALID_ARGUMENT",
        message: "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."
      },
      { _tag: "ContextWindowExceededError", limit: 1_048_576, requested: 1_200_000 }
    ],
    [
      "an unknown model",
      { code: 404, status: "NOT_FOUND", message: "models/x is not found" },
      { _tag: "ModelNotFoundError" }
    ],
    ["no permission", { code: 403, status: "PERMISSION_DENIED" }, { _tag: "PermissionDeniedError" }],
    ["a token that is not taken", { code: 401, status: "UNAUTHENTICATED" }, { _tag: "AuthenticationError" }],
    [
      "overload",
      { code: 503, status: "UNAVAILABLE", message: "The model is overloaded." },
      { _tag: "OverloadedError" }
    ],
    [
      "a place that is not served",
      { code: 400, status: "FAILED_PRECONDITION", message: "User location is not supported for the API use." },
      { _tag: "PermissionDeniedError" }
    ],
    [
      "a parameter that the model lacks",
      { code: 400, status: "INVALID_ARGUMENT", message: "Penalty is not enabled for models/gemini-2.5-flash" },
      { _tag: "UnsupportedParameterError" }
    ],
    [
      "an effort that the model lacks",
      {
        code: 400,
        status: "INVALID_ARGUMENT",
        message: "Thinking level MINIMAL is not supported for this model. Please retry with other thinking level."
      },
      { _tag: "UnsupportedParameterError" }
    ],
    [
      "a bad request",
      { code: 400, status: "INVALID_ARGUMENT", message: "Request contains an invalid argument." },
      { _tag: "InvalidRequestError" }
    ]
  ]
  for (const [name, error, expected] of cases) it(`${name}`, () => assert.deepInclude(decode(error), expected))

  it("models that cannot reason less fail with a message", () => {
    const efforts = (model: string) => Restrictions.make("google", model, []).quirks.reasoningEfforts
    assert.deepStrictEqual(efforts("gemini-3.8-flash"), ["low", "medium", "high"])
    assert.deepStrictEqual(efforts("gemini-2.5-pro"), ["minimal", "low", "medium", "high"])
    assert.isUndefined(efforts("gemini-2.5-flash"))
  })
})
