/**
 * How providers are told who asks where a key in a header does not do. No address here is asked: the HTTP client is a
 * function.
 */
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Fiber, Layer, Redacted, Ref, Stream } from "effect"
import { HttpClient, type HttpClientRequest, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { ChatRequest } from "effect-llm"
import type { AnyProvider } from "effect-llm/providers/Registry"
import { AzureAiFoundry } from "effect-llm/providers/AzureAiFoundry"
import { AzureOpenAi } from "effect-llm/providers/AzureOpenAi"
import { Databricks } from "effect-llm/providers/Databricks"
import { GitHubCopilot, type DeviceCode } from "effect-llm/providers/GitHubCopilot"
import { SnowflakeCortex } from "effect-llm/providers/SnowflakeCortex"
import { Watsonx } from "effect-llm/providers/Watsonx"

interface Seen {
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

const bodyOf = ({ body }: HttpClientRequest.HttpClientRequest): string =>
  body._tag === "Uint8Array" ? new TextDecoder().decode(body.body) : ""

const chat = { id: "1", choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }] }

/** A world in which the addresses that are named answer so, and every other one answers a chat. */
const world = (answers: { readonly [url: string]: (times: number) => readonly [status: number, body: unknown] }) =>
  Effect.gen(function* () {
    const seen = yield* Ref.make<ReadonlyArray<Seen>>([])
    const client = HttpClient.make((request, url) =>
      Effect.gen(function* () {
        const place = url.href
        const times = (yield* Ref.get(seen)).filter(({ url }) => url === place).length
        yield* Ref.update(seen, (all) => [
          ...all,
          { url: place, headers: { ...request.headers }, body: bodyOf(request) }
        ])
        const [status, body] = answers[place]?.(times) ?? [200, chat]
        return HttpClientResponse.fromWeb(request, new Response(JSON.stringify(body), { status }))
      })
    )
    return { layer: Layer.succeed(HttpClient.HttpClient, client), seen: Ref.get(seen) }
  })

const ask = (provider: AnyProvider, env: Record<string, string>, model = "m") =>
  Effect.provide(
    Effect.map(provider.make, (service) => service.generate(model, ChatRequest.make("Hi"))),
    ConfigProvider.layer(ConfigProvider.fromUnknown(env))
  )

