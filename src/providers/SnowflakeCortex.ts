import * as OpenAiCompatible from "./OpenAiCompatible.ts"

/**
 * Snowflake Cortex.
 *
 * ```ts
 * const model = SnowflakeCortex.model("openai-gpt-5-mini")
 * ```
 *
 * Settings: `SNOWFLAKE_CORTEX_PAT` (a programmatic access token) or `SNOWFLAKE_JWT` (with
 * `SNOWFLAKE_TOKEN_TYPE=KEYPAIR_JWT`); `SNOWFLAKE_ACCOUNT` or `SNOWFLAKE_ACCOUNT_ID`, or the whole URL as
 * `SNOWFLAKE_BASE_URL`.
 *
 * @see https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-rest-api
 * @since 0.1.0
 * @category providers
 */
export class SnowflakeCortex extends OpenAiCompatible.Service<SnowflakeCortex>()({
  id: "snowflake",
  baseUrl: "https://{account}.snowflakecomputing.com/api/v2/cortex/v1",
  keyNames: ["SNOWFLAKE_CORTEX_PAT", "SNOWFLAKE_JWT"],
  settings: {
    account: { config: ["SNOWFLAKE_ACCOUNT", "SNOWFLAKE_ACCOUNT_ID"] },
    tokenType: { config: "SNOWFLAKE_TOKEN_TYPE", header: "x-snowflake-authorization-token-type" }
  },
  quirks: { maxTokensField: "max_completion_tokens", topK: false }
}) {}
