import type { ChatEvent } from "../../domain/ChatEvent.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { ProviderFailure } from "../Protocol.ts"
import { decodeError, exceptionOf } from "./Errors.ts"
import { FrameDecoder, type TextWriter } from "../wire/response/FrameDecoder.ts"
import { array, number, object as objectOf, string } from "../wire/response/Shape.ts"
import { spliced } from "../wire/response/ResponseBuilder.ts"
import { isUnusable, unusable } from "../wire/response/FinishReasons.ts"
import { isObject, object, parse, text, type WireObject } from "../wire/WireObject.ts"
import { ResponseReader } from "./Response.ts"

/**
 * A stream is complete at the `metadata` that follows `messageStop`, or, when that is missing, at the end of the bytes
 * after `messageStop`. Events of unknown kinds are passed over.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
 */
export class StreamReader extends FrameDecoder {
  readonly #reader = new ResponseReader()
  protected readonly response = this.#reader.response
  protected readonly shape = eventShape
  protected override readonly textField = "text"

  override decode(frame: Frame, events: Array<ChatEvent>): ProviderFailure | undefined {
    const exception = exceptionOf(frame.event)
    return exception === undefined || this.done
      ? super.decode(frame, events)
      : decodeError(parse(frame.data) ?? frame.data, undefined, exception)
  }

  protected override eventIn(data: WireObject, { event }: Frame) {
    return event === undefined ? unwrapped(data) : ([event, data] as const)
  }

  protected override textWriter({ contentBlockIndex }: WireObject): TextWriter {
    return this.writerInto(contentBlockIndex)
  }

  protected override atEnd(): void {
    if (this.#reader.ending !== undefined) this.#reader.finish()
  }

  protected read(name: string | undefined, event: WireObject): ProviderFailure | undefined {
    const reader = this.#reader
    const { response } = this
    const { contentBlockIndex: index, delta, start, stopReason } = event
    switch (name) {
      case "contentBlockDelta":
        if (!isObject(delta)) response.malformed("contentBlockDelta has no delta")
        else if (!reader.delta(response.at(index) ?? reader.open(index, delta), delta)) {
          response.malformed(`${Object.keys(delta).join()} does not belong to this block`)
        }
        return undefined
      case "contentBlockStart":
        reader.close(response.at(index))
        if (isObject(start) && Object.keys(start).length > 0) {
          const part = reader.open(index, start)
          if (part.type !== "tool-call") reader.delta(part, start)
        }
        return undefined
      case "contentBlockStop":
        reader.close(response.at(index))
        return undefined
      case "messageStart":
        return response.isEmpty ? undefined : spliced(event)
      case "messageStop":
        if (response.isEmpty && isUnusable(text(stopReason))) return unusable(String(stopReason), undefined, event)
        reader.stop(event)
        if (reader.hasUsage) reader.finish()
        return undefined
      case "metadata":
        reader.metadata(event)
        if (reader.ending !== undefined) reader.finish()
        return undefined
      case undefined:
        response.malformed("the event has no name")
        return undefined
      default:
        return /(?:Exception|Error)$/.test(name) ? decodeError(event, undefined, name) : undefined
    }
  }
}

/** Proxies that send JSON instead of the binary stream wrap the event in its name. */
const unwrapped = (data: WireObject): readonly [string | undefined, WireObject] => {
  const [first] = Object.entries(data)
  const event = object(first?.[1])
  return first === undefined || event === undefined ? [undefined, data] : [first[0], event]
}

const piece = {
  text: string,
  reasoningContent: objectOf({ text: string, signature: string, redactedContent: string, data: string }),
  citation: objectOf(),
  image: objectOf({ format: string, source: objectOf({ bytes: string }) })
}

/** Where an event says what the model wrote; its name is not in it. */
export const eventShape = objectOf({
  contentBlockIndex: number,
  start: objectOf({ ...piece, toolUse: objectOf({ toolUseId: string, name: string, type: string }) }),
  delta: objectOf({ ...piece, toolUse: objectOf({ input: string }), toolResult: array(objectOf({ text: string })) }),
  stopReason: string
})
