import { Effect } from "effect"
import * as EventStream from "../../src/transport/EventStream.ts"

/** The codec, loaded. */
export const codec = await Effect.runPromise(EventStream.load)
