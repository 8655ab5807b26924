import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Exchange, Streaming } from "../domain/Capability.ts"
import type { ChatEvent } from "../domain/ChatEvent.ts"
import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { ChatResponse } from "../domain/ChatResponse.ts"
import type { ModelInfo } from "../domain/ModelInfo.ts"
import type { ProviderError } from "../domain/ProviderError.ts"
import type { StructuredOutput } from "../model/StructuredOutput.ts"
import type { Protocol } from "../protocols/Protocol.ts"

/**
 * The service of a provider, as its layer provides it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Provider {
  readonly id: string
  readonly baseUrl: string
  readonly generate: (model: string, request: ChatRequest) => Effect.Effect<ChatResponse, ProviderError>
  readonly stream: (model: string, request: ChatRequest) => Stream.Stream<ChatEvent, ProviderError>
  /** The calls of any other protocol, as for embeddings, images, files. Absent where it only chats. */
  readonly using?: (<C extends Exchange>(protocol: Protocol<C>) => ProtocolCalls<C>) | undefined
  /** Its models, as it lists them; absent where it has no list. */
  readonly models?: Effect.Effect<ReadonlyArray<ModelInfo>, ProviderError> | undefined
  /**
   * A cheap real call: succeeds if the provider is reachable and accepts the key. Absent where there is no such call.
   */
  readonly check?: Effect.Effect<void, ProviderError> | undefined
  /** Removes the secrets of its requests from a value, for code that reads its responses elsewhere. */
  readonly redact?: ((value: unknown) => unknown) | undefined
  /** Identifies its class; where it is absent, any class of its id. */
  readonly identity?: symbol | undefined
  /**
   * A digest of its address and credentials, equal in every process: caches share responses among providers with the same
   * one. Where it is absent, as for keys that change, they share them within one layer only.
   */
  readonly fingerprint?: string | undefined
}

/**
 * The calls of a provider by one protocol.
 *
 * @since 0.1.0
 * @category models
 */
export interface ProtocolCalls<in out C extends Exchange> {
  readonly generate: (model: string, request: C["Request"]) => Effect.Effect<C["Response"], ProviderError>
  /** `streaming` says what the events mean. */
  readonly stream: (
    model: string,
    request: C["Request"],
    streaming: Streaming<C>
  ) => Stream.Stream<C["Event"], ProviderError>
}

/**
 * What is known of a model beyond its name.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModelOptions {
  /** The longest conversation it reads, response included, in tokens. */
  readonly contextWindow?: number | undefined
  /** How it is made to respond in a JSON Schema, if it does not accept the schema itself. */
  readonly structuredOutput?: StructuredOutput | undefined
}

/** The calls of a provider by a protocol. */
export const callsBy = <C extends Exchange>({ id, using }: Provider, protocol: Protocol<C>): ProtocolCalls<C> =>
  using === undefined ? onlyChats(id) : using(protocol)

const onlyChats = (id: string) => {
  const defect = `the service of ${id} only supports chat`
  return { generate: () => Effect.die(defect), stream: () => Stream.die(defect) }
}
