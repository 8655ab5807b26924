import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import type { AccessToken } from "../../client/AccessToken.ts"
import type { Authorize } from "../../client/ProviderDefinition.ts"
import * as Limits from "../../domain/Limits.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import { AuthenticationError, NetworkError } from "../../domain/CallErrors.ts"
import { currentSteadyMillis } from "../../domain/SteadyClock.ts"
import { isObject, parse, text } from "../../protocols/wire/WireObject.ts"
import * as GuardedClient from "../../transport/GuardedClient.ts"
import * as RequestHeaders from "../../transport/RequestHeaders.ts"
import * as ResponseBody from "../../transport/ResponseBody.ts"
import { redactText } from "../../transport/Secrets.ts"
import * as TransportFailure from "../../transport/TransportFailure.ts"
import type { AwsSettingValues } from "./AwsSettings.ts"

/**
 * What signs a request to AWS; `value` is the secret access key. Keys that never expire have an infinite `expiresAt`.
 */
export interface AwsCredentials extends AccessToken {
  readonly accessKeyId: string
  readonly sessionToken: Redacted.Redacted | undefined
}

/** What the sources of credentials need. */
export interface AwsContext {
  /** The id of the provider, for errors. */
  readonly provider: string
  readonly settings: AwsSettingValues
  readonly client: HttpClient.HttpClient
  /** Without it no files are read. */
  readonly fs: FileSystem.FileSystem | undefined
  /** Without it no `credential_process` runs. */
  readonly spawner?: ChildProcessSpawner["Service"] | undefined
}

/** A source returns `undefined` if it is absent, and fails if it is present but unusable. */
export type CredentialSource = (context: AwsContext) => Effect.Effect<AwsCredentials | undefined, ProviderError>

/** The error of a source that is present but gives no credentials. */
export const noCredentials = (context: AwsContext, why: string, status?: number): AuthenticationError =>
  new AuthenticationError({ provider: context.provider, status, detail: `no AWS credentials: ${why}` })

/** The text of a file, or `undefined` if it cannot be read. */
export const readFile = ({ fs }: Pick<AwsContext, "fs">, path: string): Effect.Effect<string | undefined> =>
  fs === undefined
    ? Effect.succeed(undefined)
    : Effect.map(Effect.option(fs.readFileString(path)), Option.getOrUndefined)

/** The response of a credentials service. */
export interface CredentialsResponse {
  readonly status: number
  readonly text: string
}

/** Calls a credentials service; spans and errors contain neither request nor response. */
export const fetchCredentials = (
  context: AwsContext,
  request: HttpClientRequest.HttpClientRequest,
  options: { readonly within: Duration.Input; readonly secrets?: ReadonlyArray<string> }
): Effect.Effect<CredentialsResponse, ProviderError> => {
  const place = { provider: context.provider }
  const secrets = options.secrets ?? []
  return Effect.gen(function* () {
    const startedAtMillis = yield* currentSteadyMillis
    const lost = <A>(effect: Effect.Effect<A, HttpClientError.HttpClientError>) =>
      Effect.catch(effect, (error) =>
        Effect.flatMap(currentSteadyMillis, (now) =>
          Effect.fail(TransportFailure.decode(error, place, secrets, Duration.millis(now - startedAtMillis)))
        )
      )
    const response = yield* lost(GuardedClient.make(context.client).execute(request))
    const { errorBytes } = Limits.standard
    const body = yield* lost(ResponseBody.readBytes(response, response.headers, { most: errorBytes, onExcess: "fail" }))
    return { status: response.status, text: new TextDecoder().decode(body) }
  }).pipe(
    Effect.timeoutOrElse({
      duration: options.within,
      orElse: () => Effect.fail(new NetworkError({ ...place, detail: "the credentials service did not respond" }))
    })
  )
}

/** Decodes the JSON of containers and instances. */
export const decodeJson = (response: string): AwsCredentials | undefined => {
  const json = parse(response)
  if (!isObject(json)) return undefined
  return credentialsOf(json.AccessKeyId, json.SecretAccessKey, json.Token, json.Expiration)
}

