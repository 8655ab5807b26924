import * as Effect from "effect/Effect"
import type { ProviderError } from "../../domain/ProviderError.ts"
import { type AwsContext, type AwsCredentials, type CredentialSource, noCredentials } from "./AwsCredentials.ts"
import { containerCredentials } from "./ContainerCredentials.ts"
import { instanceCredentials } from "./InstanceCredentials.ts"
import { profileCredentials } from "./ProfileCredentials.ts"
import { staticCredentials } from "./StaticCredentials.ts"
import { webIdentityCredentials } from "./WebIdentityCredentials.ts"

const sources: ReadonlyArray<CredentialSource> = [
  staticCredentials,
  profileCredentials,
  webIdentityCredentials,
  containerCredentials,
  instanceCredentials
]

/**
 * The credentials of the first source that is there, in the order of AWS's own tools.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
export const findCredentials = Effect.fnUntraced(function* (
  context: AwsContext
): Effect.fn.Return<AwsCredentials, ProviderError> {
  for (const source of sources) {
    const found = yield* source(context)
    if (found !== undefined) return found
  }
  const files = context.fs === undefined ? " (no files were read: the layer was given no FileSystem)" : ""
  const where = "keys, profile, web identity, container and instance were looked for"
  return yield* Effect.fail(noCredentials(context, `${where}${files}`))
})
