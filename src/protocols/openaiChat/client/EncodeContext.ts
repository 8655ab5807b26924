import type { CacheControl, ProviderOptions } from "../../../domain/ContentPart.ts"
import type { ChatRequest } from "../../../domain/ChatRequest.ts"
import { UnsupportedParameterError } from "../../../domain/errors/UnsupportedParameterError.ts"
import type { Warning } from "../../../domain/Warning.ts"
import type { EncodeOptions } from "../../ChatProtocol.ts"
import { ownOptions, withOptions } from "../../wire/ProviderOptionsPatch.ts"
import { type OpenAiChatQuirks, withDefaults } from "../Quirks.ts"
import { compact, protocolId, type WireObject } from "../wire/Wire.ts"

/** What the encoders of one request share: the quirks, and what could not be said. */
export class EncodeContext {
  readonly quirks: OpenAiChatQuirks
  /** The caller's own fields of the body. */
  readonly own: ReadonlyArray<WireObject>
  readonly warnings: Array<Warning> = []
  /** The first thing that could not be said, where the caller did not allow it to be dropped. */
  failure: UnsupportedParameterError | undefined
  readonly #options: EncodeOptions<OpenAiChatQuirks>
  readonly #drop: boolean

  constructor(request: ChatRequest, options: EncodeOptions<OpenAiChatQuirks>) {
    this.#options = options
    this.quirks = withDefaults(options.quirks)
    this.own = ownOptions(request.providerOptions, protocolId, options.provider)
    this.#drop = request.onUnsupported === "drop"
  }

  /** A parameter that this server has no word for. */
  unsupported(parameter: string, detail: string): void {
    this.#refuse({ type: "unsupported-parameter", parameter, message: detail })
  }

  /** Content that this server has no word for. */
  unsupportedContent(at: string, detail: string): void {
    this.#refuse({ type: "unsupported-content", parameter: "messages", message: `${at}: ${detail}` })
  }

  /** Said otherwise than asked; once. */
  warn(warning: Warning): void {
    const isKnown = this.warnings.some(
      ({ message, parameter }) => message === warning.message && parameter === warning.parameter
    )
    if (!isKnown) this.warnings.push(warning)
  }

  /** The wire object with the caller's own fields for it: those for the protocol, then those for the provider. */
  withOptions(wire: WireObject, options: ProviderOptions | undefined): WireObject {
    return options === undefined ? wire : withOptions(wire, options, protocolId, this.#options.provider)
  }

  /** The fields that mark the end of a prefix to cache. */
  cacheMark(cacheControl: CacheControl | undefined, where: "part" | "tool" | "answer"): WireObject {
    const { cacheControl: form } = this.quirks
    if (cacheControl === undefined) return {}
    if (form === "cache_control") return { cache_control: compact({ type: "ephemeral", ttl: cacheControl.ttl }) }
    if (form === "prompt_cache_breakpoint" && where === "part") return { prompt_cache_breakpoint: { mode: "explicit" } }
    this.warn({
      type: "unsupported-content",
      parameter: "cacheControl",
      message: "the server decides by itself what it caches; cacheControl was left out"
    })
    return {}
  }

  #refuse(warning: Warning): void {
    if (this.#drop) return this.warn(warning)
    const { model, provider } = this.#options
    this.failure ??= new UnsupportedParameterError({
      provider,
      model,
      parameter: warning.parameter ?? "",
      detail: warning.message
    })
  }
}
