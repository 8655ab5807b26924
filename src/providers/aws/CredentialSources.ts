import * as Effect from "effect/Effect"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Result from "effect/Result"
import type { Authorize } from "../../client/ProviderDefinition.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import { redactText } from "../../transport/Secrets.ts"
import {
  type AwsContext,
  type AwsCredentials,
  type CredentialSource,
  ask,
  credentialsOf,
  decodeJson,
  noCredentials,
  reasonOf
} from "./AwsCredentials.ts"
import { readFile } from "./Profiles.ts"

/**
 * Keys from the layer's options or the environment.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html
 */
export const staticCredentials: CredentialSource = (context) => {
  const { accessKeyId, secretAccessKey, sessionToken } = context.settings
  if (accessKeyId === undefined) return Effect.succeed(undefined)
  const credentials = credentialsOf(accessKeyId, secretAccessKey, sessionToken, undefined)
  return credentials === undefined
    ? Effect.fail(noCredentials(context, "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not"))
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
  if (url === undefined) return yield* Effect.fail(noCredentials(context, "the address of the container is no URL"))
  if (url.protocol !== "https:" && !safeHosts.has(url.hostname) && !url.hostname.startsWith("127.")) {
    return yield* Effect.fail(noCredentials(context, `${url.hostname} may not be asked for credentials over http`))
  }
  const token = yield* tokenOf(context)
  const plain = HttpClientRequest.acceptJson(HttpClientRequest.get(url.href))
  const request = token === undefined ? plain : HttpClientRequest.setHeader(plain, "authorization", token)
  const secrets = token === undefined ? [] : [token]
  const answer = yield* ask(context, request, { within: "5 seconds", secrets })
  const credentials = answer.status === 200 ? decodeJson(answer.text) : undefined
  if (credentials !== undefined) return credentials
  return yield* Effect.fail(noCredentials(context, `the container's role: ${reasonOf(answer, secrets)}`, answer.status))
})

/** The file is read every time because its token rotates. */
const tokenOf = Effect.fnUntraced(function* (context: AwsContext) {
  const { containerToken, containerTokenFile } = context.settings
  if (containerTokenFile === undefined) return containerToken
  const token = (yield* readFile(context, containerTokenFile))?.trim()
  return token === undefined || /[\r\n]/.test(token)
    ? yield* Effect.fail(noCredentials(context, `the file ${containerTokenFile} holds no token`))
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
    ask(
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
    ask(
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
  const answer = roles.status === 200 ? yield* read(encodeURIComponent(role)) : roles
  const credentials = answer.status === 200 ? decodeJson(answer.text) : undefined
  if (credentials !== undefined) return credentials
  return yield* Effect.fail(noCredentials(context, `the instance's role: ${reasonOf(answer, [token])}`, answer.status))
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
  const { status, text } = yield* ask(context, request, { within: "10 seconds", secrets: options.secrets })
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
