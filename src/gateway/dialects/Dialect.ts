import type { Json } from "effect-llm/domain/Json"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import type { Received } from "../http/Received.ts"

/** In whose words a client is spoken to. */
export interface Dialect {
  readonly name: string
  /** The id of the protocol of its chats. */
  readonly protocol: string
  /** The header that names a request in its responses. */
  readonly requestIdHeader: string
  readonly encodeError: (error: ProviderError) => { readonly status: number; readonly body: Json }
  /** Whether the headers of a request are those of its clients, on a path that several dialects share. */
  readonly owns: (headers: Received["headers"]) => boolean
}