/** Decodes credentials; `expires` is an ISO 8601 date or milliseconds since 1970, and without it they never expire. */
export const credentialsOf = (
  accessKeyId: unknown,
  secret: unknown,
  sessionToken: unknown,
  expires: unknown
): AwsCredentials | undefined => {
  const id = text(accessKeyId)
  const value = text(secret)
  const token = text(sessionToken)
  if (id === undefined || value === undefined || ![id, token ?? "-"].every(isSendable)) return undefined
  const expiresAt = typeof expires === "number" ? expires : Date.parse(text(expires) ?? "")
  return {
    accessKeyId: id,
    value: Redacted.make(value),
    sessionToken: token === undefined ? undefined : Redacted.make(token),
    expiresAt: Number.isNaN(expiresAt) ? Number.POSITIVE_INFINITY : expiresAt
  }
}

const isSendable = (value: string): boolean => RequestHeaders.issueOf("authorization", value) === undefined

/** The reason of a failure, as far as it is safe to repeat. */
export const reasonOf = ({ status, text }: CredentialsResponse, secrets: ReadonlyArray<string>): string =>
  // A success may contain half of the credentials.
  status === 200
    ? "the response has none"
    : `status ${status}: ${redactText(text.slice(0, 4096), secrets).slice(0, 200)}`

/**
 * Keys from the layer's options or the environment.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html
 */
