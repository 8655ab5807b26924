import * as Schema from "effect/Schema"
import type { ChatRequest } from "effect-llm/domain/ChatRequest"
import { Count } from "./Scalars.ts"
import { optional } from "./Setting.ts"

const Text = Schema.Record(Schema.String, Schema.String)

/** Chat parameters that a request may leave out; its own values win. */
export const RequestDefaults = Schema.Struct({
  maxOutputTokens: optional(Count, "The most tokens of a response, reasoning included"),
  temperature: optional(Schema.Finite, "How varied responses are, from 0; the most depends on the provider"),
  topP: optional(Schema.Finite, "Samples from the likeliest tokens that make up this share, 0 to 1"),
  topK: optional(Schema.Int, "Samples from this many of the likeliest tokens"),
  seed: optional(Schema.Int, "Makes responses repeatable, as far as the provider can"),
  stop: optional(Schema.Array(Schema.String), "Texts before which a response ends"),
  frequencyPenalty: optional(Schema.Finite, "Makes tokens less likely the more often they appeared"),
  presencePenalty: optional(Schema.Finite, "Makes tokens less likely once they appeared"),
  parallelToolCalls: optional(
    Schema.Boolean,
    "Whether a response may call several tools. Default: as the provider decides"
  ),
  reasoning: optional(
    Schema.Struct({
      effort: optional(
        Schema.Literals(["none", "minimal", "low", "medium", "high", "xhigh", "max"]),
        "How much it reasons"
      ),
      budget: optional(Count, "The most tokens that it reasons")
    }),
    "How much the model reasons before it responds"
  ),
  user: optional(Schema.String, "An id of the end user, which is sent to the provider"),
  metadata: optional(Text, "Labels that the provider stores with the call"),
  serviceTier: optional(Schema.String, "The service tier, by the provider's name, such as priority or flex"),
  headers: optional(Text, "Additional headers of the request to the provider"),
  providerOptions: optional(
    Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Json)),
    "A provider's own parameters, by its id"
  ),
  onUnsupported: optional(
    Schema.Literals(["fail", "drop", "send"]),
    "What happens to a parameter that the model does not support. Default: fail"
  )
} satisfies { readonly [P in keyof Omit<ChatRequest, PerRequest>]-?: unknown }).annotate({
  identifier: "RequestDefaults",
  description: "Chat parameters that a request may leave out; its own values win"
})

/** Fields that only a request can have. */
type PerRequest = "messages" | "logprobs" | "tools" | "toolChoice" | "responseFormat"

export interface RequestDefaults extends Schema.Schema.Type<typeof RequestDefaults> {}
