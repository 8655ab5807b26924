import type { EventStreamCodec as Codec } from "@smithy/eventstream-codec"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as OptionalPeer from "./OptionalPeer.ts"

/**
 * Reads and writes single messages of a binary AWS event stream, with their checksums.
 *
 * @see https://smithy.io/2.0/aws/amazon-eventstream.html
 */
export type EventStreamCodec = Pick<Codec, "decode" | "encode">

/** Loads the codec, an optional package. */
export const load: Effect.Effect<EventStreamCodec, Config.ConfigError> = Effect.map(
  OptionalPeer.load("an AWS event stream", "@smithy/eventstream-codec", () =>
    import("@smithy/eventstream-codec").catch(OptionalPeer.absent)
  ),
  ({ EventStreamCodec }) =>
    new EventStreamCodec(
      (bytes) => (typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes)),
      (text) => new TextEncoder().encode(text)
    )
)
