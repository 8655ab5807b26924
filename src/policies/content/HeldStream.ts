import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { CallResponse } from "../../domain/CallResponse.ts"
import type { Exchange, Streaming } from "../../domain/Capability.ts"
import { ChatResponse } from "../../domain/ChatResponse.ts"
import { CurrentAttemptLog } from "../Attempts.ts"

/** A stream that was read to its end before anything of it is shown. */
export interface Held<C extends Exchange> {
  readonly events: ReadonlyArray<C["Event"]>
  /** What the events add up to. */
  readonly response: C["Response"]
}

/** Reads a stream to its end. The policies around learn from the log alone what has arrived. */
export const hold = Effect.fnUntraced(function* <C extends Exchange, E, R>(
  stream: Stream.Stream<C["Event"], E, R>,
  { makeFold }: Streaming<C>
): Effect.fn.Return<Held<C>, E, R> {
  const log = yield* CurrentAttemptLog
  const fold = makeFold()
  let events: Array<C["Event"]> = []
  yield* Stream.runForEachArray(stream, (arrived) =>
    Effect.sync(() => {
      for (const event of arrived) {
        log?.see(event)
        fold.add(event)
        // Nothing was shown, so there is nothing to discard.
        if (event.type === "restarted") events = []
        else events.push(event)
      }
    })
  )
  const response = fold.response()
  return response === undefined
    ? yield* Effect.die("the stream of a model ended without `finish`: it must fail or finish")
    : { events, response }
})

/** A response as errors of policies hold it: its usage, and for a chat its content. */
export const asPartial = (response: CallResponse): ChatResponse => {
  if (response instanceof ChatResponse) return response
  const { attempts, cost, model, provider, requestId, usage, warnings } = response
  const consumed = { model, provider, requestId, usage, cost, warnings, attempts }
  return ChatResponse.of({ ...consumed, content: [], finishReason: "other" })
}
