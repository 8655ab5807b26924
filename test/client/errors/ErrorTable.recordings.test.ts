import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { Headers } from "effect/http"
import { AnthropicMessages } from "../../../src/protocols/AnthropicMessages.ts"
import { BedrockAnthropic } from "../../../src/protocols/BedrockAnthropic.ts"
import { BedrockConverse } from "../../../src/protocols/BedrockConverse.ts"
import { CohereChat } from "../../../src/protocols/CohereChat.ts"
import { MistralChat } from "../../../src/protocols/MistralChat.ts"
import { OpenAiChat } from "../../../src/protocols/OpenAiChat.ts"
import { OpenAiResponses } from "../../../src/protocols/OpenAiResponses.ts"
import type { ProviderError } from "../../../src/domain/ProviderError.ts"
import * as ErrorTable from "../../../src/client/errors/ErrorTable.ts"
import { SseReader } from "../../../src/transport/SseReader.ts"
import { type Recording, recordingsExist, recordingsOf } from "../../providers/recordings.ts"

/** Which error each recorded error answer is, read by hand from its body. */
const expected: { readonly [Tag in ProviderError["_tag"]]?: ReadonlyArray<string> } = {
  AuthenticationError: [
    "cohere/cohere-chat-v2__chat_error_handling_with_cohere_command-a-plus-05-2026_raises_appropri__0.json",
    "mistral/mistral-chat__chat_error_handling_with_mistral_mistral-small-latest_raises_appropria__0.json",
    "bedrock/bedrock-converse__chat_error_handling_with_bedrock_amazon_nova-2-lite-v1_0_raises_approp__0.json",
    "bedrock/bedrock-invoke-anthropic__chat_error_handling_with_bedrock_anthropic_claude-3-5-haiku-20241022-v__0.json",
    "anthropic/anthropic-messages__chat_error_handling_with_anthropic_claude-haiku-4-5_raises_appropriate__0.json",
    "azure/openai-chat__chat_error_handling_with_azure_grok-4-1-fast-non-reasoning_raises_appr__0.json",
    "deepseek/openai-chat__chat_error_handling_with_deepseek_deepseek-chat_raises_appropriate_aut__0.json",
    "ollama/openai-chat__chat_error_handling_with_ollama_cloud_gpt-oss_120b_raises_appropriate___0.json",
    "openai/openai-chat__chat_error_handling_with_openai_gpt-5-nano_raises_appropriate_auth_err__0.json",
    "openai/openai-responses__context_context_chat_operations_uses_context-specific_api_keys__0.json",
    "openrouter/openai-chat__chat_error_handling_with_openrouter_anthropic_claude-3_5-sonnet_raises__0.json"
  ],
  ContextWindowExceededError: [
    "perplexity/openai-chat__chat_real_error_scenarios_perplexity_sonar_handles_context_length_exce__0.json"
  ],
  InvalidRequestError: [
    "mistral/mistral-chat__chat_real_error_scenarios_mistral_mistral-small-latest_handles_invalid__0.json",
    "anthropic/anthropic-messages__chat_vision_models_anthropic_claude-3-5-haiku-20241022_raises_missinge__0.json",
    "azure/openai-chat__chat_real_error_scenarios_azure_grok-4-1-fast-non-reasoning_handles_co__0.json",
    "openai/openai-chat__test_vision_base64__3.json"
  ],
  UnsupportedParameterError: [
    "bedrock/bedrock-converse__test_multimodal_tool_return_matrix-direct-uploaded_file-video-bedrock___1.json",
    "bedrock/bedrock-count-tokens__test_anthropic_bedrock_count_tokens_rejects_server_tools__0.json",
    "anthropic/anthropic-messages__test_multimodal_tool_return_matrix-direct-uploaded_file-image-anthropi__1.json",
    "openai/openai-responses__test_multimodal_tool_return_matrix-direct-url-audio-openai_responses__1.json"
  ],
  ModelNotFoundError: [
    "bedrock/bedrock-converse__should-handle-streaming-api-errors-gracefully__0.json",
    "anthropic/anthropic-messages__test_model_name_suggestion-anthropic__0.json",
    "groq/openai-chat__test_model_name_suggestion-groq__0.json",
    "openai/openai-chat__test_agents_and_tools__2.json",
    "openai/openai-chat__test_model_name_suggestion-openai-chat__0.json"
  ],
  OverloadedError: [
    "bedrock/bedrock-converse__test_multimodal_tool_return_matrix-direct-url-image-bedrock__0.json",
    "anthropic/anthropic-messages__chat_function_calling_anthropic_claude-3-5-haiku-20241022_can_use_tool__1.json",
    "anthropic/anthropic-messages__chat_streaming_responses_anthropic_claude-3-5-haiku-20241022_supports___0-2.json",
    "anthropic/anthropic-messages__chat_streaming_responses_anthropic_claude-3-5-haiku-20241022_supports___0.json",
    "xai/openai-chat__chat_tool_choice_and_parallel_control_xai_grok-4-fast-non-reasoning_re__0.json",
    "zai/openai-chat__test_zai_thinking_stream__0.json"
  ],
  QuotaExceededError: [
    "openai/openai-responses__test_openai_responses_model_file_search_tool__3.json",
    "openai/openai-responses__openai-error.1.chunks__0.json"
  ],
  RateLimitError: [
    "mistral/mistral-chat__chat_function_calling_mistral_ministral-3b-latest_can_handle_multiple___83.json",
    "bedrock/bedrock-converse__chat_function_calling_bedrock_anthropic_claude-3-5-haiku-20241022-v1_0__1.json",
    "anthropic/anthropic-messages__chat_with_failover_fails_over_to_the_next_provider_when_the_first_one___3.json",
    "azure/openai-chat__chat_real_error_scenarios_azure_grok-4-1-fast-non-reasoning_handles_co__0-2.json",
    "cerebras/openai-chat__test_openai_model_cerebras_provider_qwen_3_coder__1.json",
    "groq/openai-chat__test_multiple_files-groq__0.json",
    "openai/openai-chat__chat_real_error_scenarios_openai_gpt-5-nano_handles_context_length_exc__0.json",
    "openrouter/openai-chat__test_openrouter_errors_raised__0.json"
  ],
  ServerError: [
    "groq/openai-chat__test_tool_use_failed_error_streaming__0.json",
    "bedrock/bedrock-converse__test_native_recursive_schema__0.json",
    "azure/openai-chat__chat_real_error_scenarios_azure_grok-4-1-fast-non-reasoning_handles_co__0-3.json",
    "azure/openai-chat__chat_real_error_scenarios_azure_kimi-k2_5_handles_context_length_excee__0.json",
    "huggingface/openai-chat__test_tool_choice-huggingface-auto-uses-tool__2.json",
    "openai/openai-chat__chat_streaming_responses_openai_gpt-4_1-nano_supports_streaming_respon__0.json",
    "openai/openai-responses__chat_real_error_scenarios_openai_gpt-4_1-nano_handles_context_length_e__1.json"
  ]
}

