/** A refusal that concerns one model only, in the words of public reports, and what it is about. */
export interface Refusal {
  readonly provider: string
  readonly message: string
  readonly parameter?: string
  /** 400 if absent. */
  readonly status?: number
  readonly param?: string
  readonly code?: string
}

export const refusals: ReadonlyArray<Refusal> = [
  // OpenAI and Azure
  {
    provider: "openai",
    message:
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    param: "max_tokens",
    code: "unsupported_parameter",
    parameter: "maxOutputTokens"
  },
  { provider: "openai", message: "Unsupported parameter: 'stop' is not supported with this model.", parameter: "stop" },
  {
    provider: "openai",
    message:
      "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
    parameter: "temperature"
  },
  {
    provider: "openai",
    message: "Invalid parameter: 'response_format' of type 'json_object' is not supported with this model.",
    parameter: "responseFormat"
  },
  {
    provider: "openai",
    message:
      "max_tokens is too large: 20480. This model supports at most 16384 completion tokens, whereas you provided 20480.",
    param: "max_tokens",
    code: "invalid_value",
    parameter: "maxOutputTokens"
  },
  {
    provider: "openai",
    message:
      "Function tools with reasoning_effort are not supported for gpt-5.4 in /v1/chat/completions. Please use /v1/responses instead.",
    param: "reasoning_effort",
    parameter: "reasoning"
  },
  {
    provider: "openai",
    message: "Invalid content type. image_url is only supported by certain models.",
    parameter: "image"
  },
  {
    provider: "openai",
    message: "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
    parameter: "responseFormat"
  },
  {
    provider: "openai",
    message:
      "Invalid schema for response_format 'answer': In context=(), 'additionalProperties' is required to be supplied and to be false.",
    parameter: "responseFormat"
  },
  {
    provider: "openai",
    message:
      "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 140 instead.",
    param: "tools",
    parameter: "tools"
  },
  {
    provider: "openai",
    message: "Invalid value: 'xhigh'. Supported values are: 'low', 'medium', and 'high'.",
    param: "reasoning_effort",
    parameter: "reasoning"
  },
  {
    provider: "azure",
    message: "Unrecognized request argument supplied: parallel_tool_calls",
    parameter: "parallelToolCalls"
  },
  { provider: "azure", message: "Unrecognized request argument supplied: reasoning", parameter: "reasoning" },
  {
    provider: "azure",
    message: "response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later"
  },
  // Anthropic
  {
    provider: "anthropic",
    message: "This model does not support assistant message prefill. The conversation must end with a user message.",
    parameter: "messages"
  },
  {
    provider: "anthropic",
    message: "`temperature` may only be set to 1 when thinking is enabled. Please consult our documentation.",
    parameter: "temperature"
  },
  {
    provider: "anthropic",
    message: "Thinking may not be enabled when tool_choice forces tool use.",
    parameter: "reasoning"
  },
  {
    provider: "anthropic",
    message: "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
    parameter: "temperature"
  },
  {
    provider: "anthropic",
    message: "max_tokens: 100000 > 64000, which is the maximum allowed number of output tokens for claude-haiku-4-5",
    parameter: "maxOutputTokens"
  },
  {
    provider: "anthropic",
    message: "`max_tokens` must be greater than `thinking.budget_tokens`.",
    parameter: "reasoning"
  },
  { provider: "anthropic", message: "`top_k` must be unset when thinking is enabled.", parameter: "topK" },
  { provider: "anthropic", message: "output_config: Extra inputs are not permitted", parameter: "responseFormat" },
  { provider: "anthropic", message: "adaptive thinking is not supported on this model", parameter: "reasoning" },
  { provider: "anthropic", message: "This model does not support the effort parameter." },
  {
    provider: "anthropic",
    message:
      "messages.7.content.2.image.source.base64.data: At least one of the image dimensions exceed max allowed size: 8000 pixels",
    parameter: "request"
  },
  {
    provider: "anthropic",
    message: "messages.2.content.0.image.source.base64: image exceeds 5 MB maximum: 8259148 bytes > 5242880 bytes",
    parameter: "request"
  },
  // Bedrock
  { provider: "bedrock", message: "This model doesn't support tool use in streaming mode." },
  {
    provider: "bedrock",
    message:
      "This model doesn't support system messages. Try again without a system message or use a model that supports system messages."
  },
  {
    provider: "bedrock",
    message:
      "This model doesn't support the toolConfig.toolChoice.any field. Remove toolConfig.toolChoice.any and try again.",
    parameter: "toolChoice"
  },
  { provider: "bedrock", message: "The model is unsupported for streaming." },
  {
    provider: "bedrock",
    message:
      "The maximum tokens you requested exceeds the model limit of 4096. Try again with a maximum tokens value that is lower than 4096.",
    parameter: "maxOutputTokens"
  },
  {
    provider: "bedrock",
    message:
      "The model returned the following errors: Malformed input request: #: extraneous key [top_k] is not permitted, please reformat your input and try again.",
    parameter: "topK"
  },
  {
    provider: "bedrock",
    message: "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
    parameter: "tools"
  },
  {
    provider: "bedrock",
    message: "messages.2.content: Conversation blocks and tool result blocks cannot be provided in the same turn.",
    parameter: "messages"
  },
  // Google
  { provider: "google", message: "Thinking level is not supported for this model.", parameter: "reasoning" },
  {
    provider: "google",
    message:
      "Unable to submit request because thinking_level is not supported by this model.. Learn more: https://example.org",
    parameter: "reasoning"
  },
  {
    provider: "google",
    message: "Budget 0 is invalid. This model only works in thinking mode.",
    parameter: "reasoning"
  },
  {
    provider: "google",
    message: "Function calling with a response mime type: 'application/json' is unsupported",
    parameter: "responseFormat"
  },
  { provider: "google", message: "Function calling mode `ANY` is not enabled for api version v1beta" },
  { provider: "google", message: "Developer instruction is not enabled for models/gemma-3-27b-it" },
  {
    provider: "google",
    message:
      "Unable to submit request because it has a maxOutputTokens value of 65536 but the supported range is from 1 (inclusive) to 65536 (exclusive).",
    parameter: "maxOutputTokens"
  },
  {
    provider: "google",
    message:
      "Invalid JSON payload received. Unknown name \"thinkingConfig\" at 'generation_config': Cannot find field.",
    parameter: "reasoning"
  },
  { provider: "google", message: "At most one tool is supported.", parameter: "tools" },
  { provider: "google", message: "The request is not supported by this model." },
  // Groq
  {
    provider: "groq",
    message: "`reasoning_format` is not supported with this model",
    param: "reasoning_format",
    parameter: "reasoning"
  },
  {
    provider: "groq",
    message: "This model does not support response format `json_schema`. See supported models.",
    param: "response_format",
    parameter: "responseFormat"
  },
  {
    provider: "groq",
    message:
      "'messages.2' : for 'role:assistant' the following must be satisfied[('messages.2' : property 'reasoning_content' is unsupported)]"
  },
  {
    provider: "groq",
    message: "response_format` json_object cannot be combined with tool/function calling",
    parameter: "responseFormat"
  },
  {
    provider: "groq",
    message:
      "`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the `context_window` for this model",
    param: "max_tokens",
    parameter: "maxOutputTokens"
  },
  { provider: "groq", message: "'tools' : maximum number of items is 128" },
  // Mistral
  { provider: "mistral", status: 422, message: "body.messages.0.user.name: Extra inputs are not permitted" },
  {
    provider: "mistral",
    message: "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant",
    parameter: "messages"
  },
  { provider: "mistral", message: "Unexpected role 'user' after role 'tool'", parameter: "messages" },
  // DeepSeek
  { provider: "deepseek", message: "deepseek-reasoner does not support Function Calling" },
  { provider: "deepseek", message: "Thinking mode does not support this tool_choice" },
  {
    provider: "deepseek",
    message: "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]",
    parameter: "maxOutputTokens"
  },
  {
    provider: "deepseek",
    message:
      "Failed to deserialize the JSON body into the target type: messages[7]: unknown variant `image_url`, expected `text` at line 1 column 114708",
    parameter: "image"
  },
  { provider: "deepseek", message: "This response_format type is unavailable now", parameter: "responseFormat" },
  {
    provider: "deepseek",
    message: "The `reasoning_content` in the thinking mode must be passed back to the API.",
    parameter: "messages"
  },
  // xAI, Cohere, Moonshot
  {
    provider: "xai",
    message: "Model grok-4-latest does not support parameter reasoningEffort.",
    parameter: "reasoning"
  },
  { provider: "xai", message: "Argument not supported on this model: presencePenalty", parameter: "presencePenalty" },
  {
    provider: "cohere",
    message: "invalid request: tool use is not supported by the provided model: command.",
    parameter: "tools"
  },
  { provider: "moonshot", message: "invalid temperature: only 1 is allowed for this model", parameter: "temperature" },
  // Fireworks, Together, OpenRouter
  {
    provider: "fireworks",
    message:
      "51 request validation errors: Extra inputs are not permitted, field: 'tools[0].cache_control', value: None",
    parameter: "tools"
  },
  { provider: "fireworks", message: "Extra inputs are not permitted, field: 'top_logprobs'", parameter: "logprobs" },
  {
    provider: "openrouter",
    status: 404,
    message: 'No endpoints found that support tool use. Try disabling "question".',
    parameter: "tools"
  },
  { provider: "openrouter", status: 404, message: "No endpoints found that support image input", parameter: "image" },
  {
    provider: "openrouter",
    status: 404,
    message: "No endpoints found that support the provided 'tool_choice' value.",
    parameter: "toolChoice"
  },
  // Local servers, also with a status that says "my fault"
  {
    provider: "vllm",
    message: '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
    parameter: "tools"
  },
  { provider: "vllm", status: 500, message: "Qwen/Qwen3-8B is not a multimodal model", parameter: "image" },
  { provider: "vllm", message: "At most 0 image(s) may be provided in one request.", parameter: "image" },
  { provider: "vllm", message: "The provided JSON schema contains features not supported by xgrammar." },
  { provider: "vllm", message: "The model does not support Embeddings API" },
  { provider: "ollama", message: '"llama2" does not support tools', parameter: "tools" },
  {
    provider: "ollama",
    status: 500,
    message: "this model is missing data required for image input",
    parameter: "image"
  },
  { provider: "ollama", status: 501, message: "this model does not support embeddings" },
  {
    provider: "ollama",
    status: 500,
    message: "failed to load model vocabulary required for format",
    parameter: "responseFormat"
  },
  {
    provider: "llama-cpp",
    status: 500,
    message: "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
    parameter: "image"
  },
  {
    provider: "llama-cpp",
    status: 500,
    message: "input (5567 tokens) is too large to process. increase the physical batch size (current batch size: 4096)",
    parameter: "input"
  },
  {
    provider: "llama-cpp",
    status: 500,
    message: "JSON schema conversion failed:\nUnrecognized schema: {}",
    parameter: "responseFormat"
  },
  { provider: "llama-cpp", status: 500, message: "tools param requires --jinja flag", parameter: "tools" },
  { provider: "llama-cpp", status: 500, message: "Unsupported param: tools", parameter: "tools" },
  {
    provider: "llama-cpp",
    status: 501,
    message: "This server does not support embeddings. Start it with `--embeddings`"
  }
]

