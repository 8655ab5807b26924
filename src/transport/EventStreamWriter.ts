import type { Frame } from "../domain/Frame.ts"
import type { EventStreamCodec } from "./EventStreamCodec.ts"

const mark = "exception:"

/**
 * Writes frames as messages of a binary AWS event stream; the inverse of `EventStreamReader`.
 *
 * @see https://smithy.io/2.0/aws/amazon-eventstream.html
 */
export class EventStreamWriter {
  private readonly codec: EventStreamCodec

  constructor(codec: EventStreamCodec) {
    this.codec = codec
  }

  write({ data, event }: Frame): Uint8Array {
    const isException = event?.startsWith(mark) === true
    const name = isException ? event.slice(mark.length) : (event ?? "chunk")
    const string = (value: string) => ({ type: "string" as const, value })
    return this.codec.encode({
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