export const staticCredentials: CredentialSource = (context) => {
  const { accessKeyId, secretAccessKey, sessionToken } = context.settings
  if (accessKeyId === undefined) return Effect.succeed(undefined)
  const credentials = credentialsOf(accessKeyId, secretAccessKey, sessionToken, undefined)
  return credentials === undefined
    ? Effect.fail(noCredentials(context, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not"))
    : Effect.succeed(credentials)
}

/**
 * The role `AWS_ROLE_ARN`, by the token in `AWS_WEB_IDENTITY_TOKEN_FILE` (EKS service accounts, CI).
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
 */
export const webIdentityCredentials: CredentialSource = (context) => {
  const { roleArn, roleSessionName, webIdentityTokenFile } = context.settings
  return roleArn === undefined || webIdentityTokenFile === undefined
    ? Effect.succeed(undefined)
    : withWebIdentity(context, webIdentityTokenFile, roleArn, roleSessionName)
}

/** Assumes a role with the token in a file, which is read every time because the token rotates. */
export const withWebIdentity = Effect.fnUntraced(function* (
  context: AwsContext,
  file: string,
  roleArn: string,
  sessionName: string | undefined
) {
  const token = (yield* readFile(context, file))?.trim()
  if (token === undefined || token === "") {
    const detail =
      context.fs === undefined ? "provide a FileSystem to the layer (effect/FileSystem)" : "it cannot be read"
    return yield* Effect.fail(noCredentials(context, `the token file ${file}: ${detail}`))
  }
  const parameters = { RoleArn: roleArn, RoleSessionName: sessionName, WebIdentityToken: token }
  return yield* assumeRole(context, "AssumeRoleWithWebIdentity", parameters, { secrets: [token] })
})

/** Hosts that may be called over plain `http`: this machine, and the link-local addresses of ECS and EKS. */
const safeHosts = new Set(["localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"])

/**
 * The role of a container: ECS tasks and EKS pod identities.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
export const containerCredentials: CredentialSource = Effect.fnUntraced(function* (context) {
  const { containerFullUri, containerRelativeUri } = context.settings
  const address = containerRelativeUri === undefined ? containerFullUri : `http://169.254.170.2${containerRelativeUri}`
  if (address === undefined) return undefined
  const url = Result.getOrUndefined(Result.try(() => new URL(address)))
  if (url === undefined)
    return yield* Effect.fail(noCredentials(context, "the container's credentials URL is not a URL"))
  if (url.protocol !== "https:" && !safeHosts.has(url.hostname) && !url.hostname.startsWith("127.")) {
    return yield* Effect.fail(noCredentials(context, `${url.hostname} must not be used for credentials over http`))
  }
  const token = yield* tokenOf(context)
  const plain = HttpClientRequest.acceptJson(HttpClientRequest.get(url.href))
  const request = token === undefined ? plain : HttpClientRequest.setHeader(plain, "authorization", token)
  const secrets = token === undefined ? [] : [token]
  const response = yield* fetchCredentials(context, request, { within: "5 seconds", secrets })
  const credentials = response.status === 200 ? decodeJson(response.text) : undefined
  if (credentials !== undefined) return credentials
  return yield* Effect.fail(
    noCredentials(context, `the container's role: ${reasonOf(response, secrets)}`, response.status)
  )
})

/** The file is read every time because its token rotates. */
const tokenOf = Effect.fnUntraced(function* (context: AwsContext) {
  const { containerToken, containerTokenFile } = context.settings
  if (containerTokenFile === undefined) return containerToken
  const token = (yield* readFile(context, containerTokenFile))?.trim()
  return token === undefined || /[\r\n]/.test(token)
    ? yield* Effect.fail(noCredentials(context, `the file ${containerTokenFile} contains no token`))
    : token
})

/**
 * The role of an EC2 instance, from its metadata service (version 2 only), if there is one.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html
 */
export const instanceCredentials: CredentialSource = Effect.fnUntraced(function* (context) {
  const { metadataDisabled, metadataEndpoint } = context.settings
  if (metadataEndpoint === undefined || metadataDisabled?.toLowerCase() === "true") return undefined
  const base = `${metadataEndpoint.replace(/(?<!\/)\/+$/, "")}/latest`
  const opened = yield* Effect.result(
    fetchCredentials(
      context,
      HttpClientRequest.setHeader(
        HttpClientRequest.put(`${base}/api/token`),
        "x-aws-ec2-metadata-token-ttl-seconds",
        "21600"
      ),
      { within: "1 second" }
    )
  )
  if (Result.isFailure(opened) || opened.success.status !== 200) return undefined
  const token = opened.success.text.trim()
  const read = (path: string) =>
    fetchCredentials(
      context,
      HttpClientRequest.setHeader(
        HttpClientRequest.get(`${base}/meta-data/iam/security-credentials/${path}`),
        "x-aws-ec2-metadata-token",
        token
      ),
      { within: "5 seconds", secrets: [token] }
    )
  const roles = yield* read("")
  const role = roles.text.split("\n", 1)[0]?.trim()
  if (roles.status === 404 || role === undefined || role === "") return undefined
  const response = roles.status === 200 ? yield* read(encodeURIComponent(role)) : roles
  const credentials = response.status === 200 ? decodeJson(response.text) : undefined
  if (credentials !== undefined) return credentials
  return yield* Effect.fail(
    noCredentials(context, `the instance's role: ${reasonOf(response, [token])}`, response.status)
  )
})

/**
 * Assumes a role at the Security Token Service; a caller without a token signs the request.
 * Sources: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html, API_AssumeRoleWithWebIdentity.html
 */
export const assumeRole = Effect.fnUntraced(function* (
  context: AwsContext,
  action: "AssumeRole" | "AssumeRoleWithWebIdentity",
  parameters: { readonly [name: string]: string | undefined },
  options: { readonly sign?: Authorize; readonly secrets: ReadonlyArray<string> }
): Effect.fn.Return<AwsCredentials, ProviderError> {
  const form = Object.entries({ Action: action, Version: "2011-06-15", ...parameters }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined
  )
  const unsigned = HttpClientRequest.bodyUrlParams(HttpClientRequest.post(stsUrl(context)), form)
  const request = options.sign === undefined ? unsigned : yield* options.sign(unsigned)
  const { status, text } = yield* fetchCredentials(context, request, { within: "10 seconds", secrets: options.secrets })
  const read = (tag: string) => new RegExp(`<${tag}>([^<]+)</${tag}>`).exec(text)?.[1]?.trim()
  const credentials =
    status === 200
      ? credentialsOf(read("AccessKeyId"), read("SecretAccessKey"), read("SessionToken"), read("Expiration"))
      : undefined
  if (credentials !== undefined) return credentials
  const reason = [read("Code"), read("Message")].filter((word) => word !== undefined).join(": ") || `status ${status}`
  const detail = redactText(reason, options.secrets)
  return yield* Effect.fail(noCredentials(context, `${action} of ${parameters.RoleArn ?? "a role"}: ${detail}`, status))
})

const stsUrl = ({ settings: { region = "us-east-1", stsEndpoint } }: AwsContext): string =>
  stsEndpoint ?? `https://sts.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}/`
