import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, FileSystem, Layer, Path, Redacted } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import { Bedrock } from "effect-llm/providers/Bedrock"
import { createHash } from "node:crypto"
import type { AwsContext } from "../../../src/providers/aws/CredentialSources.ts"
import { findCredentials } from "../../../src/providers/aws/AwsAuthorize.ts"
import { serve } from "../server.ts"

const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
const login = "aoa-login-token-0123456789"
const later = "2040-01-01T00:00:00Z"

const roles = JSON.stringify({
  roleCredentials: {
    accessKeyId: "ASIAEXAMPLE",
    secretAccessKey: secret,
    sessionToken: "session",
    expiration: Date.parse(later)
  }
})

/** A home directory with these files, on the disk. */
const homeWith = (files: { readonly [path: string]: string }) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const home = yield* fs.makeTempDirectoryScoped()
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(home, ".aws", name)
      yield* fs.makeDirectory(path.dirname(file), { recursive: true })
      yield* fs.writeFileString(file, text)
    }
    return home
  })

const tokenFile = (place: string) => `sso/cache/${createHash("sha1").update(place).digest("hex")}.json`

/** The credentials of a profile; what is sent to AWS goes to this address instead. */
const find = (home: string, profile: string, instead = "http://127.0.0.1:9") =>
  Effect.gen(function* () {
    const asked: Array<string> = []
    const client = (yield* HttpClient.HttpClient).pipe(
      HttpClient.mapRequest((request) => {
        asked.push(new URL(request.url).host)
        return HttpClientRequest.setUrl(request, instead + new URL(request.url).pathname)
      })
    )
    const context: AwsContext = {
      provider: "bedrock",
      settings: { metadataDisabled: "true", home, profile },
      client,
      fs: yield* FileSystem.FileSystem,
      spawner: yield* ChildProcessSpawner
    }
    return { found: yield* findCredentials(context), asked }
  })

const services = Layer.mergeAll(NodeHttpClient.layerUndici, NodeServices.layer)

const session = `[profile dev]
sso_session = my-sso
sso_account_id = 111122223333
sso_role_name = SampleRole
[sso-session my-sso]
sso_region = eu-west-1
sso_start_url = https://my-sso-portal.awsapps.com/start
sso_registration_scopes = sso:account:access
`

const legacy = `[profile old]
sso_start_url = https://old.awsapps.com/start
sso_region = us-east-1
sso_account_id = 1
sso_role_name = Reader
`

describe("a profile of IAM Identity Center", () => {
  it.live("returns the credentials of its role, by the token of the login", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.writeHead(200).end(roles))
      const kept = JSON.stringify({ accessToken: login, expiresAt: later })
      const home = yield* homeWith({
        config: session + legacy,
        [tokenFile("my-sso")]: kept,
        [tokenFile("https://old.awsapps.com/start")]: kept
      })
      const { asked, found } = yield* find(home, "dev", server.url)
      assert.deepStrictEqual([found.accessKeyId, Redacted.value(found.value)], ["ASIAEXAMPLE", secret])
      assert.strictEqual(found.expiresAt, Date.parse(later))
      assert.deepStrictEqual(asked, ["portal.sso.eu-west-1.amazonaws.com"])
      const { request } = yield* server.arrived
      assert.strictEqual(request.url, "/federation/credentials?account_id=111122223333&role_name=SampleRole")
      assert.strictEqual(request.headers["x-amz-sso_bearer_token"], login)
      assert.strictEqual((yield* find(home, "old", server.url)).found.accessKeyId, "ASIAEXAMPLE")
    }).pipe(Effect.provide(services))
  )

  it.live("says to log in if there is no login, or it has expired or is rejected", () =>
    Effect.gen(function* () {
      const why = (home: string, url?: string) =>
        Effect.map(Effect.flip(find(home, "dev", url)), ({ message }) => message)
      assert.match(
        yield* why(yield* homeWith({ config: session })),
        /you are not logged in: run aws sso login --profile dev/
      )
      const past = JSON.stringify({ accessToken: login, expiresAt: "2020-01-01T00:00:00UTC".replace("UTC", "Z") })
      const expired = yield* homeWith({ config: session, [tokenFile("my-sso")]: past })
      assert.match(yield* why(expired), /expired: run aws sso login --profile dev/)
      const server = yield* serve((response) => response.writeHead(401).end(`{"message":"No ${login}"}`))
      const kept = JSON.stringify({ accessToken: login, expiresAt: later })
      const home = yield* homeWith({ config: session, [tokenFile("my-sso")]: kept })
      assert.match(yield* why(home, server.url), /rejected: run aws sso login --profile dev/)
      const forbidden = yield* serve((response) => response.writeHead(403).end(`{"message":"No ${login}"}`))
      const message = yield* why(home, forbidden.url)
      assert.match(message, /the role SampleRole could not be assumed: status 403/)
      assert.notInclude(message, login)
      const bare = yield* homeWith({ config: "[profile dev]\nsso_session = gone\n" })
      assert.match(yield* why(bare), /sso_region, .* is not set: run aws configure sso/)
    }).pipe(Effect.provide(services))
  )
})

