import type * as Effect from "effect/Effect"
import type { Attempt } from "./Attempt.ts"
import type { CallAnswer } from "./CallAnswer.ts"
import type { CallRequest } from "./CallRequest.ts"
import type { Cost } from "./Cost.ts"
import type { InvalidRequestError } from "./errors/InvalidRequestError.ts"
import type { Usage } from "./Usage.ts"

/**
 * The types of something that a model can be asked for: embeddings, an image, speech. `Input` is a request as people
 * write it, `Event` what its stream is made of, `never` where the answer only comes whole.
 *
 * @since 0.1.0
 * @category models
 */
export interface Capability {
  readonly id: string
  readonly Input: unknown
  readonly Request: CallRequest
  readonly Answer: CallAnswer
  readonly Event: CallEvent
}

/**
 * What is done with any request for a capability before it is sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface Canonical<in out C extends Capability> {
  readonly id: C["id"]
  /** Brings a request into canonical form; one that already is in it is returned as it is. */
  readonly make: (input: C["Input"]) => C["Request"]
  /** What is wrong with an input of any type, if anything is (`InputCheck.make`); absent: whatever comes is asked. */
  readonly check?: ((input: unknown) => InvalidRequestError | undefined) | undefined
  /** Stands in for a request that is wrong, so that policies see one of the right form; it is never sent. */
  readonly empty?: C["Request"] | undefined
  /** Loads `check`, where that is not loaded at once; absent when it is there, or there is none. */
  readonly load?: Effect.Effect<void> | undefined
  /** Whether an event shows the caller something of the answer: the first such event opens a stream. */
  readonly isContent?: ((event: C["Event"]) => boolean) | undefined
}

/**
 * An event of a stream, as far as policies look at it. `response-start` is the first: the provider took the request.
 * `restarted`: the answer begins again from nothing. `usage` replaces the one before. `finish` is the last, exactly once.
 *
 * @since 0.1.0
 * @category models
 */
export interface CallEvent {
  readonly type: string
  readonly provider?: string | undefined
  readonly model?: string | undefined
  readonly usage?: Usage | undefined
  readonly cost?: Cost | undefined
  readonly attempts?: ReadonlyArray<Attempt> | undefined
}