/** Rows of one provider may hold for another that speaks its protocol. */
const isError = ({ response, tags }: Recording) =>
  response.status >= 400 || tags.includes("mid-stream-error") || tags.includes("event:error")

const errors = [
  ...recordingsOf("openai-chat").map((recording) => Object.assign(recording, { wire: OpenAiChat })),
  ...recordingsOf("openai-responses").map((recording) => Object.assign(recording, { wire: OpenAiResponses })),
  ...recordingsOf("cohere-chat-v2").map((recording) => Object.assign(recording, { wire: CohereChat })),
  ...recordingsOf("mistral-chat").map((recording) => Object.assign(recording, { wire: MistralChat })),
  ...recordingsOf("anthropic-messages").map((recording) => Object.assign(recording, { wire: AnthropicMessages })),
  ...["bedrock-converse", "bedrock-count-tokens"]
    .flatMap(recordingsOf)
    .map((recording) => Object.assign(recording, { wire: BedrockConverse })),
  ...recordingsOf("bedrock-invoke-anthropic").map((recording) => Object.assign(recording, { wire: BedrockAnthropic }))
].filter(isError)

const decode = ({ provider, response, wire }: (typeof errors)[number]): ProviderError | undefined => {
  const context = {
    provider,
    rows: provider,
    model: "a-model",
    status: response.status,
    headers: Headers.fromInput(response.headers),
    now: 0,
    secrets: []
  }
  const body = response.body
  const text = typeof body === "string" ? body : JSON.stringify(body)
  if (response.status >= 400) {
    const json = text.trimStart().startsWith("{") || text.trimStart().startsWith("[") ? JSON.parse(text) : text
    return ErrorTable.decode(wire.decodeError(json, response.headers), context)
  }
  const frames = new SseReader().read(new TextEncoder().encode(text + "\n\n"))
  assert.isTrue(Array.isArray(frames))
  const decoder = wire.makeDecoder({ provider, model: "a-model" })
  for (const frame of frames as ReadonlyArray<{ readonly data: string }>) {
    const failure = decoder.decode(frame, [])
    if (failure !== undefined) return ErrorTable.decode(failure, context)
  }
  return undefined
}

describe("recorded error responses", () => {
  it.skipIf(recordingsExist)("are missing here: nothing is checked", () => {
    assert.deepStrictEqual(errors, [])
  })

  for (const recording of errors) {
    const tag = Object.entries(expected).find(([, files]) => files.includes(recording.file))?.[0]
    it(`${recording.file.replace(/__.*__/, " … ")} is ${tag}`, () => {
      assert.strictEqual(decode(recording)?._tag, tag)
    })
  }

  it.skipIf(!recordingsExist)("have retryAfter, the limit that was reached and the context length", () => {
    const of = (part: string) => decode(errors.find(({ file }) => file.includes(part))!)
    const limited = of("anthropic-messages__chat_with_failover")
    assert.deepStrictEqual(limited?._tag === "RateLimitError" && limited.retryAfter, Duration.seconds(65))
    const azure = of("grok-4-1-fast-non-reasoning_handles_co__0-2")
    assert.deepStrictEqual(azure?._tag === "RateLimitError" && azure.retryAfter, Duration.seconds(1))
  })
})
