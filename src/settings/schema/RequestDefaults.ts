import * as Schema from "effect/Schema"
import type { ChatRequest } from "effect-llm/domain/ChatRequest"
import { Count } from "./Scalars.ts"

const Text = Schema.Record(Schema.String, Schema.String)

/** Chat parameters that a request may leave out; its own values win. */
export const RequestDefaults = Schema.Struct({
  maxOutputTokens: Schema.optionalKey(Count),
  temperature: Schema.optionalKey(Schema.Finite),
  topP: Schema.optionalKey(Schema.Finite),
  topK: Schema.optionalKey(Schema.Int),
  seed: Schema.optionalKey(Schema.Int),
  stop: Schema.optionalKey(Schema.Array(Schema.String)),
  frequencyPenalty: Schema.optionalKey(Schema.Finite),
  presencePenalty: Schema.optionalKey(Schema.Finite),
  parallelToolCalls: Schema.optionalKey(Schema.Boolean),
  reasoning: Schema.optionalKey(
    Schema.Struct({
      effort: Schema.optionalKey(Schema.Literals(["none", "minimal", "low", "medium", "high", "xhigh", "max"])),
      budget: Schema.optionalKey(Count)
    })
  ),
  user: Schema.optionalKey(Schema.String),
  metadata: Schema.optionalKey(Text),
  serviceTier: Schema.optionalKey(Schema.String),
  headers: Schema.optionalKey(Text),
  providerOptions: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Json))
  ).annotateKey({
    description: "A provider's own parameters, by its id"
  }),
  onUnsupported: Schema.optionalKey(Schema.Literals(["fail", "drop", "send"])).annotateKey({
    description: "What happens to a parameter that the model does not support. Default: fail"
  })
} satisfies { readonly [P in keyof Omit<ChatRequest, PerRequest>]-?: unknown }).annotate({
  identifier: "RequestDefaults",
  description: "Chat parameters that a request may leave out; its own values win"
})

/** Fields that only a request can have. */
type PerRequest = "messages" | "logprobs" | "tools" | "toolChoice" | "responseFormat"

export interface RequestDefaults extends Schema.Schema.Type<typeof RequestDefaults> {}
