/**
 * One typed way to talk to every language model.
 *
 * Everything here is also reachable by its own subpath (`effect-llm/policies/Retry`), for those who count milliseconds.
 * What a chat does not need is only there, so that importing this stays fast: models, prices and costs
 * (`effect-llm/catalog/Catalog`, `/Pricing`, `/Cost`), token counts (`effect-llm/tokens/Tokenizer`) and the testing kit
 * (`effect-llm/testing/Simulator`, `/Scenario`, `/ScriptedModel`).
 *
 * @since 0.1.0
 */
export { AllFailedError } from "./domain/AllFailedError.ts"
export {
  AuthenticationError,
  ContextWindowExceededError,
  EndpointNotFoundError,
  InvalidRequestError,
  ModelNotFoundError,
  NetworkError,
  PermissionDeniedError,
  QuotaExceededError,
  ResponseTooLargeError,
  UnsupportedParameterError
} from "./domain/CallErrors.ts"
export * as ChatEvent from "./domain/ChatEvent.ts"
export * as ChatRequest from "./domain/ChatRequest.ts"
export { foldEvents, toEvents } from "./domain/ChatFold.ts"
export {
  Attempt,
  BudgetExceededError,
  ChatResponse,
  ContentPolicyError,
  GuardrailError,
  OverloadedError,
  RateLimitError,
  ResponseParseError,
  ServerError,
  StreamInterruptedError,
  TimeoutError,
  ValidationError
} from "./domain/ChatResponse.ts"
export * as ContentPart from "./domain/ContentPart.ts"
export * as Conversation from "./domain/Conversation.ts"
export * as FinishReason from "./domain/FinishReason.ts"
export * as Limits from "./domain/Limits.ts"
export * as Message from "./domain/Message.ts"
export * as ModelId from "./domain/ModelId.ts"
export { UnknownModelError, UnknownProviderError } from "./domain/ModelId.ts"
export { StructuredOutputError, ToolInputError } from "./domain/OutputErrors.ts"
export { CircuitOpenError, LocalRateLimitError, LostRaceError, PolicyStoreError } from "./domain/PolicyErrors.ts"
export * as ProviderError from "./domain/ProviderError.ts"
export * as Tool from "./domain/Tool.ts"
export * as Usage from "./domain/Usage.ts"
export * as Opening from "./model/Opening.ts"
export * as Bound from "./policies/Bound.ts"
export * as ChatModel from "./policies/ChatModel.ts"
export * as Estimate from "./policies/Estimate.ts"
export * as Coalesce from "./policies/Coalesce.ts"
export * as Fallback from "./policies/Fallback.ts"
export * as Model from "./policies/Model.ts"
export * as Policy from "./policies/Policy.ts"
export * as Retry from "./policies/Retry.ts"
export * as Timeout from "./policies/Timeout.ts"
export * as Validate from "./policies/Validate.ts"
export type * as ChatProtocol from "./protocols/ChatProtocol.ts"
export { Anthropic } from "./providers/Anthropic.ts"
export { LlamaCpp } from "./providers/LlamaCpp.ts"
export { LmStudio } from "./providers/LmStudio.ts"
export { Ollama } from "./providers/Ollama.ts"
export { OpenAi } from "./providers/OpenAi.ts"
export * as OpenAiCompatible from "./providers/OpenAiCompatible.ts"
export { OpenRouter } from "./providers/OpenRouter.ts"
export * as Provider from "./providers/Provider.ts"
export type { ProviderDefinition } from "./client/ProviderDefinition.ts"
export { Registry } from "./providers/Registry.ts"
export { Vllm } from "./providers/Vllm.ts"
