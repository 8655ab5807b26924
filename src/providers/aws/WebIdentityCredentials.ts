import * as Effect from "effect/Effect"
import { type AwsContext, type CredentialSource, noCredentials } from "./AwsCredentials.ts"
import { assumeRole } from "./AssumedRole.ts"
import { readFile } from "./CredentialFile.ts"

/**
 * The role of `AWS_ROLE_ARN`, proved by the token in `AWS_WEB_IDENTITY_TOKEN_FILE` (EKS service accounts, CI).
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
 */
export const webIdentityCredentials: CredentialSource = (context) => {
  const { roleArn, roleSessionName, webIdentityTokenFile } = context.settings
  return roleArn === undefined || webIdentityTokenFile === undefined
    ? Effect.succeed(undefined)
    : withWebIdentity(context, webIdentityTokenFile, roleArn, roleSessionName)
}

/** The credentials of a role, by the token in a file. The file is read anew each time: its token is rotated. */
export const withWebIdentity = Effect.fnUntraced(function* (
  context: AwsContext,
  file: string,
  roleArn: string,
  sessionName: string | undefined
) {
  const token = (yield* readFile(context, file))?.trim()
  if (token === undefined || token === "") {
    const why = context.fs === undefined ? "provide a FileSystem to the layer (effect/FileSystem)" : "it cannot be read"
    return yield* Effect.fail(noCredentials(context, `the token file ${file}: ${why}`))
  }
  const parameters = { RoleArn: roleArn, RoleSessionName: sessionName, WebIdentityToken: token }
  return yield* assumeRole(context, "AssumeRoleWithWebIdentity", parameters, { secrets: [token] })
})
