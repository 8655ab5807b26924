import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, PlatformError, Redacted } from "effect"
import { HttpClient } from "effect/http"
import type { AwsContext, AwsCredentials } from "../../../src/providers/aws/CredentialSources.ts"
import type { AwsSettingValues } from "../../../src/providers/aws/AwsSettings.ts"
import { findCredentials } from "../../../src/providers/aws/AwsAuthorize.ts"
import { serve } from "../server.ts"

const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
const expires = "2030-01-01T00:00:00Z"

const answer = JSON.stringify({
  Code: "Success",
  AccessKeyId: "ASIAEXAMPLE",
  SecretAccessKey: secret,
  Token: "session",
  Expiration: expires
})

const filesOf = (files: { readonly [path: string]: string }) =>
  FileSystem.makeNoop({
    readFileString: (path) =>
      files[path] === undefined
        ? Effect.fail(PlatformError.systemError({ _tag: "NotFound", module: "FileSystem", method: "readFileString" }))
        : Effect.succeed(files[path])
  })

const find = (settings: AwsSettingValues, files?: { readonly [path: string]: string }) =>
  Effect.flatMap(HttpClient.HttpClient, (client) => {
    const context: AwsContext = {
      provider: "bedrock",
      settings: { metadataDisabled: "true", ...settings },
      client,
      fs: files === undefined ? undefined : filesOf(files)
    }
    return findCredentials(context)
  }).pipe(Effect.provide(NodeHttpClient.layerUndici))

const said = ({ accessKeyId, expiresAt, sessionToken, value }: AwsCredentials) => ({
  accessKeyId,
  secret: Redacted.value(value),
  token: sessionToken === undefined ? undefined : Redacted.value(sessionToken),
  expiresAt
})

const temporary = { accessKeyId: "ASIAEXAMPLE", secret, token: "session", expiresAt: Date.parse(expires) }
const lasting = { accessKeyId: "AKIDEXAMPLE", secret, token: undefined, expiresAt: Number.POSITIVE_INFINITY }

const stsAnswer = (action: string) =>
  `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials>
    <AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>${secret}</SecretAccessKey>
    <SessionToken>session</SessionToken><Expiration>${expires}</Expiration>
  </Credentials></${action}Result></${action}Response>`

