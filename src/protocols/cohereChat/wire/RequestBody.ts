import * as Schema from "effect/Schema"
import { Json } from "../../../domain/Json.ts"

const nullable = <S extends Schema.Constraint>(schema: S) => Schema.optional(Schema.NullOr(schema))

const record = Schema.Record(Schema.String, Json)

const content = nullable(Schema.Union([Schema.String, Schema.Array(Schema.Struct({ type: Schema.String }))]))

/** What a call must look like. */
export const CallBody = Schema.Struct({
  id: Schema.NonEmptyString,
  type: nullable(Schema.String),
  function: Schema.Struct({ name: Schema.NonEmptyString, arguments: nullable(Schema.String) })
})

/** What a message must look like. */
export const MessageBody = Schema.Struct({
  role: Schema.Literals(["system", "user", "assistant", "tool"]),
  content,
  tool_plan: nullable(Schema.String),
  tool_calls: nullable(Schema.Array(CallBody)),
  citations: nullable(Schema.Array(record)),
  tool_call_id: nullable(Schema.String)
})

/**
 * What a request must look like, in so far as the domain reads it.
 * Source: https://docs.cohere.com/reference/chat
 */
export const RequestBody = Schema.Struct({
  model: Schema.NonEmptyString,
  messages: Schema.Array(MessageBody),
  stream: nullable(Schema.Boolean),
  tools: nullable(Schema.Array(record)),
  tool_choice: nullable(Schema.Literals(["REQUIRED", "NONE"])),
  strict_tools: nullable(Schema.Boolean),
  documents: nullable(Schema.Array(Schema.Union([Schema.String, record]))),
  response_format: nullable(
    Schema.Struct({
      type: Schema.Literals(["text", "json_object"]),
      json_schema: nullable(record),
      schema: nullable(record)
    })
  ),
  max_tokens: nullable(Schema.Int),
  stop_sequences: nullable(Schema.Array(Schema.String)),
  temperature: nullable(Schema.Finite),
  seed: nullable(Schema.Int),
  frequency_penalty: nullable(Schema.Finite),
  presence_penalty: nullable(Schema.Finite),
  k: nullable(Schema.Int),
  p: nullable(Schema.Finite),
  logprobs: nullable(Schema.Boolean),
  thinking: nullable(
    Schema.Struct({ type: Schema.Literals(["enabled", "disabled"]), token_budget: nullable(Schema.Int) })
  )
})