describe("Azure OpenAI", () => {
  const resource = { AZURE_RESOURCE_NAME: "mine" }
  const tokenUrl = "https://login.microsoftonline.com/tenant-1/oauth2/v2.0/token"
  const application = { AZURE_TENANT_ID: "tenant-1", AZURE_CLIENT_ID: "app", AZURE_CLIENT_SECRET: "secret-0123456789" }

  it.effect("calls the v1 API with a key", () =>
    Effect.gen(function* () {
      const { layer, seen } = yield* world({})
      const call = yield* Effect.provide(ask(AzureOpenAi, { ...resource, AZURE_API_KEY: "key-0123456789" }), layer)
      yield* call
      const [request] = yield* seen
      assert.strictEqual(request?.url, "https://mine.openai.azure.com/openai/v1/chat/completions")
      assert.strictEqual(request?.headers["api-key"], "key-0123456789")
      assert.notProperty(request?.headers, "authorization")
      assert.strictEqual(JSON.parse(request?.body ?? "").model, "m")
    })
  )

  it.effect("calls the older API at the deployment's path, however the endpoint is written", () =>
    Effect.gen(function* () {
      for (const endpoint of ["https://mine.openai.azure.com/", "https://mine.openai.azure.com/openai/v1/"]) {
        const { layer, seen } = yield* world({})
        const env = {
          AZURE_OPENAI_ENDPOINT: endpoint,
          AZURE_OPENAI_API_KEY: "key-0123456789",
          AZURE_API_VERSION: "2024-10-21"
        }
        yield* yield* Effect.provide(ask(AzureOpenAi, env, "my deployment"), layer)
        const [request] = yield* seen
        assert.strictEqual(
          request?.url,
          "https://mine.openai.azure.com/openai/deployments/my%20deployment/chat/completions?api-version=2024-10-21"
        )
      }
    })
  )

  it.effect("obtains a token for an application and caches it until it expires", () =>
    Effect.gen(function* () {
      const { layer, seen } = yield* world({
        [tokenUrl]: (times) => [200, { access_token: `token-${times}`, expires_in: 3600 }]
      })
      const call = yield* Effect.provide(ask(AzureOpenAi, { ...resource, ...application }), layer)
      yield* Effect.all([call, call, call], { concurrency: "unbounded" })
      yield* TestClock.adjust("58 minutes")
      yield* call
      yield* TestClock.adjust("90 seconds")
      yield* call
      const all = yield* seen
      const exchanges = all.filter(({ url }) => url === tokenUrl)
      assert.strictEqual(exchanges.length, 2)
      const form = new URLSearchParams(exchanges[0]?.body)
      assert.deepStrictEqual(Object.fromEntries(form), {
        grant_type: "client_credentials",
        client_id: "app",
        client_secret: "secret-0123456789",
        scope: "https://cognitiveservices.azure.com/.default"
      })
      assert.deepStrictEqual(
        all.filter(({ url }) => url !== tokenUrl).map(({ headers }) => headers.authorization),
        ["Bearer token-0", "Bearer token-0", "Bearer token-0", "Bearer token-0", "Bearer token-1"]
      )
      assert.isTrue(all.every(({ headers }) => headers["api-key"] === undefined))
    })
  )

  it.effect("fails without repeating the secret, and tries again with the next call", () =>
    Effect.gen(function* () {
      const { layer } = yield* world({
        [tokenUrl]: (times) =>
          times === 0
            ? [401, { error: "invalid_client", error_description: "secret-0123456789 is wrong" }]
            : [200, { access_token: "token", expires_in: "3600" }]
      })
      const call = yield* Effect.provide(ask(AzureOpenAi, { ...resource, ...application }), layer)
      const error = yield* Effect.flip(call)
      assert.strictEqual(error._tag, "AuthenticationError")
      assert.include(error.message, "is wrong")
      assert.notInclude(JSON.stringify(error) + error.message, "secret-0123456789")
      assert.strictEqual((yield* call).text, "Hi")
    })
  )

  it.effect("distinguishes overloaded and rate-limited token servers from those that reject the credentials", () =>
    Effect.gen(function* () {
      const { layer } = yield* world({
        [tokenUrl]: (times) => [times === 0 ? 503 : 429, "busy"]
      })
      const call = yield* Effect.provide(ask(AzureOpenAi, { ...resource, ...application }), layer)
      assert.strictEqual((yield* Effect.flip(call))._tag, "ServerError")
      assert.strictEqual((yield* Effect.flip(call))._tag, "RateLimitError")
    })
  )

  it.effect("accepts a token, or an effect that returns one", () =>
    Effect.gen(function* () {
      const { layer, seen } = yield* world({})
      yield* yield* Effect.provide(
        ask(AzureAiFoundry, { AZURE_AI_RESOURCE_NAME: "hub", AZURE_AD_TOKEN: "given-token" }),
        layer
      )
      const own = AzureOpenAi.layerToken(Effect.succeed(Redacted.make("own-token")), { resource: "mine" })
      yield* AzureOpenAi.model("m").generate("Hi").pipe(Effect.provide(own), Effect.provide(layer))
      const [foundry, openAi] = yield* seen
      assert.strictEqual(foundry?.url, "https://hub.services.ai.azure.com/openai/v1/chat/completions")
      assert.strictEqual(foundry?.headers.authorization, "Bearer given-token")
      assert.strictEqual(openAi?.headers.authorization, "Bearer own-token")
    })
  )

  it.effect("names missing settings", () =>
    Effect.gen(function* () {
      const { layer } = yield* world({})
      const fails = (env: Record<string, string>) => Effect.flip(Effect.provide(ask(AzureOpenAi, env), layer))
      assert.include((yield* fails(resource)).message, "AZURE_API_KEY or AZURE_OPENAI_API_KEY")
      assert.include((yield* fails({ AZURE_API_KEY: "key-0123456789" })).message, "AZURE_BASE_URL")
    })
  )
})

