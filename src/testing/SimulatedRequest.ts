import type { ChatRequest } from "../domain/ChatRequest.ts"
import type { Json } from "../domain/Json.ts"

/**
 * A request as the simulator saw it, and how its response went.
 *
 * - `index`: its number, from 0 on. `headers`: names in lower case, credentials redacted. `body`: its JSON, or its text
 *   where that is not JSON; absent while it is read.
 * - `protocol`, `model`, `stream`, `request`: what the body says, where it is a chat.
 * - `status`: that of the response, once it has begun. `bytes`, `frames`: what has been written of its body, and how many
 *   messages of a stream that was.
 * - `outcome`: `pending` while it is being answered; `completed` when all bytes of the response were sent, whole or not;
 *   `client-closed` when the client left before; `reset` when the simulator broke the connection, or was closed.
 * - `startedAt`, `closedAt`: milliseconds on the `Clock`.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimulatedRequest {
  readonly index: number
  readonly method: string
  readonly path: string
  readonly headers: { readonly [name: string]: string }
  readonly body?: Json | undefined
  readonly protocol?: string | undefined
  readonly model?: string | undefined
  readonly stream?: boolean | undefined
  readonly request?: ChatRequest | undefined
  readonly status?: number | undefined
  readonly bytes: number
  readonly frames: number
  readonly outcome: "pending" | "completed" | "client-closed" | "reset"
  readonly startedAt: number
  readonly closedAt?: number | undefined
}
