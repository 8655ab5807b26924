import type { EventStreamCodec as Codec } from "@smithy/eventstream-codec"
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ResponseParseError } from "../domain/ChatResponse.ts"
import { ResponseTooLargeError } from "../domain/CallErrors.ts"
import type { Frame } from "../domain/Frame.ts"
import * as ConfigErrors from "./ConfigErrors.ts"
import type { FrameError, FrameReader } from "./FrameReader.ts"
import { joinBytes, Pieces } from "./Pieces.ts"

/**
 * Reads and writes single messages of a binary AWS event stream, with their checksums.
 *
 * @see https://smithy.io/2.0/aws/amazon-eventstream.html
 */
export type EventStreamCodec = Pick<Codec, "decode" | "encode">

/** Loads the codec, an optional package. */
export const load: Effect.Effect<EventStreamCodec, Config.ConfigError> = Effect.map(
  ConfigErrors.loadPeer("an AWS event stream", "@smithy/eventstream-codec", () =>
    import("@smithy/eventstream-codec").catch(ConfigErrors.absent)
  ),
  ({ EventStreamCodec }) =>
    new EventStreamCodec(
      (bytes) => (typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes)),
      (text) => new TextEncoder().encode(text)
    )
)

type Headers = ReturnType<EventStreamCodec["decode"]>["headers"]

/** The length of a message and of its headers, and the checksum of both. */
const preludeSize = 12

/** What claims to be longer is no event stream: AWS allows 16 MiB of payload and 128 KiB of headers. */
const largestMessage = 32 * 1024 * 1024

const maxFrameSize = 16 * 1024 * 1024

/**
 * Turns the bytes of one binary AWS event stream into frames, wherever the bytes are split. The event is the header
 * `:event-type`, the data the payload. An exception is told apart by the event `exception:<name>`, of which the data is
 * the payload, or `{ message }` where only headers say it. Both checksums are checked; a message that is over the size
 * limit is a `ResponseTooLargeError`, a damaged one a `ResponseParseError`, given once the frames before it have been.
 *
 * @see https://smithy.io/2.0/aws/amazon-eventstream.html
 */
export class EventStreamReader implements FrameReader {
  readonly #codec: EventStreamCodec
  readonly #maxSize: number
  readonly #chunks = new Pieces<Uint8Array>(joinBytes)
  #size = 0
  #needed = preludeSize
  #failure: FrameError | undefined

  constructor(codec: EventStreamCodec, maxSize: number = maxFrameSize) {
    this.#codec = codec
    this.#maxSize = maxSize
  }

  /** The frames that these bytes complete. */
  read(bytes: Uint8Array): ReadonlyArray<Frame> | FrameError {
    if (this.#failure !== undefined) return this.#failure
    this.#chunks.add(bytes)
    this.#size += bytes.length
    if (this.#size < this.#needed) return []
    const frames: Array<Frame> = []
    const rest = this.#split(joinBytes(this.#chunks.take()), frames)
    this.#chunks.add(rest)
    this.#size = rest.length
    return this.#failure !== undefined && frames.length === 0 ? this.#failure : frames
  }

  /** No frames: an incomplete message cannot be read. */
  end(): ReadonlyArray<Frame> | FrameError {
    return this.#failure ?? []
  }

  #split(bytes: Uint8Array, frames: Array<Frame>): Uint8Array {
    let at = 0
    this.#needed = preludeSize
    while (bytes.length - at >= preludeSize) {
      const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0)
      if (length > this.#maxSize && length <= largestMessage) {
        this.#failure = new ResponseTooLargeError({ limit: "frameBytes", bytes: this.#maxSize })
        break
      }
      if (length > this.#maxSize || length < preludeSize + 4) {
        this.#fail(`a message of ${length} bytes`)
        break
      }
      if (bytes.length - at < length) {
        this.#needed = length
        break
      }
      const message = bytes.subarray(at, at + length)
      const decoded = Result.try(() => this.#codec.decode(message))
      if (Result.isFailure(decoded)) {
        this.#fail("a message of the event stream is damaged", decoded.failure)
        break
      }
      frames.push(frameOf(decoded.success.headers, text.decode(decoded.success.body)))
      at += length
    }
    return bytes.subarray(at)
  }

  #fail(detail: string, cause?: unknown): void {
    this.#failure = new ResponseParseError({ detail, cause })
  }
}

const text = new TextDecoder()

const frameOf = (headers: Headers, payload: string): Frame => {
  const header = (name: string): string | undefined => {
    const value = headers[name]?.value
    return typeof value === "string" ? value : undefined
  }
  switch (header(":message-type")) {
    case "exception":
      return { event: `exception:${header(":exception-type") ?? "unknown"}`, data: payload }
    case "error": {
      const data = payload === "" ? JSON.stringify({ message: header(":error-message") }) : payload
      return { event: `exception:${header(":error-code") ?? "unknown"}`, data }
    }
    default: {
      const event = header(":event-type")
      return event === undefined ? { data: payload } : { event, data: payload }
    }
  }
}

const mark = "exception:"

/**
 * Writes frames as messages of a binary AWS event stream; the inverse of `EventStreamReader`.
 *
 * @see https://smithy.io/2.0/aws/amazon-eventstream.html
 */
export class EventStreamWriter {
  readonly #codec: EventStreamCodec

  constructor(codec: EventStreamCodec) {
    this.#codec = codec
  }

  write({ data, event }: Frame): Uint8Array {
    const isException = event?.startsWith(mark) === true
    const name = isException ? event.slice(mark.length) : (event ?? "chunk")
    const string = (value: string) => ({ type: "string" as const, value })
    return this.#codec.encode({
      headers: {
        [isException ? ":exception-type" : ":event-type"]: string(name),
        ":content-type": string("application/json"),
        ":message-type": string(isException ? "exception" : "event")
      },
      body: encoder.encode(data)
    })
  }
}

const encoder = new TextEncoder()
