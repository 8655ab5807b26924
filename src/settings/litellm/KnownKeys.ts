/**
 * The keys that LiteLLM documents, by section, to tell them from keys that it does not know either. Sources:
 * https://docs.litellm.ai/docs/proxy/config_settings, https://github.com/BerriAI/litellm/blob/main/litellm/types/router.py
 */
const documented: { readonly [section: string]: string } = {
  litellm_settings: `
    set_verbose failure_callback service_callbacks service_callback modify_params success_callback callbacks
    turn_off_message_logging json_logs redact_user_api_key_info langfuse_default_tags force_ipv4 mcp_aliases
    enable_preview_features disable_end_user_cost_tracking disable_end_user_cost_tracking_prometheus_only
    key_generation_settings disable_add_transform_inline_image_block use_chat_completions_url_for_anthropic_messages
    disable_hf_tokenizer_download enable_json_schema_validation enable_key_alias_format_validation
    disable_copilot_system_to_assistant LITELLM_DISABLE_STOP_SEQUENCE_LIMIT cache cache_params
    default_internal_user_params default_team_params default_team_settings upperbound_key_generate_params
    max_internal_user_budget internal_user_budget_duration max_end_user_budget default_max_internal_user_budget
    default_redis_ttl default_redis_batch_cache_expiry ssl_verify ssl_certificate custom_provider_map guardrails
    public_model_groups public_model_groups_links vector_store_registry model_alias_map telemetry api_key api_base
    s3_callback_params gcs_callback_params drop_params num_retries request_timeout prometheus_metrics_config
    custom_prometheus_metadata_labels prometheus_initialize_budget_metrics require_auth_for_metrics_endpoint
    cloudzero_api_key aws_sqs_callback_params store_audit_logs log_raw_request_response suppress_debug_info
    max_user_budget max_ui_session_budget tag_budget_config extra_spend_tag_headers max_end_user_budget_id
    enable_end_user_cost_tracking_prometheus_only global_disable_no_log_param default_key_generate_params
  `,
  router_settings: `
    routing_strategy_args enable_pre_call_checks enable_pre_call_check retry_policy model_group_retry_policy
    allowed_fails_policy optional_pre_call_checks disable_cooldowns enable_tag_filtering tag_filtering_match_any
    default_max_parallel_requests default_priority polling_interval max_fallbacks default_litellm_params debug_level
    client_ttl cache_kwargs caching_groups alerting_config assistants_config set_verbose provider_budget_config
    cache_responses router_general_settings deployment_affinity_ttl_seconds ignore_invalid_deployments search_tools
    guardrail_list redis_host redis_port redis_password redis_db redis_url routing_groups weights tag_routing_prefix
    model_group_affinity_config stream_timeout max_retries allowed_fails cooldown_time retry_after routing_strategy
    fallbacks context_window_fallbacks content_policy_fallbacks default_fallbacks model_group_alias num_retries
    timeout
  `,
  general_settings: `
    store_model_in_db database_url store_prompts_in_spend_logs maximum_spend_logs_retention_period
    maximum_spend_logs_retention_interval custom_auth user_header_name user_header_mappings master_key
    completion_model disable_spend_logs disable_spend_updates disable_master_key_return
    disable_retry_on_max_parallel_request_limit_error disable_reset_budget disable_adding_master_key_hash_to_db
    disable_responses_id_security enable_jwt_auth enforce_user_param reject_clientside_metadata_tags allowed_routes
    key_management_system database_connection_pool_limit database_connection_timeout allow_requests_on_db_unavailable
    max_parallel_requests global_max_parallel_requests infer_model_from_keys background_health_checks
    health_check_interval alerting alerting_threshold use_client_credentials_pass_through_routes health_check_details
    public_routes alert_types enforced_params enable_oauth2_auth use_x_forwarded_for service_account_settings
    image_generation_model supported_db_objects user_mcp_management_mode max_request_size_mb max_response_size_mb
    proxy_budget_rescheduler_min_time proxy_budget_rescheduler_max_time proxy_batch_write_at
    proxy_batch_polling_interval alerting_args custom_key_generate allowed_ips embedding_model default_team_disabled
    alert_to_webhook_url key_management_settings allow_user_auth user_api_key_cache_ttl disable_prisma_schema_update
    litellm_key_header_name moderation_model custom_sso allow_client_side_credentials admin_only_routes
    use_azure_key_vault use_google_kms spend_report_frequency ui_access_mode litellm_jwtauth litellm_license
    oauth2_config_mappings pass_through_endpoints enable_oauth2_proxy_auth forward_openai_org_id
    forward_client_headers_to_llm_api global_disable_no_log_param disable_error_logs mcp_internal_ip_ranges
    custom_ui_sso_sign_in_handler database_type otel use_redis_transaction_buffer token_rate_limit_type
    control_plane_url maximum_spend_logs_cleanup_cron always_include_stream_usage
  `,
  litellm_params: `
    itpm otpm configurable_clientside_auth_params litellm_credential_name provider_affinity_header max_file_size_mb
    default_api_key_tpm_limit default_api_key_rpm_limit max_budget budget_duration keepalive_seconds litellm_trace_id
    use_in_pass_through use_litellm_proxy merge_reasoning_content_in_choices model_info mock_response mock_timeout
    auto_router_config_path auto_router_config auto_router_default_model auto_router_embedding_model
    cache_control_injection_points num_retries fallbacks base_model gcs_bucket_name bucket_name bedrock_tags
    aws_session_tags aws_external_id aws_bedrock_project_id s3_bucket_name s3_region_name s3_endpoint_url
    s3_access_key_id s3_secret_access_key aws_batch_role_arn azure_username azure_password supports_system_message
    hf_model_name input_cost_per_second tags web_search_options modalities logprobs top_logprobs n logit_bias
    response_format tools tool_choice stream stream_options allowed_openai_params additional_drop_params
    custom_llm_provider cooldown_time region_name watsonx_region_name project space_id ssl_verify prompt_id guardrails
    rpm tpm api_type headers initial_prompt_value roles final_prompt_value bos_token eos_token budget_limits
    allow_client_keepalive_override verbosity store keep_alive num_ctx repeat_penalty
  `
}

