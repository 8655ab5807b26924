import type { Attempt } from "./Attempt.ts"
import type { CallAnswer } from "./CallAnswer.ts"
import type { CallRequest } from "./CallRequest.ts"
import type { Cost } from "./Cost.ts"
import type { Usage } from "./Usage.ts"

/**
 * Something that a model can be asked for: embeddings, an image, speech. `Input` is a request as people write it,
 * `Event` what its stream is made of, `never` where the answer only comes whole.
 *
 * @since 0.1.0
 * @category models
 */
export interface Capability<
  out Id extends string,
  in Input,
  in out Request extends CallRequest,
  out Answer extends CallAnswer,
  in out Event extends CallEvent = never
> {
  readonly id: Id
  /** Brings a request into canonical form. */
  readonly make: (input: Input) => Request
  /** Whether an event shows the caller something of the answer: the first such event opens a stream. */
  readonly isContent?: ((event: Event) => boolean) | undefined
  /** Only for the compiler. */
  readonly Answer?: Answer
}

/**
 * An event of a stream. `response-start` is the first: the provider took the request. `restarted`: the answer begins again
 * from nothing. `usage` replaces the one before. `finish` is the last, exactly once.
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