describe("Databricks", () => {
  it.effect("accepts a workspace however it is written, and a token or a service principal", () =>
    Effect.gen(function* () {
      const tokenUrl = "https://adb-1.azuredatabricks.net/oidc/v1/token"
      const { layer, seen } = yield* world({
        [tokenUrl]: () => [200, { access_token: "oauth-token", expires_in: 3600 }]
      })
      const host = { DATABRICKS_HOST: "https://adb-1.azuredatabricks.net/" }
      yield* yield* Effect.provide(ask(Databricks, { ...host, DATABRICKS_TOKEN: "dapi-0123456789" }), layer)
      const principal = { DATABRICKS_CLIENT_ID: "id", DATABRICKS_CLIENT_SECRET: "secret-0123456789" }
      yield* yield* Effect.provide(ask(Databricks, { ...host, ...principal }), layer)
      const [byToken, exchange, byPrincipal] = yield* seen
      const url = "https://adb-1.azuredatabricks.net/serving-endpoints/chat/completions"
      assert.deepStrictEqual([byToken?.url, byPrincipal?.url], [url, url])
      assert.strictEqual(byToken?.headers.authorization, "Bearer dapi-0123456789")
      assert.strictEqual(exchange?.headers.authorization, `Basic ${btoa("id:secret-0123456789")}`)
      assert.strictEqual(exchange?.body, "grant_type=client_credentials&scope=all-apis")
      assert.strictEqual(byPrincipal?.headers.authorization, "Bearer oauth-token")
    })
  )
})

describe("Snowflake Cortex", () => {
  it.effect("sends the account and the kind of its token", () =>
    Effect.gen(function* () {
      const { layer, seen } = yield* world({})
      const env = {
        SNOWFLAKE_ACCOUNT_ID: "org-me",
        SNOWFLAKE_JWT: "jwt-0123456789",
        SNOWFLAKE_TOKEN_TYPE: "KEYPAIR_JWT"
      }
      yield* yield* Effect.provide(ask(SnowflakeCortex, env), layer)
      const [request] = yield* seen
      assert.strictEqual(request?.url, "https://org-me.snowflakecomputing.com/api/v2/cortex/v1/chat/completions")
      assert.strictEqual(request?.headers["x-snowflake-authorization-token-type"], "KEYPAIR_JWT")
    })
  )
})

describe("watsonx.ai", () => {
  const iam = "https://iam.cloud.ibm.com/identity/token"

  it.effect("exchanges its key, and sends project and version", () =>
    Effect.gen(function* () {
      const { layer, seen } = yield* world({ [iam]: () => [200, { access_token: "iam-token", expires_in: 3600 }] })
      const env = { WATSONX_APIKEY: "key-0123456789", WATSONX_REGION: "eu-de", WATSONX_PROJECT_ID: "p1" }
      const service = yield* Effect.provide(ask(Watsonx, env, "ibm/granite-4"), layer)
      assert.strictEqual((yield* service).text, "Hi")
      const [exchange, request] = yield* seen
      assert.deepStrictEqual(Object.fromEntries(new URLSearchParams(exchange?.body)), {
        grant_type: "urn:ibm:params:oauth:grant-type:apikey",
        apikey: "key-0123456789"
      })
      assert.strictEqual(request?.url, "https://eu-de.ml.cloud.ibm.com/ml/v1/text/chat?version=2024-03-13")
      assert.strictEqual(request?.headers.authorization, "Bearer iam-token")
      const body = JSON.parse(request?.body ?? "") as object
      assert.deepInclude(body, { model_id: "ibm/granite-4", project_id: "p1" })
      assert.notProperty(body, "model")
      assert.notProperty(body, "stream")
    })
  )

  it.effect("calls a deployment at its path, without model and space", () =>
    Effect.gen(function* () {
      const { layer, seen } = yield* world({})
      const env = { WATSONX_TOKEN: "token-0123456789", WATSONX_PROJECT_ID: "p1", WATSONX_DEPLOYMENT_SPACE_ID: "s1" }
      const reply = yield* yield* Effect.provide(ask(Watsonx, env, "deployment/my granite"), layer)
      assert.strictEqual(reply.text, "Hi")
      const streaming = Effect.map(Watsonx.make, ({ stream }) => stream("deployment/d1", ChatRequest.make("Hi")))
      const config = ConfigProvider.layer(ConfigProvider.fromUnknown(env))
      const stream = yield* streaming.pipe(Effect.provide(config), Effect.provide(layer))
      yield* Effect.ignore(Stream.runDrain(stream))
      const [whole, streamed] = yield* seen
      const base = "https://us-south.ml.cloud.ibm.com/ml/v1/deployments"
      assert.strictEqual(whole?.url, `${base}/my%20granite/text/chat?version=2024-03-13`)
      assert.hasAllKeys(JSON.parse(whole?.body ?? ""), ["messages"])
      assert.strictEqual(streamed?.url, `${base}/d1/text/chat_stream?version=2024-03-13`)
    })
  )

  it.effect("accepts a token, or the key of a cluster", () =>
    Effect.gen(function* () {
      const { layer, seen } = yield* world({})
      yield* yield* Effect.provide(ask(Watsonx, { WATSONX_TOKEN: "token-0123456789" }), layer)
      const cluster = { WATSONX_ZENAPIKEY: "zen-0123456789", WATSONX_URL: "https://cpd.example.com/" }
      yield* yield* Effect.provide(ask(Watsonx, cluster), layer)
      const [byToken, byZen] = yield* seen
      assert.strictEqual(byToken?.headers.authorization, "Bearer token-0123456789")
      assert.strictEqual(byZen?.headers.authorization, "ZenApiKey zen-0123456789")
      assert.match(byZen?.url ?? "", /^https:\/\/cpd\.example\.com\/ml\/v1\/text\/chat\?/)
    })
  )
})

