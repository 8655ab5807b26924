import type { ChatProtocol } from "effect-llm/protocols/ChatProtocol"
import type { Received } from "../http/Received.ts"

/** In whose words a client is spoken to. */
export interface Dialect {
  readonly name: string
  /** The id of the protocol of its chats. */
  readonly protocol: string
  /** The header that names a request in its responses. */
  readonly requestIdHeader: string
  readonly encodeError: ChatProtocol["encodeError"]
  /** The media type of its errors, where that is not `application/json`. */
  readonly errorMediaType?: string
  /** Whether the headers of a request are those of its clients, on a path that several dialects share. */
  readonly owns: (headers: Received["headers"]) => boolean
  /** Whether a path without a route belongs to this dialect's clients. */
  readonly ownsPath: (path: string) => boolean
}

/** Dialects, of which the first is the one of whatever no other owns. */
export type Dialects = readonly [Dialect, ...ReadonlyArray<Dialect>]

/** Whose words a request is in that no route is for, by its headers, or else by its path. */
export const dialectOf = (
  { headers, path }: Pick<Received, "headers" | "path">,
  [otherwise, ...others]: Dialects
): Dialect => others.find(({ owns }) => owns(headers)) ?? others.find(({ ownsPath }) => ownsPath(path)) ?? otherwise
