/** Whatever a server that is asked for a token or for credentials answers is one that can be sent, or a typed error. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, type Config, Effect, Exit, FileSystem, Layer, Redacted, Result } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { Bedrock } from "effect-llm/providers/Bedrock"
import { GitHubCopilot } from "effect-llm/providers/GitHubCopilot"
import { GoogleVertex } from "effect-llm/providers/GoogleVertex"
import { Watsonx } from "effect-llm/providers/Watsonx"
import { createHash } from "node:crypto"
import * as RequestHeaders from "../../src/transport/RequestHeaders.ts"
import { hostile, mutationsOf } from "./mutations.ts"

/** What is sent, and what is answered. */
const secret = "a-secret-of-mine"
const given = "a-secret-given"
const expires = "2030-01-01T00:00:00Z"
const key = { AccessKeyId: "AKIDEXAMPLE", SecretAccessKey: given, Token: given, Expiration: expires }
const sts = (value: string) =>
  `<Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>${value}</SecretAccessKey><SessionToken>${value}</SessionToken><Expiration>${value}</Expiration></Credentials>`

const login = `/srv/me/.aws/sso/cache/${createHash("sha1").update("https://a.example").digest("hex")}.json`
const files: { readonly [path: string]: string } = {
  "/token": secret,
  "/srv/me/.aws/config":
    "[profile p]\nsso_start_url = https://a.example\nsso_region = us-east-1\nsso_account_id = 1\nsso_role_name = r\n",
  [login]: JSON.stringify({ accessToken: secret, expiresAt: expires })
}
const fileSystem = Layer.succeed(
  FileSystem.FileSystem,
  FileSystem.makeNoop({ readFileString: (path) => Effect.succeed(files[path] ?? "") })
)

interface Exchange {
  /** What the server answers, each time it is asked. */
  readonly answers: ReadonlyArray<string>
  /** A part of the address at which it is asked. */
  readonly at: string
  readonly ask: Effect.Effect<unknown, unknown, HttpClient.HttpClient>
}

const generate = <Self>(
  model: { readonly generate: (request: string) => Effect.Effect<unknown, unknown, Self> },
  layer: Layer.Layer<Self, Config.ConfigError, HttpClient.HttpClient>
) => Effect.provide(model.generate("Hi"), Layer.fresh(layer))

const bedrock = (settings: Parameters<typeof Bedrock.layer>[0]) =>
  generate(
    Bedrock.model("m"),
    Bedrock.layer({ region: "us-east-1", metadataDisabled: "true", ...settings }).pipe(Layer.provide(fileSystem))
  )

const exchanges: { readonly [name: string]: Exchange } = {
  "an OAuth server": {
    answers: mutationsOf({ access_token: given, expires_in: 3600, token_type: "Bearer" }),
    at: "/identity/token",
    ask: generate(
      Watsonx.model("m"),
      Watsonx.layer({ apiKey: Redacted.make(secret), region: "us-south", project: "p" })
    )
  },
  "GitHub, for Copilot": {
    answers: mutationsOf({ token: given, expires_at: 2e9, endpoints: { api: "https://api.githubcopilot.com" } }),
    at: "copilot_internal",
    ask: generate(GitHubCopilot.model("m"), GitHubCopilot.layer({ apiKey: Redacted.make(secret) }))
  },
  "a machine of Google Cloud": {
    answers: mutationsOf({ access_token: given, expires_in: 3600 }),
    at: "computeMetadata",
    ask: generate(GoogleVertex.model("m"), GoogleVertex.layer({ project: "p", metadataHost: "metadata.example" }))
  },
  "a container of AWS": {
    answers: mutationsOf(key),
    at: "169.254.170.2",
    ask: bedrock({ containerRelativeUri: "/role" })
  },
  "an instance of AWS": {
    answers: mutationsOf(key),
    at: "/security-credentials/",
    ask: bedrock({ metadataDisabled: "false", metadataEndpoint: "http://instance.example" })
  },
  "an instance of AWS, for its token": {
    answers: hostile,
    at: "/api/token",
    ask: bedrock({ metadataDisabled: "false", metadataEndpoint: "http://instance.example" })
  },
  "the single sign-on of AWS": {
    answers: mutationsOf({
      roleCredentials: { accessKeyId: "AKID", secretAccessKey: given, sessionToken: given, expiration: 2e12 }
    }),
    at: "portal.sso",
    ask: bedrock({ profile: "p", home: "/srv/me" })
  },
  "the STS of AWS": {
    answers: [...hostile, ...hostile.map(sts), sts("<".repeat(20_000)), "<AccessKeyId>".repeat(20_000)],
    at: "sts.us-east-1",
    ask: bedrock({ roleArn: "a", webIdentityTokenFile: "/token" })
  }
}

for (const [name, { answers, ask, at }] of Object.entries(exchanges)) {
  describe(`${name}`, () => {
    for (const status of [200, 400, 500]) {
      it.live(
        `may respond ${status} with any body`,
        () =>
          Effect.gen(function* () {
            let answer = ""
            const sent: Array<string> = []
            const client = HttpClient.make((request, url) => {
              const isExchange = url.href.includes(at)
              if (!isExchange) {
                for (const [header, value] of Object.entries(request.headers)) {
                  assert.isUndefined(RequestHeaders.issueOf(header, value), `${header} after ${answer.slice(0, 200)}`)
                }
                sent.push(url.host)
              }
              const body = isExchange ? answer : "{}"
              return Effect.succeed(
                HttpClientResponse.fromWeb(request, new Response(body, { status: isExchange ? status : 200 }))
              )
            })
            const layer = Layer.succeed(HttpClient.HttpClient, client)
            for (answer of status === 200 ? answers : answers.filter((_, index) => index % 4 === 0)) {
              const before = process.threadCpuUsage()
              const exit = yield* Effect.exit(Effect.provide(ask, layer))
              assert.isBelow(process.threadCpuUsage(before).user / 1000, 2000, answer.slice(0, 200))
              assert.isTrue(Exit.isFailure(exit))
              const told = Exit.isFailure(exit) ? Cause.findError(exit.cause) : undefined
              if (told === undefined || Result.isFailure(told)) {
                return assert.fail(`${answer.slice(0, 200)}\n${Exit.isFailure(exit) ? Cause.pretty(exit.cause) : ""}`)
              }
              const error = told.success as Error
              const shown = `${error.message}${JSON.stringify(error)}${String(error.stack)}`
              assert.notInclude(shown, secret, answer.slice(0, 200))
              if (status === 200) assert.notInclude(shown, given, answer.slice(0, 200))
            }
            if (status === 200) assert.isNotEmpty(sent)
          }),
        60_000
      )
    }
  })
}
