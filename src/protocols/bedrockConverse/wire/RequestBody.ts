import * as Schema from "effect/Schema"
import { Json } from "../../../domain/Json.ts"

const nullable = <S extends Schema.Constraint>(schema: S) => Schema.optional(Schema.NullOr(schema))

const record = Schema.Record(Schema.String, Json)

/**
 * What a request must look like, in so far as the domain reads it. `modelId` and `stream` stand in the path on the
 * wire; where a caller has put them into the body, they are read from there.
 * Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
export const RequestBody = Schema.Struct({
  modelId: nullable(Schema.String),
  stream: nullable(Schema.Boolean),
  messages: Schema.Array(
    Schema.Struct({ role: Schema.Literals(["user", "assistant", "system"]), content: Schema.Array(record) })
  ),
  system: nullable(Schema.Array(record)),
  inferenceConfig: nullable(
    Schema.Struct({
      maxTokens: nullable(Schema.Int),
      temperature: nullable(Schema.Finite),
      topP: nullable(Schema.Finite),
      stopSequences: nullable(Schema.Array(Schema.String))
    })
  ),
  toolConfig: nullable(
    Schema.Struct({
      tools: nullable(Schema.Array(record)),
      toolChoice: nullable(
        Schema.Struct({
          auto: nullable(record),
          any: nullable(record),
          tool: nullable(Schema.Struct({ name: Schema.String }))
        })
      )
    })
  ),
  additionalModelRequestFields: nullable(record),
  outputConfig: nullable(
    Schema.Struct({
      textFormat: nullable(
        Schema.Struct({
          type: Schema.Literal("json_schema"),
          structure: Schema.Struct({
            jsonSchema: Schema.Struct({
              schema: Schema.fromJsonString(record),
              name: nullable(Schema.String),
              description: nullable(Schema.String)
            })
          })
        })
      ),
      effort: nullable(Schema.String)
    })
  ),
  requestMetadata: nullable(Schema.Record(Schema.String, Schema.String)),
  serviceTier: nullable(Schema.Struct({ type: Schema.String }))
})

/** A tool of the caller's own. */
export const ToolSpec = Schema.Struct({
  name: Schema.NonEmptyString,
  description: nullable(Schema.String),
  inputSchema: Schema.Struct({ json: record }),
  strict: nullable(Schema.Boolean)
})

const media = Schema.Struct({ format: nullable(Schema.String), source: nullable(record) })

/** The blocks that the domain has parts for, by their key. */
export const blockBodies = {
  text: Schema.String,
  image: media,
  video: media,
  audio: media,
  document: Schema.Struct({
    format: nullable(Schema.String),
    name: Schema.String,
    source: record,
    context: nullable(Schema.String),
    citations: nullable(Schema.Struct({ enabled: Schema.optional(Schema.Boolean) }))
  }),
  toolUse: Schema.Struct({ toolUseId: Schema.String, name: Schema.String, input: Json }),
  toolResult: Schema.Struct({
    toolUseId: Schema.String,
    content: Schema.Array(record),
    status: nullable(Schema.Literals(["success", "error"]))
  })
}
