import * as Effect from "effect/Effect"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Result from "effect/Result"
import { type AwsContext, type CredentialSource, noCredentials } from "./AwsCredentials.ts"
import { readFile } from "./CredentialFile.ts"
import { ask, decodeJson, reasonOf } from "./CredentialRequest.ts"

/** Where a plain `http` address may lie: this machine, and the link-local addresses of ECS and EKS. */
const safeHosts = new Set(["localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"])

/**
 * The role of a container: ECS tasks and EKS pod identities.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
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

/** The file is read anew each time: its token is rotated. */
const tokenOf = Effect.fnUntraced(function* (context: AwsContext) {
  const { containerToken, containerTokenFile } = context.settings
  if (containerTokenFile === undefined) return containerToken
  const token = (yield* readFile(context, containerTokenFile))?.trim()
  return token === undefined || /[\r\n]/.test(token)
    ? yield* Effect.fail(noCredentials(context, `the file ${containerTokenFile} holds no token`))
    : token
})