describe("a profile with a credential_process", () => {
  const printing = (text: string) => `[profile tool]\ncredential_process = printf '%s' '${text}'\n`

  it.live("returns the credentials that it prints", () =>
    Effect.gen(function* () {
      const printed = { Version: 1, AccessKeyId: "ASIAEXAMPLE", SecretAccessKey: secret, SessionToken: "session" }
      const home = yield* homeWith({ config: printing(JSON.stringify({ ...printed, Expiration: later })) })
      const { found } = yield* find(home, "tool")
      assert.deepStrictEqual([found.accessKeyId, Redacted.value(found.value)], ["ASIAEXAMPLE", secret])
      assert.strictEqual(found.expiresAt, Date.parse(later))
      const lasting = yield* homeWith({ config: printing(JSON.stringify(printed)) })
      assert.strictEqual((yield* find(lasting, "tool")).found.expiresAt, Number.POSITIVE_INFINITY)
    }).pipe(Effect.provide(services))
  )

  it.live("fails with its name and without its output if it prints no credentials", () =>
    Effect.gen(function* () {
      for (const text of [`oops ${secret}`, `{"Version":2,"AccessKeyId":"${secret}"}`, `{"Version":1}`]) {
        const error = yield* Effect.flip(find(yield* homeWith({ config: printing(text) }), "tool"))
        assert.strictEqual(error._tag, "AuthenticationError")
        assert.match(error.message, /the credential_process of the profile tool did not print/)
        assert.notInclude(error.message, secret)
      }
    }).pipe(Effect.provide(services))
  )
})

describe("the region", () => {
  const baseUrlOf = (variables: { readonly [name: string]: string }) =>
    Effect.gen(function* () {
      return (yield* Bedrock).baseUrl
    }).pipe(
      Effect.provide(Bedrock.layerConfig),
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(variables))
    )
  const keys = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: secret }

  it.live("comes from the profile if none is set", () =>
    Effect.gen(function* () {
      const config = "[default]\nregion = eu-central-1\n[profile dev]\nregion = ap-south-1\n"
      const HOME = yield* homeWith({ config })
      const host = (region: string) => `https://bedrock-runtime.${region}.amazonaws.com`
      assert.strictEqual(yield* baseUrlOf({ ...keys, HOME }), host("eu-central-1"))
      assert.strictEqual(yield* baseUrlOf({ ...keys, HOME, AWS_PROFILE: "dev" }), host("ap-south-1"))
      assert.strictEqual(yield* baseUrlOf({ ...keys, HOME, AWS_REGION: "us-west-2" }), host("us-west-2"))
      const error = yield* Effect.flip(baseUrlOf({ ...keys, HOME, AWS_PROFILE: "other" }))
      assert.match(error.message, /AWS_REGION or AWS_DEFAULT_REGION is not set/)
    }).pipe(Effect.provide(services))
  )
})