/** Refusals that say that the request is wrong in itself, or not what is wrong with it. */
export const invalid: ReadonlyArray<Pick<Refusal, "provider" | "message" | "status">> = [
  { provider: "openai", message: "Invalid type for 'temperature': expected a decimal, but got a string instead." },
  {
    provider: "openai",
    message:
      "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'."
  },
  { provider: "openai", message: "Missing required parameter: 'messages'." },
  { provider: "anthropic", message: "messages: at least one message is required" },
  {
    provider: "anthropic",
    message: "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1."
  },
  { provider: "anthropic", message: "messages: text content blocks must be non-empty" },
  { provider: "google", message: "Request contains an invalid argument." },
  {
    provider: "google",
    message: "Please ensure that the number of function response parts is equal to the number of function call parts."
  },
  { provider: "mistral", message: "Not the same number of function calls and responses" },
  { provider: "vllm", status: 422, message: "body.messages: Field required" },
  {
    provider: "volcengine",
    message: "invalid value: `SYSTEM`, supported values are: `system`, `assistant`, `user`, `tool`."
  },
  {
    provider: "openai",
    message: "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'."
  },
  {
    provider: "openai",
    message:
      "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp']."
  },
  {
    provider: "openai",
    message:
      "Invalid 'input[1].content[1].image_url'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got empty base64-encoded bytes."
  },
  { provider: "openai", message: "Audio file might be corrupted or unsupported" },
  { provider: "openai", message: "'' is not one of ['system', 'assistant', 'user', 'function'] - 'messages.0.role'" },
  { provider: "openai", message: "No tool output found for function call call_abc." },
  { provider: "openai", message: "Item 'rs_1' of type 'reasoning' was provided without its required following item." },
  { provider: "openai", message: "'tool_choice' is only allowed when 'tools' are specified." },
  { provider: "anthropic", message: "tools: Tool names must be unique." },
  { provider: "anthropic", message: "messages.1.content.1: `tool_use` ids must be unique" },
  { provider: "anthropic", message: "messages: final assistant content cannot end with trailing whitespace" },
  { provider: "anthropic", message: "messages.0.content.1.image.source.base64.data: Could not process image" },
  { provider: "google", message: "Please use a valid role: user, model." },
  { provider: "google", message: "* GenerateContentRequest.contents: contents is not specified" },
  {
    provider: "deepseek",
    message: "Messages with role 'tool' must be a response to a preceding message with 'tool_calls'"
  }
]
