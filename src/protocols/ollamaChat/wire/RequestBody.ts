import * as Schema from "effect/Schema"
import { Json } from "../../../domain/Json.ts"

const nullable = <S extends Schema.Constraint>(schema: S) => Schema.optional(Schema.NullOr(schema))

const record = Schema.Record(Schema.String, Json)

/** What a call must look like. Clients of the first versions leave out its id. */
export const CallBody = Schema.Struct({
  id: nullable(Schema.String),
  function: Schema.Struct({ name: Schema.NonEmptyString, arguments: nullable(Schema.Union([record, Schema.String])) })
})

/** What a message must look like. */
export const MessageBody = Schema.Struct({
  role: Schema.Literals(["system", "user", "assistant", "tool"]),
  content: nullable(Schema.String),
  thinking: nullable(Schema.String),
  images: nullable(Schema.Array(Schema.String)),
  tool_calls: nullable(Schema.Array(CallBody)),
  tool_name: nullable(Schema.String),
  tool_call_id: nullable(Schema.String)
})

/** The model's parameters that the domain has fields for. */
export const Options = Schema.Struct({
  num_predict: nullable(Schema.Int),
  temperature: nullable(Schema.Finite),
  top_p: nullable(Schema.Finite),
  top_k: nullable(Schema.Int),
  stop: nullable(Schema.Union([Schema.String, Schema.Array(Schema.String)])),
  seed: nullable(Schema.Int),
  frequency_penalty: nullable(Schema.Finite),
  presence_penalty: nullable(Schema.Finite)
})

/**
 * What a request must look like, in so far as the domain reads it.
 * Source: https://docs.ollama.com/api/chat
 */
export const RequestBody = Schema.Struct({
  model: Schema.NonEmptyString,
  messages: nullable(Schema.Array(MessageBody)),
  tools: nullable(Schema.Array(record)),
  format: nullable(Schema.Union([Schema.String, record])),
  options: nullable(Options),
  stream: nullable(Schema.Boolean),
  think: nullable(Schema.Union([Schema.Boolean, Schema.String])),
  logprobs: nullable(Schema.Boolean),
  top_logprobs: nullable(Schema.Int)
})
