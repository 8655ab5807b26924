import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type { Authorize, AuthorizeOptions } from "../../client/ProviderDefinition.ts"
import type { ModelListEndpoint } from "../../protocols/ModelList.ts"
import { type AwsSettingName, awsSettings, type AwsSettingValues } from "./AwsSettings.ts"

/** Any one of these configures a provider on AWS; an instance's role only shows once it is used. */
const requiredSettings: ReadonlyArray<ReadonlyArray<string>> = [
  ["AWS_BEARER_TOKEN_BEDROCK"],
  ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
  ["AWS_PROFILE"],
  ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"],
  ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"],
  ["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
]

/** Adds the region of the profile where none is set. */
const resolveSettings = (settings: AwsSettingValues): Effect.Effect<AwsSettingValues> =>
  settings.region === undefined
    ? Effect.flatMap(
        Effect.promise(() => import("./Profiles.ts")),
        ({ withRegion }) => withRegion(settings)
      )
    : Effect.succeed(settings)

/**
 * What the providers on Bedrock have in common. The list of models is at Bedrock's control plane, which has a host of
 * its own.
 *
 * Sources: https://docs.aws.amazon.com/general/latest/gr/bedrock.html,
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html
 */
export const onBedrock = <const Id extends string>(id: Id) => ({
  id,
  baseUrl: ({ endpoint, region }: AwsSettingValues): string =>
    endpoint ?? `https://bedrock-runtime.{region}.amazonaws.com${region?.startsWith("cn-") === true ? ".cn" : ""}`,
  keyNames: ["AWS_BEARER_TOKEN_BEDROCK"] as const,
  settings: awsSettings,
  resolveSettings,
  requiredSettings,
  models: (baseUrl: string): ModelListEndpoint => ({
    path: `${baseUrl.replace("//bedrock-runtime.", "//bedrock.")}/foundation-models`
  }),
  authorize: (
    options: AuthorizeOptions<AwsSettingName>
  ): Effect.Effect<Authorize | undefined, Config.ConfigError, HttpClient.HttpClient> =>
    options.apiKey !== undefined
      ? Effect.undefined
      : Effect.flatMap(
          Effect.promise(() => import("./AwsAuthorize.ts")),
          ({ awsAuthorize }) => awsAuthorize(id, options)
        )
})
