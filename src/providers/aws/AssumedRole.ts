import * as Effect from "effect/Effect"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type { ProviderError } from "../../domain/ProviderError.ts"
import { redactText } from "../../transport/Secrets.ts"
import type { Authorize } from "../../client/ProviderDefinition.ts"
import { type AwsContext, type AwsCredentials, noCredentials } from "./AwsCredentials.ts"
import { ask, credentialsOf } from "./CredentialRequest.ts"

/**
 * Credentials of a role from the Security Token Service; `sign` where who asks proves it by a signature.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
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
  const said = [read("Code"), read("Message")].filter((word) => word !== undefined).join(": ") || `status ${status}`
  const why = redactText(said, options.secrets)
  return yield* Effect.fail(noCredentials(context, `${action} of ${parameters.RoleArn ?? "a role"}: ${why}`, status))
})

const stsUrl = ({ settings: { region = "us-east-1", stsEndpoint } }: AwsContext): string =>
  stsEndpoint ?? `https://sts.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}/`
