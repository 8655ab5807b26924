import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type { ModelListEndpoint } from "../../protocols/ModelList.ts"
import type { Authorize, AuthorizeOptions, Setting } from "../../client/ProviderDefinition.ts"

/**
 * The settings of every provider on AWS, under the names that AWS's own tools read.
 *
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */
const awsSettings = {
  region: { config: ["AWS_REGION", "AWS_DEFAULT_REGION"] },
  endpoint: { config: ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL"] },
  accessKeyId: { config: "AWS_ACCESS_KEY_ID" },
  secretAccessKey: { config: "AWS_SECRET_ACCESS_KEY", secret: true },
  sessionToken: { config: "AWS_SESSION_TOKEN", secret: true },
  profile: { config: "AWS_PROFILE" },
  credentialsFile: { config: "AWS_SHARED_CREDENTIALS_FILE" },
  configFile: { config: "AWS_CONFIG_FILE" },
  home: { config: ["HOME", "USERPROFILE"] },
  roleArn: { config: "AWS_ROLE_ARN" },
  roleSessionName: { config: "AWS_ROLE_SESSION_NAME", default: "effect-llm" },
  webIdentityTokenFile: { config: "AWS_WEB_IDENTITY_TOKEN_FILE" },
  stsEndpoint: { config: "AWS_ENDPOINT_URL_STS" },
  containerRelativeUri: { config: "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" },
  containerFullUri: { config: "AWS_CONTAINER_CREDENTIALS_FULL_URI" },
  containerToken: { config: "AWS_CONTAINER_AUTHORIZATION_TOKEN", secret: true },
  containerTokenFile: { config: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE" },
  metadataEndpoint: { config: "AWS_EC2_METADATA_SERVICE_ENDPOINT", default: "http://169.254.169.254" },
  metadataDisabled: { config: "AWS_EC2_METADATA_DISABLED" }
} as const satisfies { readonly [name: string]: Setting }

export type AwsSettingName = keyof typeof awsSettings

/** The settings that are given, each by its name. */
export type AwsSettingValues = { readonly [name in AwsSettingName]?: string | undefined }

/** Any one of these configures a provider on AWS; an instance's role only shows once it is used. */
const needs: ReadonlyArray<ReadonlyArray<string>> = [
  ["AWS_BEARER_TOKEN_BEDROCK"],
  ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
  ["AWS_PROFILE"],
  ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"],
  ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"],
  ["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
]

/** Adds the region of the profile where none is set. */
const prepare = (settings: AwsSettingValues): Effect.Effect<AwsSettingValues> =>
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
  prepare,
  needs,
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
