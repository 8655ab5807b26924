import type { Setting } from "../../client/ProviderDefinition.ts"

/**
 * The settings of every provider on AWS, under the names that AWS's own tools read.
 * Source: https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */
export const awsSettings = {
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

export type AwsSettingValues = { readonly [name in AwsSettingName]?: string | undefined }
