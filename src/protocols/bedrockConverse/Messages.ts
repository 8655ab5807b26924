import * as Result from "effect/Result"
import type {
  AudioPart,
  CacheControl,
  FilePart,
  ImagePart,
  ProviderOptions,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart
} from "../../domain/ContentPart.ts"
import { BlockMessagesEncoder } from "../wire/BlockMessages.ts"
import { compact, object, type WireObject } from "../wire/WireObject.ts"
import { encodeCachePoint, encodeCall, encodeReasoning, ownCitation, textBlock } from "./Blocks.ts"
import { documentName, encodeMedia } from "./Media.ts"
import type { BedrockConverseQuirks } from "./ModelFamilies.ts"

/** No two documents have one name, and a cache point follows each part that ends a prefix. */
export class MessagesEncoder extends BlockMessagesEncoder<BedrockConverseQuirks> {
  readonly #names = new Set<string>()

  protected text({ citations = [], text }: TextPart): WireObject | undefined {
    const block = textBlock(text, citations.map(ownCitation))
    return "text" in block && text.trim() === "" ? undefined : block
  }

  protected reasoning(part: ReasoningPart): WireObject | string {
    if (this.context.quirks.family === "deepseek") return "the model takes no reasoning: it was left out"
    return encodeReasoning(part) ?? "reasoning that no model here has thought was left out"
  }

  protected call(part: ToolCallPart): WireObject {
    return encodeCall(part)
  }

  protected media(part: ImagePart | AudioPart | FilePart, at: string): WireObject | undefined {
    const block = encodeMedia(part, (title) => this.#documentName(title))
    if (Result.isSuccess(block)) return block.success
    if (block.failure.includes("needs a mediaType")) this.context.issues.invalid(at, block.failure)
    else this.context.issues.content(at, block.failure)
    return undefined
  }

  protected toolResult({ id, isError, output }: ToolResultPart, at: string): WireObject {
    const content =
      typeof output === "string" ? this.textBlocks({ type: "text", text: output }) : this.parts(output, at)
    const status = isError === undefined ? undefined : isError ? "error" : "success"
    return { toolResult: compact({ toolUseId: id, content, status }) }
  }

  protected isResultOf({ toolResult }: WireObject, id: string): boolean {
    return object(toolResult)?.toolUseId === id
  }

  protected complete(
    block: WireObject,
    cacheControl: CacheControl | undefined,
    options: ProviderOptions | undefined
  ): ReadonlyArray<WireObject> {
    const patched = this.context.withOptions(block, options)
    return cacheControl === undefined ? [patched] : [patched, encodeCachePoint(cacheControl)]
  }

  #documentName(title: string | undefined): string {
    const wanted = documentName(title)
    let name = wanted
    for (let copy = 2; this.#names.has(name); copy++) name = `${wanted.slice(0, 190)} (${copy})`
    this.#names.add(name)
    return name
  }
}
