import type * as Clock from "effect/Clock"
import type * as Effect from "effect/Effect"
import type { EarlyStream } from "./EarlyStream.ts"
import type { Refused } from "../calls/Failure.ts"

/** A request as it came in, whatever server it came through. */
export interface Received {
  /** Our id of the request: in the response, logs, traces and the ledger. */
  readonly id: string
  readonly method: string
  /** Without the query, as it was sent but for `pathOf`. */
  readonly path: string
  readonly query: URLSearchParams
  /** By names in lower case. */
  readonly headers: { readonly [name: string]: string | undefined }
  /** The address of the peer, if the server knows it. */
  readonly remote: string | undefined
  /** By the time of day. */
  readonly startedAtMillis: number
  /** By the monotonic clock. */
  readonly startedAtNanos: bigint
  /** The most bytes that the body may have, also once it is decompressed. */
  readonly mostBodyBytes: number
  /** How deep JSON in the body may be nested. */
  readonly mostDepth?: number | undefined
  /** Whether the server ended the request, and its client did not. */
  readonly isStopped?: boolean
  /** Lets the server begin a stream before there is a response; absent where it never does. A responder may wrap it. */
  mayBegin?: ((stream: EarlyStream) => void) | undefined
  /** Reads the whole body, within the limits of the server; read it once. */
  readonly body: Effect.Effect<Uint8Array, Refused>
}

/** How long ago a request came in. */
export const millisSince = ({ startedAtNanos }: Pick<Received, "startedAtNanos">, clock: Clock.Clock): number =>
  Math.floor(Number(clock.monotonicTimeNanosUnsafe() - startedAtNanos) / 1e6)

/**
 * A path without the slashes that come from base URLs with one at their end: `//v1/messages`, `/v1/models/`. Letters that need no
 * escape have none: such paths are the same (RFC 3986, 6.2.2.2).
 */
export const pathOf = (sent: string): string => {
  const path = sent.includes("%") ? sent.replaceAll(unreserved, decodeURIComponent) : sent
  return path.length > 1 && (path.endsWith("/") || path.includes("//"))
    ? path.replaceAll(/\/{2,}/g, "/").replace(/(?<=.)\/$/, "")
    : path || "/"
}

/** Escapes of letters, digits, `-`, `.`, `_` and `~`. */
const unreserved = /%(?:2[DEde]|3\d|4[1-9A-Fa-f]|5[\dAFaf]|6[1-9A-Fa-f]|7[\dAEae])/g
