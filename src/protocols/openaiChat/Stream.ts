import type { Frame } from "../../domain/Frame.ts"
import type { DecodeOptions } from "../ChatProtocol.ts"
import type { ProviderFailure } from "../Protocol.ts"
import { decodeError } from "../wire/response/ErrorBody.ts"
import { FrameDecoder, type TextWriter } from "../wire/response/FrameDecoder.ts"
import type { ResponseBuilder } from "../wire/response/ResponseBuilder.ts"
import type { WireObject } from "../wire/WireObject.ts"
import type { OpenAiChatQuirks } from "./Quirks.ts"
import { ResponseReader } from "./Response.ts"
import { chunkShape } from "./ResponseFields.ts"

/**
 * The response is whole when `[DONE]` came or the server said why it stopped, apart from a call or with the usage. It finishes no
 * earlier than with `[DONE]` or the end of the bytes, because usage and late deltas may follow the finish reason.
 */
export class ChunkDecoder extends FrameDecoder {
  readonly #reader: ResponseReader
  protected readonly response: ResponseBuilder
  protected readonly shape = chunkShape
  protected override readonly textField = "content"

  /** `protocol` is the id that the protocol's own fields are stored under. */
  constructor(protocol: string, { quirks }: DecodeOptions<OpenAiChatQuirks>) {
    super()
    this.#reader = new ResponseReader(protocol, quirks, "delta")
    this.response = this.#reader.response
  }

  protected override eventIn(data: WireObject, frame: Frame) {
    return [frame.event, data] as const
  }

  protected read(name: unknown, chunk: WireObject): ProviderFailure | undefined {
    if (name === "error") return decodeError(chunk)
    const failure = this.#reader.read(chunk)
    if (failure !== false) return failure
    this.response.unreadable("the data is not a chunk of a chat completion", chunk)
    return undefined
  }

  protected override readOther(frame: Frame): ProviderFailure | undefined {
    if (frame.data.trim() === "[DONE]") this.#reader.finish()
    return super.readOther(frame)
  }

  protected override textWriter({ id }: WireObject): TextWriter | undefined {
    if (id !== this.response.id) return undefined
    return (piece) => {
      this.#reader.readText(piece)
      return true
    }
  }

  protected override atEnd(): void {
    if (this.#reader.isWhole) this.#reader.finish()
    else this.#reader.flush()
  }
}
