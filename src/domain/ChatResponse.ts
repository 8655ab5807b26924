import * as Schema from "effect/Schema"
import { Attempt } from "./Attempt.ts"
import type { ChatEvent } from "./ChatEvent.ts"
import { ChatFold } from "./ChatFold.ts"
import { unfold } from "./ChatUnfold.ts"
import { Citation, type ToolCallPart } from "./ContentPart.ts"
import { Cost } from "./Cost.ts"
import { FinishReason } from "./FinishReason.ts"
import { OptionalJson } from "./Json.ts"
import { Logprob } from "./Logprob.ts"
import { type AssistantMessage, AssistantPart } from "./Message.ts"
import { RateLimits } from "./RateLimits.ts"
import { Timings } from "./Timings.ts"
import { Usage } from "./Usage.ts"
import { Warning } from "./Warning.ts"

/**
 * A model's answer. `model` is the model as the provider reports it, `attempts` the trail of tries that led here,
 * `raw` the provider's own body (unary calls only).
 *
 * @since 0.1.0
 * @category models
 */
export class ChatResponse extends Schema.Class<ChatResponse>("effect-llm/ChatResponse")({
  id: Schema.optional(Schema.String),
  model: Schema.optional(Schema.String),
  provider: Schema.optional(Schema.String),
  content: Schema.Array(AssistantPart),
  finishReason: FinishReason,
  /** The provider's own word for the finish reason. */
  rawFinishReason: Schema.optional(Schema.String),
  /** The stop text that ended the answer, where the provider tells. */
  stopSequence: Schema.optional(Schema.String),
  usage: Usage,
  /** What this answer cost, where costs are reckoned; what failed tries cost is in `attempts`. */
  cost: Schema.optional(Cost),
  /** Pages that the answer as a whole draws on, where the provider lists them apart from the text. */
  sources: Schema.optional(Schema.Array(Citation)),
  logprobs: Schema.optional(Schema.Array(Logprob)),
  warnings: Schema.Array(Warning),
  requestId: Schema.optional(Schema.String),
  rateLimits: Schema.optional(RateLimits),
  timings: Schema.optional(Timings),
  attempts: Schema.Array(Attempt),
  raw: OptionalJson
}) {
  /** All text of the answer, joined. */
  get text(): string {
    return joined(this.content, "text")
  }

  /** All that the model let be seen of its thoughts, joined. */
  get reasoningText(): string {
    return joined(this.content, "reasoning")
  }

  /** The words with which the model declined, or the empty string. */
  get refusal(): string {
    return joined(this.content, "refusal")
  }

  /** The tool calls that wait for a result from the caller. */
  get toolCalls(): ReadonlyArray<ToolCallPart> {
    return this.content.filter(
      (part): part is ToolCallPart => part.type === "tool-call" && part.providerExecuted !== true
    )
  }

  /** The answer as a message of the next request. */
  get message(): AssistantMessage {
    return { role: "assistant", content: this.content }
  }

  /** The answer that the events of one stream spell; of a stream that broke off, what had arrived. */
  static fold(events: Iterable<ChatEvent>): ChatResponse {
    const fold = new ChatFold()
    for (const event of events) fold.add(event)
    return ChatResponse.of(fold.fields())
  }

  /** An answer of fields that have their types: unlike the constructor it looks at none of them, which takes time. */
  static of(fields: ConstructorParameters<typeof ChatResponse>[0]): ChatResponse {
    return Object.assign(Object.create(ChatResponse.prototype) as ChatResponse, fields)
  }

  /** The events that spell this answer, for what expects a stream. */
  get events(): ReadonlyArray<ChatEvent> {
    return unfold(this)
  }

  /** A copy with some fields replaced. */
  with(fields: Partial<ConstructorParameters<typeof ChatResponse>[0]>): ChatResponse {
    return Object.assign(Object.create(ChatResponse.prototype) as ChatResponse, this, fields)
  }
}

const joined = (content: ReadonlyArray<AssistantPart>, type: "text" | "reasoning" | "refusal"): string => {
  let text = ""
  for (const part of content) if (part.type === type) text += part.text
  return text
}
