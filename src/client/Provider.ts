import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { CallResponse } from "../domain/CallResponse.ts"
import type { CallRequest } from "../domain/CallRequest.ts"
import type { CallEvent } from "../domain/CallEvent.ts"
import type { ChatEvent } from "../domain/ChatEvent.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ChatResponse } from "../domain/ChatResponse.ts"
import type { ModelInfo } from "../domain/ModelInfo.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { StructuredOutput } from "../model/StructuredOutput.ts"
import type { CallProtocol } from "../protocols/CallProtocol.ts"

/**
 * Who answers: what a provider's layer gives.
 *
 * @since 0.1.0
 * @category models
 */
export interface Provider {
  readonly id: string
  readonly baseUrl: string
  readonly generate: (model: string, request: ChatRequest) => Effect.Effect<ChatResponse, ProviderError>
  readonly stream: (model: string, request: ChatRequest) => Stream.Stream<ChatEvent, ProviderError>
  /** Asks for something other than a chat; absent where it answers chats only. */
  readonly ask?:
    | (<Request extends CallRequest, Answer extends CallResponse>(
        protocol: CallProtocol<Request, Answer, CallEvent>,
        model: string,
        request: Request
      ) => Effect.Effect<Answer, ProviderError>)
    | undefined
  /** Asks for it as it is made. */
  readonly askStream?:
    | (<Request extends CallRequest, Answer extends CallResponse, Event extends CallEvent>(
        protocol: CallProtocol<Request, Answer, Event>,
        model: string,
        request: Request
      ) => Stream.Stream<Event, ProviderError>)
    | undefined
  /** Its models as it lists them itself; absent where it has no list. */
  readonly models?: Effect.Effect<ReadonlyArray<ModelInfo>, ProviderError> | undefined
  /**
   * A cheap real call: succeeds where the provider is reached and takes the key. Absent where there is no such call.
   */
  readonly check?: Effect.Effect<void, ProviderError> | undefined
  /** Takes the secrets that it was asked with out of what it said, for what reads its answers in another place. */
  readonly redact?: ((value: unknown) => unknown) | undefined
  /** The class that it belongs to; where it is absent, any of its id. */
  readonly identity?: symbol | undefined
}

/**
 * What is known of a model beyond its name.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModelOptions {
  /** The longest conversation it reads, answer included, in tokens. */
  readonly contextWindow?: number | undefined
  /** How it is made to answer in a JSON Schema, where it cannot take the schema itself. */
  readonly structuredOutput?: StructuredOutput | undefined
}