describe("AWS credentials", () => {
  it.live("come from the keys in the options", () =>
    Effect.gen(function* () {
      const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: secret }
      assert.deepStrictEqual(said(yield* find(keys)), lasting)
      const session = yield* find({ ...keys, sessionToken: "session" })
      assert.strictEqual(said(session).token, "session")
    })
  )

  it.live("fail if only half of the keys is set", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(find({ accessKeyId: "AKIDEXAMPLE" }))
      assert.strictEqual(error._tag, "AuthenticationError")
      assert.match(error.message, /AWS_SECRET_ACCESS_KEY is not/)
    })
  )

  it.live("come from the shared files, the credentials file before the config file", () =>
    Effect.gen(function* () {
      const files = {
        "/homes/me/.aws/credentials": `# keys\n[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key=${secret} # mine\n\n[other]\r\naws_access_key_id=AKIDOTHER\r\naws_secret_access_key=${secret}\r\naws_session_token=session\r\n`,
        "/homes/me/.aws/config": `[default]\nregion = eu-west-1\naws_access_key_id = AKIDCONFIG\ns3 =\n  max = 10\n[profile only]\naws_access_key_id = AKIDONLY\naws_secret_access_key = ${secret}\n`
      }
      assert.deepStrictEqual(said(yield* find({ home: "/homes/me" }, files)), lasting)
      const other = said(yield* find({ home: "/homes/me", profile: "other" }, files))
      assert.deepStrictEqual([other.accessKeyId, other.token], ["AKIDOTHER", "session"])
      assert.strictEqual((yield* find({ home: "/homes/me", profile: "only" }, files)).accessKeyId, "AKIDONLY")
      const elsewhere = { "/x": files["/homes/me/.aws/credentials"] }
      assert.deepStrictEqual(said(yield* find({ credentialsFile: "/x" }, elsewhere)), lasting)
    })
  )

  it.live("fail with the name of a missing profile", () =>
    Effect.gen(function* () {
      assert.match(
        (yield* Effect.flip(find({ home: "/", profile: "gone" }, {}))).message,
        /the profile gone does not exist/
      )
      assert.match((yield* Effect.flip(find({ profile: "gone" }))).message, /needs a FileSystem/)
    })
  )

  it.live("come from a role that a profile assumes with another profile's keys", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.writeHead(200).end(stsAnswer("AssumeRole")))
      const files = {
        "/homes/me/.aws/credentials": `[base]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = ${secret}\n`,
        "/homes/me/.aws/config": `[profile work]\nrole_arn = arn:aws:iam::1:role/work\nsource_profile = base\nexternal_id = ext\nregion = eu-west-1\n`
      }
      const found = yield* find({ home: "/homes/me", profile: "work", stsEndpoint: server.url }, files)
      assert.deepStrictEqual(said(found), temporary)
      const { body, request } = yield* server.arrived
      const form = Object.fromEntries(new URLSearchParams(body))
      assert.deepInclude(form, { Action: "AssumeRole", RoleArn: "arn:aws:iam::1:role/work", ExternalId: "ext" })
      assert.match(String(request.headers.authorization), /Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/sts\/aws4_request/)
    })
  )

  it.live("fail for profiles that name each other, but not for one that names itself", () =>
    Effect.gen(function* () {
      const circle = "[profile a]\nrole_arn=r\nsource_profile=b\n[profile b]\nrole_arn=r\nsource_profile=a\n"
      const error = yield* Effect.flip(find({ configFile: "/c", profile: "a" }, { "/c": circle }))
      assert.match(error.message, /name each other/)
      const server = yield* serve((response) => response.writeHead(200).end(stsAnswer("AssumeRole")))
      const own = `[profile a]\nrole_arn=r\nsource_profile=a\naws_access_key_id=AKIDEXAMPLE\naws_secret_access_key=${secret}\n`
      const found = yield* find({ configFile: "/c", profile: "a", stsEndpoint: server.url }, { "/c": own })
      assert.deepStrictEqual(said(found), temporary)
    })
  )

  it.live("come from a web identity", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.writeHead(200).end(stsAnswer("AssumeRoleWithWebIdentity")))
      const settings = {
        roleArn: "arn:aws:iam::1:role/pod",
        webIdentityTokenFile: "/token",
        roleSessionName: "me",
        stsEndpoint: server.url
      }
      assert.deepStrictEqual(said(yield* find(settings, { "/token": "jwt.jwt.jwt\n" })), temporary)
      const { body, request } = yield* server.arrived
      assert.deepStrictEqual(Object.fromEntries(new URLSearchParams(body)), {
        Action: "AssumeRoleWithWebIdentity",
        Version: "2011-06-15",
        RoleArn: "arn:aws:iam::1:role/pod",
        RoleSessionName: "me",
        WebIdentityToken: "jwt.jwt.jwt"
      })
      assert.isUndefined(request.headers.authorization)
      assert.match((yield* Effect.flip(find(settings))).message, /provide a FileSystem/)
    })
  )

  it.live("fail with the reason of the Security Token Service, and no secret", () =>
    Effect.gen(function* () {
      const server = yield* serve((response, body) =>
        response
          .writeHead(403)
          .end(
            `<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>No ${body}</Message></Error></ErrorResponse>`
          )
      )
      const settings = { roleArn: "r", webIdentityTokenFile: "/token", stsEndpoint: server.url }
      const error = yield* Effect.flip(find(settings, { "/token": "jwt-jwt-jwt" }))
      assert.strictEqual(error._tag, "AuthenticationError")
      assert.match(error.message, /AssumeRoleWithWebIdentity of r: InvalidIdentityToken/)
      assert.notInclude(JSON.stringify(error), "jwt-jwt-jwt")
    })
  )

  it.live("come from a container, requested with its token", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.writeHead(200).end(answer))
      const settings = { containerFullUri: `${server.url}/v1/credentials`, containerTokenFile: "/token" }
      assert.deepStrictEqual(said(yield* find(settings, { "/token": "pod-token\n" })), temporary)
      const { request } = yield* server.arrived
      assert.strictEqual(request.url, "/v1/credentials")
      assert.strictEqual(request.headers.authorization, "pod-token")
    })
  )

  it.live("are requested over http only from this machine and link-local addresses", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(find({ containerFullUri: "http://example.com/credentials" }))
      assert.match(error.message, /example.com must not be used for credentials over http/)
    })
  )

  it.live("fail if the container rejects the request", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.writeHead(403).end("no tok-123456 here"))
      const error = yield* Effect.flip(find({ containerFullUri: server.url, containerToken: "tok-123456" }))
      assert.strictEqual(error._tag, "AuthenticationError")
      assert.match(error.message, /status 403/)
      assert.notInclude(JSON.stringify(error), "tok-123456")
    })
  )

  it.live("come from an instance, through version 2 of its metadata service", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const server = yield* serve((response, _, request) => {
        asked.push(`${request.method} ${request.url}`)
        if (request.method === "PUT") {
          assert.strictEqual(request.headers["x-aws-ec2-metadata-token-ttl-seconds"], "21600")
          return void response.writeHead(200).end("imds-token")
        }
        assert.strictEqual(request.headers["x-aws-ec2-metadata-token"], "imds-token")
        response.writeHead(200).end(request.url?.endsWith("/") === true ? "my-role" : answer)
      })
      const settings = { metadataDisabled: "false", metadataEndpoint: server.url }
      assert.deepStrictEqual(said(yield* find(settings)), temporary)
      assert.deepStrictEqual(asked, [
        "PUT /latest/api/token",
        "GET /latest/meta-data/iam/security-credentials/",
        "GET /latest/meta-data/iam/security-credentials/my-role"
      ])
    })
  )

  it.live("fail with the list of places searched if there are none", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.writeHead(404).end())
      const error = yield* Effect.flip(find({ metadataDisabled: "no", metadataEndpoint: server.url }))
      assert.strictEqual(error._tag, "AuthenticationError")
      assert.match(error.message, /keys, profile, web identity, container and instance were looked for/)
      assert.match(error.message, /the layer has no FileSystem/)
    })
  )
})
