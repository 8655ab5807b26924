import * as Result from "effect/Result"
import type { ChatResponse, ResponseParseError } from "../../domain/ChatResponse.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { Json } from "../../domain/Json.ts"
import { make, unknown, type Usage } from "../../domain/Usage.ts"
import * as WrittenNumbers from "../../domain/WrittenNumbers.ts"
import type { DecodeOptions } from "../ChatProtocol.ts"
import type { ProviderFailure } from "../Protocol.ts"
import { decodeError, unreadable } from "../wire/response/ErrorBody.ts"
import { FrameDecoder, type TextWriter } from "../wire/response/FrameDecoder.ts"
import { finishReasons } from "../wire/response/FinishReasons.ts"
import { decodeLogprobs } from "../wire/response/Logprobs.ts"
import { imageUrl } from "../wire/request/MediaInput.ts"
import { nameless } from "../wire/response/OpenPart.ts"
import { type OpenPart, ResponseBuilder, spliced } from "../wire/response/ResponseBuilder.ts"
import { array as arrayOf, boolean, either, number, object as objectOf, string } from "../wire/response/Shape.ts"
import { TextFilter } from "../wire/response/TextFilter.ts"
import { usageTable } from "../wire/response/Usage.ts"
import {
  isObject,
  setOf,
  type WireObject,
  filled,
  isBlank,
  array,
  nonNegativeInt,
  object,
  text
} from "../wire/WireObject.ts"
import { decodeCall, protocolId } from "./Messages.ts"
import { type OllamaChatQuirks, withDefaults } from "./Request.ts"

/** Reasoning is inside `eval_count`. Servers leave out a count of 0, and old ones that of a cached prompt. */
const table = usageTable({ input: "prompt_eval_count", output: "eval_count" })

const durations = ["total_duration", "load_duration", "prompt_eval_duration", "eval_duration"]

/** The fields of a line that count something; durations are in nanoseconds. */
const counters: ReadonlyArray<string> = [...durations, "prompt_eval_count", "eval_count"]

const numbersOf = (line: WireObject, keys: ReadonlyArray<string>): { readonly [key: string]: Json } | undefined => {
  let numbers: { [key: string]: Json } | undefined
  for (const key of keys) {
    const value = line[key]
    if (typeof value === "number" || nonNegativeInt(value) !== undefined) (numbers ??= {})[key] = value as Json
  }
  return numbers
}

/** The counters of a line, which are fields of the line itself; none on most lines. */
const countersOf = (line: WireObject): WireObject | undefined => numbersOf(line, counters)

/** Source: https://docs.ollama.com/api/usage */
const decodeUsage = (counters: WireObject | undefined): Usage =>
  counters === undefined ? unknown : make(table.read(counters), { raw: counters as Json })

/** The counts, and the durations of a response that came from such a server. */
export const encodeUsage = (usage: Usage): WireObject => ({
  ...(isObject(usage.raw) ? numbersOf(usage.raw, durations) : {}),
  ...table.write(usage)
})

/**
 * Without a word the server has stopped; `load` and `unload` end responses to requests without messages.
 * Source: https://docs.ollama.com/api/chat
 */
export const { decode: decodeDoneReason, encode: encodeDoneReason } = finishReasons({
  words: { stop: "stop", length: "length", content_filter: "content-filter" },
  written: { stop: "stop", length: "length", "tool-calls": "stop", "content-filter": "content_filter", other: "other" },
  unknown: /./
})

const lineKeys = setOf(
  `model created_at message response thinking image done done_reason logprobs error ${counters.join(" ")}`
)

/** Reads the lines of a stream, or the one of a whole response; those of `/api/generate` too. */
export class ResponseReader {
  readonly response = new ResponseBuilder({ protocol: protocolId, callIdPrefix: "call_", usage: decodeUsage })
  readonly #filter: TextFilter | undefined
  #text: OpenPart | undefined
  #reasoning: OpenPart | undefined

  constructor(quirks: Partial<OllamaChatQuirks> | undefined) {
    const all = withDefaults(quirks)
    if (all.stripTokens.length === 0 && !all.thinkTags) return
    this.#filter = new TextFilter(all, (type, piece) => (type === "text" ? this.#say(piece) : this.#think(piece)))
  }

  /** Reads a line, and finishes at the last; false where it is a line of another kind. */
  read(line: WireObject): boolean {
    const { response } = this
    const isLast = line.done === true
    const message = filled(line.message) ?? generated(line) ?? object(line.message)
    if (message === undefined && !isLast) return false
    if (response.model === undefined) response.identify(undefined, text(line.model))
    if (message !== undefined) this.#message(message, line.created_at)
    if (line.logprobs !== undefined) response.logprobs(decodeLogprobs(array(line.logprobs)))
    response.count(countersOf(line))
    if (!isLast) return true
    response.keepUnknown(line, lineKeys)
    this.finish(text(line.done_reason))
    return true
  }

