import { Effect } from "effect"
import * as EventStreamCodec from "../../src/transport/EventStreamCodec.ts"

/** The codec, loaded. */
export const codec = await Effect.runPromise(EventStreamCodec.load)
