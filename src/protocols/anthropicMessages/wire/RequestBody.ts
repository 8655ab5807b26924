import * as Schema from "effect/Schema"
import { Json } from "../../../domain/Json.ts"

const nullable = <S extends Schema.Constraint>(schema: S) => Schema.optional(Schema.NullOr(schema))

const record = Schema.Record(Schema.String, Json)

const promptFields = {
  cache_control: nullable(
    Schema.Struct({ type: Schema.Literal("ephemeral"), ttl: nullable(Schema.Literals(["5m", "1h"])) })
  )
}

const anyBlock = Schema.Struct({ type: Schema.String })

const content = Schema.Union([Schema.String, Schema.Array(anyBlock)])

const source = Schema.Struct({
  type: Schema.String,
  data: Schema.optional(Schema.String),
  media_type: Schema.optional(Schema.String),
  url: Schema.optional(Schema.String),
  file_id: Schema.optional(Schema.String)
})

/**
 * What a request must look like, in so far as the domain reads it.
 * Source: https://platform.claude.com/docs/en/api/messages/create
 */
export const RequestBody = Schema.Struct({
  model: Schema.NonEmptyString,
  max_tokens: Schema.Int,
  messages: Schema.Array(Schema.Struct({ role: Schema.Literals(["user", "assistant", "system"]), content })),
  system: nullable(content),
  stream: nullable(Schema.Boolean),
  temperature: nullable(Schema.Finite),
  top_p: nullable(Schema.Finite),
  top_k: nullable(Schema.Int),
  stop_sequences: nullable(Schema.Array(Schema.String)),
  tools: nullable(Schema.Array(Schema.Struct({ type: nullable(Schema.String) }))),
  tool_choice: nullable(
    Schema.Struct({
      type: Schema.Literals(["auto", "any", "none", "tool"]),
      name: nullable(Schema.String),
      disable_parallel_tool_use: nullable(Schema.Boolean)
    })
  ),
  thinking: nullable(
    Schema.Struct({
      type: nullable(Schema.Literals(["enabled", "adaptive", "disabled", "between_tools"])),
      budget_tokens: nullable(Schema.Int)
    })
  ),
  output_config: nullable(
    Schema.Struct({
      effort: nullable(Schema.Literals(["low", "medium", "high", "xhigh", "max"])),
      format: nullable(Schema.Struct({ type: Schema.Literal("json_schema"), schema: record }))
    })
  ),
  output_format: nullable(Schema.Struct({ type: Schema.Literal("json_schema"), schema: record })),
  metadata: nullable(Schema.Struct({ user_id: nullable(Schema.String) })),
  service_tier: nullable(Schema.String)
})

/** A tool of the caller's own. */
export const ToolBody = Schema.Struct({
  ...promptFields,
  name: Schema.NonEmptyString,
  description: nullable(Schema.String),
  input_schema: record,
  strict: nullable(Schema.Boolean)
})

/** The blocks that the domain has parts for, by their type. */
export const blockBodies = {
  text: Schema.Struct({ ...promptFields, text: Schema.String }),
  image: Schema.Struct({ ...promptFields, source }),
  document: Schema.Struct({
    ...promptFields,
    source,
    title: nullable(Schema.String),
    context: nullable(Schema.String),
    citations: nullable(Schema.Struct({ enabled: Schema.optional(Schema.Boolean) }))
  }),
  tool_result: Schema.Struct({
    ...promptFields,
    tool_use_id: Schema.String,
    content: nullable(content),
    is_error: nullable(Schema.Boolean)
  }),
  tool_use: Schema.Struct({ ...promptFields, id: Schema.String, name: Schema.String, input: record }),
  server_tool_use: Schema.Struct({ ...promptFields, id: Schema.String, name: Schema.String, input: record }),
  thinking: Schema.Struct({ thinking: Schema.String, signature: nullable(Schema.String) }),
  redacted_thinking: Schema.Struct({ data: Schema.String })
}
