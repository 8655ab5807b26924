import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { SharedPort } from "../http/SharedPort.ts"

/** The other processes that serve the same address on this machine. By default there are none. */
export const Peers = Context.Reference<{
  /** The port that all of them listen at, unless this process has one to itself. */
  readonly sharedPort: SharedPort | undefined
  /** Whether all of them serve. */
  readonly areComplete: () => boolean
  /** Lets them read what this process counts. */
  readonly share: (own: Effect.Effect<string>) => Effect.Effect<void>
  /** What all of them count, with what this one does. */
  readonly together: (own: string) => Effect.Effect<string>
  /** Sends a message to all peers, and waits until they have received it. */
  readonly tell: (text: string) => Effect.Effect<void>
  /** Called with each message of a peer. */
  readonly listen: (listener: (text: string) => void) => Effect.Effect<void>
}>("effect-llm-gateway/Peers", {
  defaultValue: () => ({
    sharedPort: undefined,
    areComplete: () => true,
    share: () => Effect.void,
    together: Effect.succeed,
    tell: () => Effect.void,
    listen: () => Effect.void
  })
})
