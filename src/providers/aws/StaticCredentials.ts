import * as Effect from "effect/Effect"
import { type CredentialSource, noCredentials } from "./AwsCredentials.ts"
import { credentialsOf } from "./CredentialRequest.ts"

/**
 * Keys given to the layer, or `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html
 */
export const staticCredentials: CredentialSource = (context) => {
  const { accessKeyId, secretAccessKey, sessionToken } = context.settings
  if (accessKeyId === undefined) return Effect.succeed(undefined)
  const credentials = credentialsOf(accessKeyId, secretAccessKey, sessionToken, undefined)
  return credentials === undefined
    ? Effect.fail(noCredentials(context, "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not"))
    : Effect.succeed(credentials)
}
