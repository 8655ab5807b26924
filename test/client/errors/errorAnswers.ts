import type { ProviderError } from "effect-llm"

/** An error answer of a provider, as its documentation or its users show it, and what it is. */
export interface ErrorAnswer {
  readonly provider: string
  readonly status: number
  readonly tag: ProviderError.ProviderError["_tag"]
  readonly limit?: number
  readonly asked?: number
  readonly body: unknown
}

export const errorAnswers: ReadonlyArray<ErrorAnswer> = [
  {
    provider: "voyage",
    status: 400,
    tag: "ModelNotFoundError",
    body: { detail: "Model voyage-0 is not supported. Supported models are ['voyage-4', 'voyage-4-lite']." }
  },
  {
    provider: "voyage",
    status: 400,
    tag: "InvalidRequestError",
    body: { detail: "Value 'q' provided for argument 'input_type' is not one of ['query', 'document']." }
  },
  { provider: "voyage", status: 503, tag: "OverloadedError", body: { detail: "busy" } },
  {
    provider: "jina",
    status: 400,
    tag: "ModelNotFoundError",
    body: { code: "INPUT_MODEL_NOT_FOUND", detail: "Model 'jina-embeddings-v0' not found" }
  },
  {
    provider: "jina",
    status: 403,
    tag: "QuotaExceededError",
    body: { code: "AUTHZ_INSUFFICIENT_BALANCE", detail: "Insufficient account balance" }
  },
  {
    provider: "anthropic",
    status: 400,
    tag: "ContextWindowExceededError",
    limit: 200000,
    asked: 213462,
    body: { error: { message: "prompt is too long: 213462 tokens > 200000 maximum", type: "invalid_request_error" } }
  },
  {
    provider: "anthropic",
    status: 400,
    tag: "ContextWindowExceededError",
    limit: 200000,
    asked: 208059,
    body: {
      error: {
        message:
          "input length and `max_tokens` exceed context limit: 188059 + 20000 > 200000, decrease input length or `max_tokens` and try again",
        type: "invalid_request_error"
      }
    }
  },
  {
    provider: "anthropic",
    status: 429,
    tag: "QuotaExceededError",
    body: {
      error: {
        message: "You have reached your API usage limits: ...",
        type: "rate_limit_error",
        details: { error_code: "enforced_spend_limit_reached" }
      }
    }
  },
  {
    provider: "anthropic",
    status: 400,
    tag: "QuotaExceededError",
    body: {
      error: {
        message: "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing",
        type: "invalid_request_error"
      }
    }
  },
  {
    provider: "anthropic",
    status: 400,
    tag: "QuotaExceededError",
    body: {
      error: {
        message: "You have reached your specified workspace API usage limits. You will regain access on 2025-06-01",
        type: "invalid_request_error"
      }
    }
  },
  {
    provider: "anthropic",
    status: 400,
    tag: "UnsupportedParameterError",
    body: { error: { message: "`temperature` is deprecated for this model.", type: "invalid_request_error" } }
  },
  {
    provider: "anthropic",
    status: 400,
    tag: "UnsupportedParameterError",
    body: {
      error: {
        message: '"thinking.type.disabled" is not supported for this model. Use "thinking.type.adaptive"',
        type: "invalid_request_error"
      }
    }
  },
  {
    provider: "anthropic",
    status: 413,
    tag: "InvalidRequestError",
    body: { error: { message: "Request exceeds the maximum size", type: "request_too_large" } }
  },
  {
    provider: "anthropic",
    status: 400,
    tag: "UnsupportedParameterError",
    body: { error: { message: "metadata.foo: Extra inputs are not permitted", type: "invalid_request_error" } }
  },
  {
    provider: "anthropic",
    status: 400,
    tag: "ContentPolicyError",
    body: { error: { message: "Output blocked by content filtering policy", type: "invalid_request_error" } }
  },
  {
    provider: "openai",
    status: 400,
    tag: "ContextWindowExceededError",
    limit: 128000,
    asked: 140000,
    body: {
      error: {
        message:
          "This model's maximum context length is 128000 tokens. However, your messages resulted in 140000 tokens.",
        type: "invalid_request_error",
        code: "context_length_exceeded",
        param: "messages"
      }
    }
  },
  {
    provider: "vllm",
    status: 400,
    tag: "ContextWindowExceededError",
    limit: 16384,
    body: {
      object: "error",
      message:
        "This model's maximum context length is 16384 tokens. However, you requested 8192 output tokens and your prompt contains at least 8193 input tokens, for a total of at least 16385 tokens.",
      type: "BadRequestError",
      code: 400
    }
  },
  {
    provider: "openrouter",
    status: 400,
    tag: "ContextWindowExceededError",
    limit: 131072,
    asked: 150000,
    body: {
      error: {
        message:
          "This endpoint's maximum context length is 131072 tokens. However, you requested about 150000 tokens (142000 of text input, 8000 in the output).",
        code: 400
      }
    }
  },
  {
    provider: "openrouter",
    status: 200,
    tag: "OverloadedError",
    body: { error: { message: "Provider returned error", code: 502, metadata: { error_type: "provider_overloaded" } } }
  },
  {
    provider: "openrouter",
    status: 403,
    tag: "ContentPolicyError",
    body: {
      error: {
        message: 'x requires moderation on y. Your input was flagged for "z".',
        code: 403,
        metadata: { reasons: ["z"] }
      }
    }
  },
  {
    provider: "openrouter",
    status: 402,
    tag: "QuotaExceededError",
    body: { error: { message: "Insufficient credits", code: 402 } }
  },
  {
    provider: "openrouter",
    status: 404,
    tag: "UnsupportedParameterError",
    body: { error: { message: "No endpoints found that support tool use.", code: 404 } }
  },
  {
    provider: "openrouter",
    status: 404,
    tag: "ModelNotFoundError",
    body: { error: { message: "No endpoints found for foo/bar.", code: 404 } }
  },
  {
    provider: "openrouter",
    status: 400,
    tag: "ModelNotFoundError",
    body: { error: { message: "foo/bar is not a valid model ID", code: 400 } }
  },
  { provider: "openrouter", status: 503, tag: "ServerError", body: { error: { message: "no provider", code: 503 } } },
  { provider: "openrouter", status: 408, tag: "ServerError", body: { error: { message: "t", code: 408 } } },
  {
    provider: "openai",
    status: 400,
    tag: "UnsupportedParameterError",
    body: {
      error: {
        message:
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        type: "invalid_request_error",
        code: "unsupported_parameter",
        param: "max_tokens"
      }
    }
  },
  {
    provider: "openai-compatible",
    status: 400,
    tag: "UnsupportedParameterError",
    body: {
      error: {
        message: "Unsupported parameter: 'stop' is not supported with this model.",
        code: "invalid_request_body"
      }
    }
  },
  {
    provider: "llama-cpp",
    status: 400,
    tag: "ContextWindowExceededError",
    limit: 8192,
    asked: 9412,
    body: {
      error: {
        code: 400,
        message: "request (9412 tokens) exceeds the available context size (8192 tokens), try increasing it",
        type: "exceed_context_size_error",
        n_prompt_tokens: 9412,
        n_ctx: 8192
      }
    }
  },
  {
    provider: "llama-cpp",
    status: 503,
    tag: "ServerError",
    body: { error: { message: "Loading model", code: 503, type: "unavailable_error" } }
  },
  {
    provider: "huggingface",
    status: 422,
    tag: "ContextWindowExceededError",
    limit: 32768,
    asked: 71508,
    body: {
      error:
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 32768. Given: 71508 `inputs` tokens and 0 `max_new_tokens`",
      error_type: "validation"
    }
  },
  {
    provider: "google",
    status: 400,
    tag: "ContextWindowExceededError",
    limit: 1048575,
    asked: 1196265,
    body: [
      {
        error: {
          message: "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).",
          code: 400,
          status: "INVALID_ARGUMENT"
        }
      }
    ]
  },
  {
    provider: "google",
    status: 400,
    tag: "AuthenticationError",
    body: [
      {
        error: {
          message: "API key not valid. Please pass a valid API key.",
          code: 400,
          status: "INVALID_ARGUMENT",
          details: [{ reason: "API_KEY_INVALID" }]
        }
      }
    ]
  },
  {
    provider: "google",
    status: 429,
    tag: "QuotaExceededError",
    body: [
      {
        error: {
          message: "You exceeded your current quota",
          code: 429,
          status: "RESOURCE_EXHAUSTED",
          details: [
            { violations: [{ quotaId: "GenerateRequestsPerDayPerProjectPerModel-FreeTier" }] },
            { retryDelay: "14s" }
          ]
        }
      }
    ]
  },
  {
    provider: "xai",
    status: 400,
    tag: "ContextWindowExceededError",
    limit: 131072,
    asked: 537812,
    body: {
      code: "invalid-argument",
      error: "This model's maximum prompt length is 131072 but the request contains 537812 tokens."
    }
  },
  {
    provider: "xai",
    status: 400,
    tag: "UnsupportedParameterError",
    body: { code: "invalid-argument", error: "Model does not support parameter presencePenalty." }
  },
  {
    provider: "xai",
    status: 400,
    tag: "AuthenticationError",
    body: {
      code: "Client specified an invalid argument",
      error: "Incorrect API key provided: xx. You can obtain an API key from https://console.x.ai."
    }
  },
  {
    provider: "xai",
    status: 429,
    tag: "QuotaExceededError",
    body: {
      code: "x",
      error: "Your team 1 has either used all available credits or reached its monthly spending limit. To"
    }
  },
  {
    provider: "mistral",
    status: 400,
    tag: "ContextWindowExceededError",
    limit: 32768,
    body: {
      object: "error",
      message: "Prompt contains 100000 tokens ... too large for model with 32768 maximum context length",
      type: "invalid_request",
      code: "3051"
    }
  },
  {
    provider: "mistral",
    status: 400,
    tag: "ModelNotFoundError",
    body: { object: "error", message: "Invalid model: foo", type: "invalid_model", code: "1500" }
  },
  {
    provider: "together",
    status: 422,
    tag: "ContextWindowExceededError",
    limit: 32768,
    asked: 40000,
    body: {
      error: {
        message: "The input (40000 tokens) is longer than the model's context length (32768 tokens).",
        type: "invalid_request_error"
      }
    }
  },
  {
    provider: "cerebras",
    status: 400,
    tag: "ContextWindowExceededError",
    limit: 8192,
    asked: 9000,
    body: {
      message: "Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192",
      type: "invalid_request_error",
      code: "context_length_exceeded"
    }
  },
  {
    provider: "groq",
    status: 413,
    tag: "RateLimitError",
    limit: 6000,
    asked: 7000,
    body: {
      error: {
        message:
          "Request too large for model `x` in organization `o` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 7000, please reduce your message size and try again.",
        type: "tokens",
        code: "rate_limit_exceeded"
      }
    }
  },
  {
    provider: "groq",
    status: 400,
    tag: "ModelNotFoundError",
    body: {
      error: {
        message: "The model `x` has been decommissioned and is no longer supported.",
        type: "invalid_request_error",
        code: "model_decommissioned"
      }
    }
  },
  {
    provider: "deepseek",
    status: 400,
    tag: "ModelNotFoundError",
    body: { error: { message: "Model Not Exist", type: "invalid_request_error", code: "invalid_request_error" } }
  },
  {
    provider: "xai",
    status: 403,
    tag: "QuotaExceededError",
    body: {
      code: "The caller does not have permission to execute the specified operation",
      error: "Your newly created team doesn't have any credits or licenses yet."
    }
  },
  {
    provider: "xai",
    status: 403,
    tag: "ContentPolicyError",
    body: {
      code: "The caller does not have permission to execute the specified operation",
      error: "Content violates usage guidelines. Failed check: X"
    }
  },
  {
    provider: "minimax",
    status: 200,
    tag: "QuotaExceededError",
    body: { base_resp: { status_code: 1008, status_msg: "insufficient balance" } }
  },
  {
    provider: "minimax",
    status: 500,
    tag: "QuotaExceededError",
    body: { type: "error", error: { type: "api_error", message: "insufficient balance (1008)" } }
  },
  {
    provider: "moonshot",
    status: 400,
    tag: "UnsupportedParameterError",
    body: {
      error: { message: "invalid temperature: only 1 is allowed for this model", type: "invalid_request_error" }
    }
  },
  {
    provider: "github-copilot",
    status: 400,
    tag: "ContextWindowExceededError",
    limit: 64000,
    asked: 70000,
    body: {
      error: {
        message: "prompt token count of 70000 exceeds the limit of 64000",
        code: "model_max_prompt_tokens_exceeded"
      }
    }
  },
  {
    provider: "github-copilot",
    status: 400,
    tag: "ModelNotFoundError",
    body: {
      error: {
        message: "The requested model is not supported.",
        code: "model_not_supported",
        param: "model",
        type: "invalid_request_error"
      }
    }
  },
  {
    provider: "groq",
    status: 404,
    tag: "EndpointNotFoundError",
    body: { error: { message: "Unknown request URL: POST /x.", type: "invalid_request_error", code: "unknown_url" } }
  },
  {
    provider: "github-models",
    status: 413,
    tag: "ContextWindowExceededError",
    body: { error: { code: "tokens_limit_reached", message: "Request body too large for x model." } }
  },
  { provider: "groq", status: 498, tag: "OverloadedError", body: { error: { message: "capacity" } } },
  {
    provider: "deepseek",
    status: 402,
    tag: "QuotaExceededError",
    body: { error: { message: "Insufficient Balance", type: "unknown_error", code: "invalid_request_error" } }
  },
  { provider: "zai", status: 429, tag: "QuotaExceededError", body: { error: { message: "x", code: "1113" } } },
  {
    provider: "zai",
    status: 400,
    tag: "ContextWindowExceededError",
    body: { error: { message: "Prompt exceeds max length", code: "1261" } }
  },
  {
    provider: "alibaba",
    status: 400,
    tag: "ContextWindowExceededError",
    limit: 98304,
    body: {
      error: {
        message: "Range of input length should be [1, 98304]",
        code: "invalid_parameter_error",
        type: "invalid_request_error"
      }
    }
  },
  {
    provider: "azure",
    status: 400,
    tag: "ContentPolicyError",
    body: {
      error: {
        message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        code: "content_filter",
        param: "prompt",
        type: null,
        status: 400,
        innererror: { code: "ResponsibleAIPolicyViolation" }
      }
    }
  },
  {
    provider: "azure",
    status: 404,
    tag: "ModelNotFoundError",
    body: { error: { message: "The API deployment for this resource does not exist.", code: "DeploymentNotFound" } }
  },
  {
    provider: "cohere",
    status: 400,
    tag: "ContextWindowExceededError",
    limit: 4081,
    asked: 4292,
    body: { message: "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4292." }
  },
  {
    provider: "cohere",
    status: 400,
    tag: "InvalidRequestError",
    body: { message: "too many tokens: max tokens must be less than or equal to 4096 - received 8192." }
  },
  {
    provider: "cohere",
    status: 429,
    tag: "QuotaExceededError",
    body: { message: "You are using a Trial key, which is limited to 1000 API calls / month." }
  },
  { provider: "cohere", status: 498, tag: "AuthenticationError", body: { message: "invalid token" } },
  {
    provider: "mistral",
    status: 400,
    tag: "ModelNotFoundError",
    body: { object: "error", message: "Invalid model: x", type: "invalid_model", param: null, code: "1500" }
  },
  {
    provider: "mistral",
    status: 429,
    tag: "OverloadedError",
    body: { message: "Service tier capacity exceeded for this model.", type: "service_tier_capacity_exceeded" }
  },
  { provider: "ollama", status: 404, tag: "ModelNotFoundError", body: { error: "model 'foo' not found" } },
  { provider: "ollama", status: 400, tag: "UnsupportedParameterError", body: { error: '"m" does not support tools' } },
  { provider: "ollama", status: 503, tag: "OverloadedError", body: { error: "server busy, please try again" } },
  {
    provider: "ollama",
    status: 404,
    tag: "ModelNotFoundError",
    body: { error: { message: "model 'foo' not found", type: "not_found_error" } }
  },
  { provider: "openai-compatible", status: 404, tag: "EndpointNotFoundError", body: "404 page not found" },
  {
    provider: "openai-compatible",
    status: 503,
    tag: "OverloadedError",
    body: { error: { message: "The engine is currently overloaded, please try again later", type: "server_error" } }
  },
  { provider: "openai-compatible", status: 418, tag: "InvalidRequestError", body: { error: { message: "x" } } },
  { provider: "openai-compatible", status: 599, tag: "ServerError", body: { error: { message: "x" } } },
  {
    provider: "lmstudio",
    status: 400,
    tag: "ContextWindowExceededError",
    limit: 4096,
    asked: 5000,
    body: {
      error:
        "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough."
    }
  },
  {
    provider: "lmstudio",
    status: 400,
    tag: "ContextWindowExceededError",
    asked: 5000,
    body: {
      error: {
        message:
          "Trying to keep the first 5000 tokens when context the overflows. However, the number of tokens to keep from the initial prompt is greater than the context length."
      }
    }
  },
  { provider: "openai", status: 200, tag: "ServerError", body: { error: { message: "x", type: "server_error" } } },
  {
    provider: "anthropic",
    status: 200,
    tag: "OverloadedError",
    body: { error: { message: "Overloaded", type: "overloaded_error" } }
  },
  {
    provider: "openai",
    status: 400,
    tag: "UnsupportedParameterError",
    body: {
      error: {
        message: "Invalid 'max_tokens': too large: 32000. This model supports at most 16384 completion tokens",
        type: "invalid_request_error",
        code: "invalid_value",
        param: "max_tokens"
      }
    }
  },
  {
    provider: "openai",
    status: 400,
    tag: "InvalidRequestError",
    body: { error: { message: "We could not parse the JSON body of your request.", type: "invalid_request_error" } }
  },
  {
    provider: "openai",
    status: 400,
    tag: "ContentPolicyError",
    body: {
      error: {
        message: "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
        type: "invalid_request_error",
        code: "invalid_prompt"
      }
    }
  },
  {
    provider: "openai",
    status: 403,
    tag: "PermissionDeniedError",
    body: {
      error: {
        message: "Country, region, or territory not supported",
        code: "unsupported_country_region_territory",
        type: "request_forbidden"
      }
    }
  },
  {
    provider: "bedrock",
    status: 400,
    tag: "UnsupportedParameterError",
    body: { message: "This model doesn't support the topP field. Remove topP and try again." }
  },
  {
    provider: "bedrock",
    status: 400,
    tag: "UnsupportedParameterError",
    body: { message: 'The model returned the following errors: {"error":{"message":"Unknown parameter: \'k\'."}}' }
  },
  {
    provider: "bedrock",
    status: 429,
    tag: "OverloadedError",
    body: { message: "Model is not ready for inference. Wait and try your request again." }
  },
  {
    provider: "bedrock",
    status: 403,
    tag: "AuthenticationError",
    body: { message: "The request signature we calculated does not match the signature you provided." }
  },
  { provider: "bedrock", status: 403, tag: "AuthenticationError", body: { message: "Missing Authentication Token" } }
]
