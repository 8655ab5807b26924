import type { AudioPart, ContentPart, FilePart, ImagePart, TextPart, ToolResultPart } from "../../domain/ContentPart.ts"
import { base64Of, documentText, uncommonImage, urlOf } from "../wire/MediaInput.ts"
import type { Issues } from "../wire/Issues.ts"
import { withOptions } from "../wire/ProviderOptionsPatch.ts"
import { compact, isObject, parse, type WireObject } from "../wire/WireObject.ts"
import { protocolId } from "./Items.ts"

/** How servers of OpenAI's Responses API differ from OpenAI's own; every default is what OpenAI does. */
export interface OpenAiResponsesQuirks {
  /** The role of instructions. Default `system`. */
  readonly systemRole: "system" | "developer"
  /**
   * How the end of a prompt prefix to cache is marked on parts. Default `none`: the server caches by itself and the
   * mark is left out with a warning. `prompt_cache_breakpoint` is OpenAI's, for gpt-5.6 and later.
   * Source: https://developers.openai.com/api/docs/guides/prompt-caching
   */
  readonly cacheControl: "none" | "prompt_cache_breakpoint"
  /** Whether to request encrypted reasoning where the server stores nothing (`store: false`). Default true. */
  readonly encryptedReasoning: boolean
  /** Whether a `strict` schema is rewritten to the subset that OpenAI's strict mode accepts. Default true. */
  readonly strictSchemas: boolean
  /** Whether the server takes recordings (`input_audio`), as OpenRouter does. Default false. */
  readonly audioInput: boolean
}

type InputPart = TextPart | ImagePart | AudioPart | FilePart

export interface ContentOptions {
  readonly provider: string
  readonly quirks: OpenAiResponsesQuirks
  readonly issues: Issues
}

/** Writes the parts of messages and of tool results. */
export class ContentEncoder {
  readonly #provider: string
  readonly #quirks: OpenAiResponsesQuirks
  readonly #issues: Issues
  #hasWarned = false

  constructor({ issues, provider, quirks }: ContentOptions) {
    this.#provider = provider
    this.#quirks = quirks
    this.#issues = issues
  }

  /** A single plain text is a bare string. */
  parts(parts: ReadonlyArray<ContentPart>, at: string): string | ReadonlyArray<WireObject> {
    const content = parts.flatMap((part, index): ReadonlyArray<WireObject> | WireObject => {
      const partAt = `${at}[${index}]`
      if (part.type === "text" || part.type === "image" || part.type === "audio" || part.type === "file") {
        return this.#part(part, partAt) ?? []
      }
      if (part.type === "provider") return part.protocol === protocolId && isObject(part.value) ? part.value : []
      this.#issues.content(partAt, `the Responses API does not take ${part.type} content here`)
      return []
    })
    const [first, ...more] = content
    const isBare = first?.type === "input_text" && more.length === 0 && Object.keys(first).length === 2
    return isBare ? String(first.text) : content
  }

  /** Warns once that a cache mark is left out. */
  warnOfMark(): void {
    if (!this.#hasWarned) {
      this.#issues.warn("unsupported-content", "cacheControl", "the server decides by itself what it caches")
    }
    this.#hasWarned = true
  }

