import type { FinishReason } from "../../domain/FinishReason.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { Logprob } from "../../domain/Logprob.ts"
import type { ProviderError } from "../../domain/ProviderError.ts"
import type { EncodeResponseOptions } from "../ChatProtocol.ts"
import { encodeUsage } from "../openaiChat/Usage.ts"
import { encodeError } from "../wire/response/ErrorBody.ts"
import { ResponseWriter, type WrittenEvent } from "../wire/response/ResponseWriter.ts"
import type { WireObject } from "../wire/WireObject.ts"

export const encodeFinish = (reason: FinishReason): "stop" | "length" | "content_filter" =>
  reason === "length" ? "length" : reason === "content-filter" ? "content_filter" : "stop"

/** Tokens with their probabilities; `from` is where the first of them begins in the text. */
export const encodeTokens = (logprobs: ReadonlyArray<Logprob>, from: number): WireObject => {
  let offset = from
  const offsets = logprobs.map(({ token }) => {
    const at = offset
    offset += token.length
    return at
  })
  return {
    tokens: logprobs.map(({ token }) => token),
    token_logprobs: logprobs.map(({ logprob }) => logprob),
    top_logprobs: logprobs.map(({ top = [] }) => Object.fromEntries(top.map(({ logprob, token }) => [token, logprob]))),
    text_offset: offsets
  }
}

/** Writes the stream of one completion: its text in pieces, the finish reason, the usage where it was requested. */
export class TextChunks extends ResponseWriter {
  protected isShown = false
  readonly #echo: string
  #length = 0

  constructor(options: EncodeResponseOptions, echo = "") {
    super(options)
    this.#echo = echo
  }

  protected add(event: WrittenEvent): void {
    switch (event.type) {
      case "text-delta":
        return this.#text(event.delta, null)
      case "logprobs":
        return this.#text("", encodeTokens(event.logprobs, this.#length))
      case "finish": {
        this.#begin()
        this.#chunk({ finish_reason: encodeFinish(event.finishReason) })
        const usage = this.options.includeUsage === true ? encodeUsage(event.usage) : undefined
        if (usage !== undefined) this.#frame({ choices: [], usage })
      }
    }
  }

  protected override close(): void {
    this.send({ data: "[DONE]" })
  }

  protected errorFrame(error: ProviderError): Frame {
    return { data: JSON.stringify(encodeError(error).body) }
  }

  #begin(): void {
    if (this.isShown) return
    this.isShown = true
    if (this.#echo === "") return
    this.#length += this.#echo.length
    this.#chunk({ text: this.#echo })
  }

  #text(text: string, logprobs: WireObject | null): void {
    if (text === "" && logprobs === null) return
    this.#begin()
    this.#length += text.length
    this.#chunk({ text, logprobs })
  }

  #chunk(choice: WireObject): void {
    this.#frame({ choices: [{ text: "", index: 0, logprobs: null, finish_reason: null, ...choice }] })
  }

  #frame(fields: WireObject): void {
    const { created } = this.options
    const head = { id: this.id, object: "text_completion", created, model: this.model }
    this.send({ data: JSON.stringify({ ...head, ...fields }) })
  }
}