describe("GitHub Copilot", () => {
  const tokenUrl = "https://api.github.com/copilot_internal/v2/token"
  const api = "https://api.business.githubcopilot.com"
  const env = { COPILOT_GITHUB_TOKEN: "gho_0123456789" }

  it.effect("exchanges the account's token, calls the host it names as an editor would, and renews it in time", () =>
    Effect.gen(function* () {
      const { layer, seen } = yield* world({
        [tokenUrl]: (times) => [200, { token: `copilot-${times}`, expires_at: 1800 * (times + 1), endpoints: { api } }]
      })
      const call = yield* Effect.provide(ask(GitHubCopilot, env), layer)
      yield* call
      yield* TestClock.adjust("30 minutes")
      yield* call
      const [exchange, first, , second] = yield* seen
      assert.strictEqual(exchange?.headers.authorization, "token gho_0123456789")
      assert.strictEqual(first?.url, `${api}/chat/completions`)
      assert.deepInclude(first?.headers, {
        authorization: "Bearer copilot-0",
        "copilot-integration-id": "vscode-chat",
        "x-initiator": "user"
      })
      assert.property(first?.headers, "editor-version")
      assert.notProperty(first?.headers, "copilot-vision-request")
      assert.strictEqual(second?.headers.authorization, "Bearer copilot-1")
    })
  )

  const hosts: ReadonlyArray<readonly [api: string, isCopilots: boolean]> = [
    ["https://api.githubcopilot.com", true],
    ["https://copilot.github.com", true],
    ["https://evilgithubcopilot.com", false],
    ["https://evilgithub.com", false],
    ["https://githubcopilot.com.evil.example", false],
    ["https://attacker.example.com", false],
    ["http://api.githubcopilot.com", false]
  ]
  for (const [api, isCopilots] of hosts) {
    it.effect(`${isCopilots ? "sends" : "does not send"} its access token to ${api}, where the exchange names it`, () =>
      Effect.gen(function* () {
        const { layer, seen } = yield* world({
          [tokenUrl]: () => [200, { token: "t", expires_at: 9e9, endpoints: { api } }]
        })
        yield* Effect.exit(yield* Effect.provide(ask(GitHubCopilot, env), layer))
        const asked = (yield* seen).filter(({ url }) => url.startsWith(api))
        assert.lengthOf(asked, isCopilots ? 1 : 0)
      })
    )
  }

  it.effect("does not send an enterprise's access token to a neighbour of its domain", () =>
    Effect.gen(function* () {
      const enterprise = "https://ghe.example/token"
      for (const [api, times] of [
        ["https://copilot.ghe.example", 1],
        ["https://other.example", 0]
      ] as const) {
        const { layer, seen } = yield* world({
          [enterprise]: () => [200, { token: "t", expires_at: 9e9, endpoints: { api } }]
        })
        const settings = { ...env, GITHUB_COPILOT_TOKEN_URL: enterprise }
        yield* Effect.exit(yield* Effect.provide(ask(GitHubCopilot, settings), layer))
        assert.lengthOf(
          (yield* seen).filter(({ url }) => url.startsWith(api)),
          times
        )
      }
    })
  )

  it.effect("marks agent calls and calls with images, and keeps a custom base URL", () =>
    Effect.gen(function* () {
      const { layer, seen } = yield* world({
        [tokenUrl]: () => [200, { token: "t", expires_at: 9e9, endpoints: { api } }]
      })
      const base = { GITHUB_COPILOT_BASE_URL: "https://copilot.example.com" }
      const service = yield* Effect.provide(
        GitHubCopilot.make,
        Layer.mergeAll(layer, ConfigProvider.layer(ConfigProvider.fromUnknown({ ...env, ...base })))
      )
      const image = { type: "image", data: "https://example.com/dot.png" } as const
      const messages = [
        { role: "user" as const, content: [image] },
        { role: "assistant" as const, content: [{ type: "text" as const, text: "A dot." }] },
        "And?"
      ]
      yield* service.generate("m", ChatRequest.make({ messages }))
      const request = (yield* seen).at(-1)
      assert.strictEqual(request?.url, "https://copilot.example.com/chat/completions")
      assert.strictEqual(request?.headers["x-initiator"], "agent")
      assert.strictEqual(request?.headers["copilot-vision-request"], "true")
    })
  )

  it.effect("guides a person through the login, and polls at GitHub's interval", () =>
    Effect.gen(function* () {
      const codeUrl = "https://github.com/login/device/code"
      const pollUrl = "https://github.com/login/oauth/access_token"
      const { layer, seen } = yield* world({
        [codeUrl]: () => [
          200,
          {
            device_code: "d-1",
            user_code: "ABCD-1234",
            verification_uri: "https://github.com/login/device",
            expires_in: 900,
            interval: 5
          }
        ],
        [pollUrl]: (times) => [
          200,
          [{ error: "authorization_pending" }, { error: "slow_down" }, { access_token: "gho_new" }][times] ?? {}
        ]
      })
      const shown: Array<DeviceCode> = []
      const login = yield* Effect.forkChild(
        Effect.provide(
          GitHubCopilot.login((code) => Effect.sync(() => void shown.push(code))),
          layer
        )
      )
      yield* TestClock.adjust("5 seconds")
      yield* TestClock.adjust("5 seconds")
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual((yield* seen).filter(({ url }) => url === pollUrl).length, 2)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(Redacted.value(yield* Fiber.join(login)), "gho_new")
      assert.deepInclude(shown[0], { code: "ABCD-1234", url: "https://github.com/login/device" })
      assert.deepInclude(JSON.parse((yield* seen)[1]?.body ?? ""), {
        device_code: "d-1",
        grant_type: "urn:ietf:params:oauth:grant-type:device_code"
      })
    })
  )

  it.effect("fails if the person declines or the code expires", () =>
    Effect.gen(function* () {
      const answer = (error: string) =>
        world({
          "https://github.com/login/device/code": () => [
            200,
            {
              device_code: "d-1",
              user_code: "A",
              verification_uri: "https://github.com/login/device",
              expires_in: 10,
              interval: 5
            }
          ],
          "https://github.com/login/oauth/access_token": () => [200, { error }]
        })
      for (const [error, word] of [
        ["access_denied", "access_denied"],
        ["authorization_pending", "expired"]
      ] as const) {
        const { layer } = yield* answer(error)
        const login = yield* Effect.forkChild(
          Effect.flip(
            Effect.provide(
              GitHubCopilot.login(() => Effect.void),
              layer
            )
          )
        )
        yield* TestClock.adjust("1 minute")
        const failure = yield* Fiber.join(login)
        assert.strictEqual(failure._tag, "AuthenticationError")
        assert.include(failure.message, word)
      }
    })
  )
})
