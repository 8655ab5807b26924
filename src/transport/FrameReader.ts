import type { ResponseParseError } from "../domain/ChatResponse.ts"
import type { ResponseTooLargeError } from "../domain/CallErrors.ts"
import type { Frame } from "../domain/Frame.ts"

/** Why a stream cannot be told apart into messages: it is damaged, or a message is larger than the limit. */
export type FrameError = ResponseParseError | ResponseTooLargeError

/** A message with its text as it came. One that is silent has no data: comments. */
export interface TextFrame extends Frame {
  readonly text?: string | undefined
  readonly isSilent?: boolean | undefined
}

/** Splits one stream into messages, and holds the one that is incomplete. */
export interface FrameReader {
  /** The frames that these bytes complete, or the failure: what is read after it fails as well. */
  readonly read: (bytes: Uint8Array) => ReadonlyArray<TextFrame> | FrameError
  /** The frames that were still open when the bytes ended. */
  readonly end: () => ReadonlyArray<TextFrame> | FrameError
}
