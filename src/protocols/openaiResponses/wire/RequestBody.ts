import * as Schema from "effect/Schema"
import { Json } from "../../../domain/Json.ts"

const nullable = <S extends Schema.Constraint>(schema: S) => Schema.optional(Schema.NullOr(schema))

const record = Schema.Record(Schema.String, Json)

const anyObject = Schema.Struct({ type: nullable(Schema.String) })

const typed = Schema.Struct({ type: Schema.String })

const content = Schema.Union([Schema.String, Schema.Array(typed)])

/**
 * What a request must look like, in so far as the domain reads it.
 * Source: https://platform.openai.com/docs/api-reference/responses/create
 */
export const RequestBody = Schema.Struct({
  model: nullable(Schema.String),
  input: nullable(Schema.Union([Schema.String, Schema.Array(anyObject)])),
  instructions: nullable(Schema.String),
  stream: nullable(Schema.Boolean),
  include: nullable(Schema.Array(Schema.String)),
  max_output_tokens: nullable(Schema.Int),
  temperature: nullable(Schema.Finite),
  top_p: nullable(Schema.Finite),
  top_logprobs: nullable(Schema.Int),
  tools: nullable(Schema.Array(typed)),
  tool_choice: nullable(
    Schema.Union([
      Schema.Literals(["auto", "none", "required"]),
      Schema.Struct({ type: Schema.String, name: nullable(Schema.String) })
    ])
  ),
  parallel_tool_calls: nullable(Schema.Boolean),
  text: nullable(Schema.Struct({ format: nullable(typed) })),
  reasoning: nullable(Schema.Struct({ effort: nullable(Schema.String) })),
  user: nullable(Schema.String),
  metadata: nullable(Schema.Record(Schema.String, Schema.String)),
  service_tier: nullable(Schema.String)
})

/** A function of the caller's own. */
export const FunctionBody = Schema.Struct({
  name: Schema.NonEmptyString,
  description: nullable(Schema.String),
  parameters: nullable(record),
  strict: nullable(Schema.Boolean)
})

/** The form of an answer that is held to a schema. */
export const FormatBody = Schema.Struct({
  name: nullable(Schema.String),
  description: nullable(Schema.String),
  schema: record,
  strict: nullable(Schema.Boolean)
})

/** The items that the domain has a form for, by their type. */
export const itemBodies = {
  message: Schema.Struct({ role: Schema.Literals(["system", "developer", "user", "assistant"]), content }),
  function_call: Schema.Struct({ call_id: Schema.String, name: Schema.String, arguments: Schema.String }),
  custom_tool_call: Schema.Struct({ call_id: Schema.String, name: Schema.String, input: Schema.String }),
  function_call_output: Schema.Struct({ call_id: Schema.String, output: content }),
  custom_tool_call_output: Schema.Struct({ call_id: Schema.String, output: content }),
  reasoning: Schema.Struct({ encrypted_content: nullable(Schema.String) })
}

/** The parts of content that the domain has a form for, by their type. */
export const partBodies = {
  input_text: Schema.Struct({ text: Schema.String }),
  output_text: Schema.Struct({ text: Schema.String }),
  text: Schema.Struct({ text: Schema.String }),
  refusal: Schema.Struct({ refusal: Schema.String }),
  input_image: Schema.Struct({
    image_url: nullable(Schema.String),
    file_id: nullable(Schema.String),
    detail: nullable(Schema.String)
  }),
  input_file: Schema.Struct({
    file_id: nullable(Schema.String),
    file_url: nullable(Schema.String),
    file_data: nullable(Schema.String),
    filename: nullable(Schema.String)
  }),
  input_audio: Schema.Struct({ input_audio: Schema.Struct({ data: Schema.String, format: Schema.String }) })
}