  /**
   * The item that answers a call whose item is of `type`. Built-in tools each take a form of their own, given as JSON
   * text; a tool search that is not answered with a list of tools is answered as a function is.
   */
  result(part: ToolResultPart, type: string, at: string): WireObject {
    const item = { type: `${type}_output`, call_id: part.id }
    const text = textOf(part)
    const isError = part.isError === true
    switch (type) {
      case "computer_call": {
        const screenshot =
          typeof part.output === "string" ? undefined : part.output.find(({ type }) => type === "image")
        const image = screenshot && this.#part(screenshot, at)
        if (image === undefined) this.#issues.invalid(at, "a call of the computer is answered with a screenshot")
        return { ...item, output: { ...image, type: "computer_screenshot" } }
      }
      case "local_shell_call":
        return { ...item, output: text }
      case "apply_patch_call":
        return { ...item, status: isError ? "failed" : "completed", output: text }
      case "shell_call": {
        const outcome = { type: "exit", exit_code: isError ? 1 : 0 }
        return { ...item, output: parseObjects(text) ?? [{ stdout: text, stderr: "", outcome }] }
      }
      case "tool_search_call": {
        const tools = text.trim() === "" ? [] : parseObjects(text)
        if (tools === undefined) return { ...item, type: "function_call_output", output: this.#output(part, at) }
        return { ...item, type: "tool_search_output", execution: "client", status: "completed", tools }
      }
      default:
        return { ...item, output: this.#output(part, at) }
    }
  }

  /** The wire has no flag for a failed tool: its output begins with `Error:`. */
  #output(part: ToolResultPart, at: string): string | ReadonlyArray<WireObject> {
    const parts = typeof part.output === "string" ? [{ type: "text" as const, text: part.output }] : part.output
    const output = this.parts(parts, `${at}.output`)
    if (part.isError !== true || /^error\b/i.test(textOf(part))) return output
    return typeof output === "string" ? `Error: ${output}` : [{ type: "input_text", text: "Error:" }, ...output]
  }

  #part(part: InputPart, at: string): WireObject | undefined {
    const wire = this.#withoutOptions(part, at)
    return wire && withOptions({ ...wire, ...this.#mark(part) }, part.providerOptions, protocolId, this.#provider)
  }

  #mark({ cacheControl }: InputPart): WireObject {
    if (cacheControl === undefined) return {}
    if (this.#quirks.cacheControl === "prompt_cache_breakpoint")
      return { prompt_cache_breakpoint: { mode: "explicit" } }
    this.warnOfMark()
    return {}
  }

  #withoutOptions(part: InputPart, at: string): WireObject | undefined {
    switch (part.type) {
      case "text":
        return { type: "input_text", text: part.text }
      case "image":
        return this.#image(part, at)
      case "audio":
        return this.#audio(part, at)
      case "file":
        return encodeFile(part)
    }
  }

  #image({ data, detail, mediaType }: ImagePart, at: string): WireObject | undefined {
    const image_url = urlOf(data, mediaType)
    const file_id = isObject(data) && "fileId" in data ? data.fileId : undefined
    const issue =
      image_url === undefined && file_id === undefined
        ? "an image is given by bytes, by a URL or by the id of an uploaded file"
        : uncommonImage({ data, mediaType })
    if (issue !== undefined) return void this.#issues.content(at, issue)
    return compact({ type: "input_image", image_url, file_id, detail })
  }

  #audio({ data, mediaType }: AudioPart, at: string): WireObject | undefined {
    const audio = base64Of(data, mediaType)
    if (audio === undefined || !this.#quirks.audioInput) {
      return void this.#issues.content(at, "the server takes no recordings, or only their bytes")
    }
    const format = (audio.mediaType ?? "").replace(/^audio\/(x-)?|;.*/g, "")
    return { type: "input_audio", input_audio: { data: audio.base64, format: format === "mpeg" ? "mp3" : format } }
  }
}

/** A document that is given as text goes as text. */
const encodeFile = (part: FilePart): WireObject => {
  const { data, fileName, mediaType, title } = part
  if (isObject(data) && "text" in data) return { type: "input_text", text: documentText(part) ?? "" }
  if (isObject(data) && "fileId" in data) return { type: "input_file", file_id: data.fileId }
  const url = urlOf(data, mediaType) ?? ""
  const filename = fileName ?? title
  if (!url.startsWith("data:")) return compact({ type: "input_file", filename, file_url: url })
  const type = mediaType ?? /^data:([^;,]+)/.exec(url)?.[1]
  const defaultName = type === undefined || type === "application/pdf" ? "file.pdf" : "file"
  return { type: "input_file", filename: filename ?? defaultName, file_data: url }
}

const textOf = ({ output }: ToolResultPart): string =>
  typeof output === "string" ? output : output.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n")

/** The list of objects in a JSON text, or undefined where it is anything else. */
const parseObjects = (json: string): ReadonlyArray<WireObject> | undefined => {
  const list = parse(json)
  return Array.isArray(list) && list.every(isObject) ? list : undefined
}