/** Sections that are left out as a whole. */
const sections = `
    callback_settings guardrails mcp_servers mcp_tools credential_list pass_through_endpoints files_settings
    finetune_settings assistant_settings vector_store_registry search_tools prompts policies policy_attachments agents
    agent_list worker_registry include default_vertex_config tool_settings responses_api_settings skills a2a_agents
    cost_discount_config cost_margin_config
`

const callbacks = "callbacks are functions of LiteLLM; telemetry goes to OpenTelemetry or Prometheus"

const errors =
  "the kind of an error decides whether it is retried and whether it is the provider's fault: see docs/errors.md"

const database = "the database of the gateway has no such setting"

const keysAndUsers = "make keys, users and teams with effect-llm keys, users and teams: see docs/gateway-keys.md"

const python = "it is a Python function"

/** Why there is no such setting here, or what to do instead. */
const reasons: { readonly [key: string]: string } = {
  set_verbose: "set server.logs.level to debug",
  failure_callback: callbacks,
  service_callbacks: callbacks,
  service_callback: callbacks,
  modify_params: "requests are never changed silently; see the policy Repair",
  turn_off_message_logging: "texts are never logged unless that is switched on",
  global_disable_no_log_param: "no caller can switch the ledger off",
  always_include_stream_usage: "usage is always read, and sent to clients that ask for it",
  max_end_user_budget: keysAndUsers,
  max_user_budget: keysAndUsers,
  default_key_generate_params: keysAndUsers,
  default_internal_user_params: keysAndUsers,
  default_team_params: keysAndUsers,
  max_internal_user_budget: keysAndUsers,
  disable_error_logs: "failed calls are rows of the ledger too, without texts",
  disable_spend_logs: "the ledger cannot be switched off; set ledger.retention",
  proxy_batch_write_at: database,
  database_connection_pool_limit: database,
  database_connection_timeout: database,
  maximum_spend_logs_retention_interval: "days that are over are dropped as a whole",
  files_settings: "files go to the provider of a model: see docs/gateway-openai.md",
  redact_user_api_key_info: "keys are never logged",
  ssl_verify: "set NODE_EXTRA_CA_CERTS for a certificate of your own",
  routing_strategy_args: "strategies here have no arguments of that kind",
  enable_pre_call_checks: "requests that a deployment cannot serve are never sent to it",
  enable_pre_call_check: "requests that a deployment cannot serve are never sent to it",
  allowed_fails_policy: errors,
  ignore_invalid_deployments: "a wrong deployment is a mistake that keeps the file from loading",
  store_model_in_db: "models are in this file alone; those that are only in LiteLLM's database were not read",
  custom_auth: python,
  custom_key_generate: python,
  custom_sso: python,
  custom_ui_sso_sign_in_handler: python,
  callback_settings: callbacks,
  guardrails: "write them as policies.guards and policies.redact: see docs/settings-models.md",
  mcp_servers: "a gateway for MCP servers is not part of this project",
  mcp_tools: "a gateway for MCP servers is not part of this project",
  credential_list: "no model names it",
  litellm_credential_name: "credential_list has none of this name: give the provider its key, address and options",
  provider_budget_config: "limit deployments, such as limits: { usd: 10, per: 1d }, or give models budgets",
  max_parallel_requests: "set policies.limits.concurrency, or limits of keys",
  global_max_parallel_requests: "set policies.limits.concurrency, or limits of keys",
  allow_requests_on_db_unavailable: "keys in use go on; stores.whenDown says what budgets do",
  background_health_checks: "health is known from the calls that are made",
  health_check_interval: "health is known from the calls that are made",
  alerting: "alert by the figures of /metrics",
  include: "other files were not read: import each"
}

const wordsIn = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ""))

const keys = new Map(Object.entries(documented).map(([section, text]) => [section, wordsIn(text)]))

const wholeSections = wordsIn(sections)

/** Whether a file has a section of LiteLLM's. */
export const hasSection = (names: ReadonlyArray<string>): boolean =>
  names.some(
    (name) => name === "model_list" || name === "environment_variables" || wholeSections.has(name) || keys.has(name)
  )

/** Why a key was left out; `undefined` if LiteLLM does not know it either. */
export const reasonFor = (section: string, key: string | undefined): string | undefined => {
  const isKnown = wholeSections.has(section) || (key !== undefined && keys.get(section)?.has(key) === true)
  return isKnown
    ? (reasons[wholeSections.has(section) ? section : (key ?? section)] ?? "has no place in settings")
    : undefined
}
