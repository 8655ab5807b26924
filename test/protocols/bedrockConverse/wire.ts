/** What the tests of this protocol have in common: framing, folding, and a second reading of the wire to check against. */
import * as Result from "effect/Result"
import type { ChatEvent } from "../../../src/domain/ChatEvent.ts"
import { foldEvents } from "../../../src/domain/ChatFold.ts"
import type { ChatResponse } from "../../../src/domain/ChatResponse.ts"
import type { Frame } from "../../../src/domain/Frame.ts"
import { BedrockConverse } from "../../../src/protocols/BedrockConverse.ts"
import type { ProviderFailure } from "../../../src/protocols/Protocol.ts"
import { EventStreamReader } from "../../../src/transport/EventStream.ts"
import { codec } from "../../transport/eventStreamCodec.ts"

/** JSON of the wire, of which nothing is checked. */
export type Wire = ReturnType<typeof JSON.parse>

export const options = { provider: "bedrock", model: "anthropic.claude-sonnet-4-5-20250929-v1:0" }

/** The frames of a binary stream. */
export const framesOf = (base64: string): ReadonlyArray<Frame> => {
  const frames = new EventStreamReader(codec).read(Buffer.from(base64, "base64"))
  if ("_tag" in frames) throw frames
  return frames
}

export const frame = (event: string, data: Wire): Frame => ({ event, data: JSON.stringify(data) })

/** What a decoder says of the frames, and whether it found the answer whole. */
export const read = (
  frames: ReadonlyArray<Frame>
): {
  readonly events: ReadonlyArray<ChatEvent>
  readonly failure: ProviderFailure | undefined
  readonly whole: boolean
} => {
  const decoder = BedrockConverse.makeDecoder(options)
  const events: Array<ChatEvent> = []
  for (const frame of frames) {
    const failure = decoder.decode(frame, events)
    if (failure !== undefined) return { events, failure, whole: false }
  }
  return { events, failure: undefined, whole: decoder.end(events) }
}

export const fold = (frames: ReadonlyArray<Frame>): ChatResponse => foldEvents(read(frames).events)

export const decode = (body: unknown): ChatResponse => Result.getOrThrow(BedrockConverse.decodeResponse(body, options))

/** Without keys that have no value, as JSON has it. */
export const json = <A>(value: A): A => JSON.parse(JSON.stringify(value))

/** The fields of an answer that the model, not the transport, decides; calls without their spelling. */
export const meaning = (
  { content, finishReason, model, rawFinishReason, stopSequence, usage }: ChatResponse,
  rawInput = true
): Wire => {
  const { raw: _, ...counts } = usage
  const parts = rawInput ? content : content.map((part) => ({ ...part, rawInput: undefined }))
  return json({ model, content: parts, finishReason, rawFinishReason, stopSequence, usage: counts })
}

/** The whole answer that the frames of one stream spell, gathered without our code. */
export const gather = (frames: ReadonlyArray<Frame>): Wire => {
  const blocks = new Map<number, Wire>()
  const inputs = new Map<number, string>()
  const answer: Wire = {}
  for (const { data, event } of frames) {
    const { contentBlockIndex: index, delta, p: _, start, ...fields }: Wire = JSON.parse(data)
    if (event === "messageStop" || event === "metadata") Object.assign(answer, fields)
    if (event === "contentBlockStart") blocks.set(index, structuredClone(start))
    if (event !== "contentBlockDelta") continue
    const block: Wire = blocks.get(index) ?? {}
    blocks.set(index, block)
    if (delta.text !== undefined) {
      if (block.citationsContent !== undefined) block.citationsContent.content = [{ text: delta.text }]
      else block.text = (block.text ?? "") + delta.text
    }
    if (delta.citation !== undefined) {
      const cited = block.citationsContent?.citations ?? []
      const content = block.text === undefined ? undefined : [{ text: block.text }]
      delete block.text
      block.citationsContent = {
        content: block.citationsContent?.content ?? content,
        citations: [...cited, delta.citation]
      }
    }
    if (delta.reasoningContent?.text !== undefined || delta.reasoningContent?.signature !== undefined) {
      const { text = "", ...thought } = block.reasoningContent?.reasoningText ?? {}
      const { signature, text: more = "" } = delta.reasoningContent
      block.reasoningContent = { reasoningText: { ...thought, text: text + more, ...(signature ? { signature } : {}) } }
    }
    if (delta.reasoningContent?.redactedContent !== undefined) block.reasoningContent = delta.reasoningContent
    if (delta.toolUse !== undefined) inputs.set(index, (inputs.get(index) ?? "") + delta.toolUse.input)
    if (delta.toolResult !== undefined) {
      block.toolResult.content = [...(block.toolResult.content ?? []), ...delta.toolResult]
    }
    if (delta.image !== undefined) block.image = { ...block.image, ...delta.image }
  }
  for (const [index, block] of blocks) {
    if (block.toolUse !== undefined) block.toolUse.input = JSON.parse(inputs.get(index) || "{}")
  }
  const content = [...blocks].toSorted(([a], [b]) => a - b).map(([, block]) => block)
  return json({ output: { message: { role: "assistant", content } }, ...answer })
}
