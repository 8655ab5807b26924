import * as Effect from "effect/Effect"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Result from "effect/Result"
import { type CredentialSource, noCredentials } from "./AwsCredentials.ts"
import { ask, decodeJson, reasonOf } from "./CredentialRequest.ts"

/**
 * The role of an EC2 instance, by its metadata service (version 2 only). A machine that has no such service, or an
 * instance without a role, has no credentials of this kind.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html
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