  finish(word: string | undefined): void {
    const { response } = this
    this.flush()
    response.warn(this.#filter?.warnings)
    const finishReason = decodeDoneReason(word ?? "stop", response.hasCalls)
    response.finish({ finishReason, rawFinishReason: word })
  }

  /** Emits a piece of text, unless the filter holds it back. */
  write(piece: string): void {
    if (piece === "") return
    if (this.#filter === undefined) this.#say(piece)
    else this.#filter.push(piece)
  }

  /** Emits the text that the filter holds back. */
  flush(): void {
    this.#filter?.flush()
  }

  #message(message: WireObject, createdAt: unknown): void {
    const { response } = this
    const { content, thinking } = message
    if (typeof thinking === "string" && thinking !== "") this.#think(thinking)
    if (typeof content === "string") this.write(content)
    for (const image of array(message.images)) {
      if (typeof image !== "string" || image === "") continue
      this.flush()
      this.#endReasoning()
      response.add({ type: "image", data: imageUrl(image) })
    }
    for (const wire of array(message.tool_calls)) {
      const call = isObject(wire) ? decodeCall(wire, (given) => response.callId(given, momentOf(createdAt))) : undefined
      if (call === undefined) {
        if (!isBlank(wire)) response.malformed(nameless)
        continue
      }
      this.flush()
      this.#endReasoning()
      response.add(call)
    }
  }

  #say(piece: string): void {
    this.#endReasoning()
    this.response.delta((this.#text ??= this.response.open("text", "text")), piece)
  }

  #think(piece: string): void {
    this.response.delta((this.#reasoning ??= this.response.open("reasoning", "reasoning")), piece)
  }

  #endReasoning(): void {
    if (this.#reasoning !== undefined) this.response.close(this.#reasoning)
    this.#reasoning = undefined
  }
}

/** Responses have no id here; servers report the time to the microsecond or finer, which identifies them instead. */
const momentOf = (createdAt: unknown): string | undefined =>
  typeof createdAt === "string" && /\.\d{6}/.test(createdAt) ? createdAt.replace(/\D/g, "") : undefined

const generated = (line: WireObject): WireObject | undefined =>
  typeof line.response === "string" || typeof line.thinking === "string"
    ? {
        content: line.response,
        thinking: line.thinking,
        images: typeof line.image === "string" ? [line.image] : []
      }
    : undefined

const lineShape = objectOf({
  message: objectOf({
    content: string,
    thinking: string,
    images: arrayOf(string),
    tool_calls: arrayOf(
      objectOf({
        id: string,
        function: objectOf({ name: string, index: number, arguments: either(objectOf(), string) })
      })
    )
  }),
  response: string,
  thinking: string,
  image: string,
  done: boolean,
  done_reason: string
})

export const decodeResponse = (
  body: unknown,
  options: DecodeOptions<OllamaChatQuirks>
): Result.Result<ChatResponse, ProviderFailure | ResponseParseError> => {
  if (isObject(body) && !isBlank(body.error)) return Result.fail(decodeError(body))
  const reader = new ResponseReader(options.quirks)
  if (!isObject(body) || !reader.read(body)) {
    return unreadable("there is no object `message`", body, options)
  }
  reader.finish(text(body.done_reason))
  return reader.response.fold(body, options, lineShape)
}

/**
 * A stream is whole at the line that says `done`, and only there; an error in the middle
 * is a line of its own.
 * Source: https://docs.ollama.com/api/errors
 */
export class StreamReader extends FrameDecoder {
  readonly #reader: ResponseReader
  protected readonly response: ResponseBuilder
  protected readonly shape = lineShape
  protected override readonly textField = "content"

  constructor({ quirks }: DecodeOptions<OllamaChatQuirks>) {
    super()
    this.#reader = new ResponseReader(quirks)
    this.response = this.#reader.response
  }

  protected override eventIn(line: WireObject, { data }: Frame) {
    if (data.includes("tool_calls")) WrittenNumbers.rememberRounded(line, data)
    return [undefined, line] as const
  }

  protected read(_: unknown, line: WireObject): ProviderFailure | undefined {
    const { response } = this
    if (!isBlank(line.error)) return decodeError(line)
    // Responses have no id: of another model is another response.
    const model = text(line.model) ?? response.model
    if (response.model !== undefined && model !== response.model && !response.isEmpty) return spliced(line)
    if (!this.#reader.read(line)) response.malformed("the line is not a piece of a chat response")
    return undefined
  }

  protected override textWriter(): TextWriter {
    return (piece) => {
      this.#reader.write(piece)
      return true
    }
  }

  protected override atEnd(): void {
    this.#reader.flush()
  }
}
