import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"

const Number = Schema.optionalKey(Schema.Finite)
const Count = Schema.optionalKey(Schema.Int)
const Text = Schema.optionalKey(Schema.String)
const Fields = Schema.Record(Schema.String, Schema.Unknown)

const Message = Schema.Struct({
  role: Schema.Literals(["system", "developer", "user", "assistant", "tool"]),
  content: Schema.optionalKey(Schema.Unknown).annotateKey({
    description: "A string, or parts: text, image_url, input_audio, file"
  }),
  name: Text,
  tool_calls: Schema.optionalKey(Schema.Array(Fields)),
  tool_call_id: Text
}).annotate({ identifier: "Message" })

const ResponseFormat = Schema.Union([
  Schema.Struct({ type: Schema.Literals(["text", "json_object"]) }),
  Schema.Struct({
    type: Schema.Literal("json_schema"),
    json_schema: Schema.Struct({ name: Schema.String, schema: Fields, strict: Schema.optionalKey(Schema.Boolean) })
  })
])

const Request = Schema.Struct({
  model: Schema.String.annotateKey({
    description: "A name from the settings, `provider/model`, or a model's name alone"
  }),
  messages: Schema.Array(Message),
  temperature: Number,
  top_p: Number,
  max_tokens: Count,
  max_completion_tokens: Count,
  stop: Schema.optionalKey(Schema.Union([Schema.String, Schema.Array(Schema.String)])),
  reasoning_effort: Text,
  response_format: Schema.optionalKey(ResponseFormat),
  tools: Schema.optionalKey(Schema.Array(Fields)),
  tool_choice: Schema.optionalKey(Schema.Unknown),
  parallel_tool_calls: Schema.optionalKey(Schema.Boolean),
  seed: Count,
  frequency_penalty: Number,
  presence_penalty: Number,
  logprobs: Schema.optionalKey(Schema.Boolean),
  top_logprobs: Count,
  user: Text,
  metadata: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  service_tier: Text,
  stream: Schema.optionalKey(Schema.Boolean).annotateKey({
    description: "Whether to stream the response as server-sent events that end with [DONE]"
  })
}).annotate({
  identifier: "GenerateRequest",
  examples: [{ model: "fast", messages: [{ role: "user", content: "Why is the sky blue?" }], max_tokens: 200 }]
})

const Cost = Schema.Struct({
  usd: Schema.NullOr(Schema.Finite).annotateKey({
    description: "The cost of all attempts; null where it is unknown, and `reason` says why"
  }),
  reason: Text,
  notes: Schema.optionalKey(Schema.Array(Schema.String))
}).annotate({ identifier: "Cost" })

const Response = Schema.Struct({
  id: Schema.String,
  object: Schema.Literal("chat.completion"),
  created: Schema.Int,
  model: Schema.String,
  choices: Schema.Array(
    Schema.Struct({
      index: Schema.Int,
      message: Fields,
      logprobs: Schema.optionalKey(Schema.NullOr(Fields)),
      finish_reason: Schema.NullOr(Schema.String)
    })
  ),
  usage: Schema.optionalKey(
    Schema.Struct({
      prompt_tokens: Schema.Int,
      completion_tokens: Schema.Int,
      total_tokens: Schema.Int,
      prompt_tokens_details: Schema.optionalKey(Fields),
      completion_tokens_details: Schema.optionalKey(Fields)
    })
  ),
  provider: Schema.NullOr(Schema.String),
  cost: Cost
}).annotate({ identifier: "GenerateResponse" })

const Source = Schema.Literals(["cache", "provider", "catalog"])

const Model = Schema.Struct({
  id: Schema.String,
  provider: Schema.String,
  display_name: Schema.String,
  supports_structured_output: Schema.NullOr(Schema.Boolean),
  supports_vision: Schema.NullOr(Schema.Boolean),
  supports_function_calling: Schema.NullOr(Schema.Boolean),
  max_tokens: Schema.NullOr(Schema.Int).annotateKey({ description: "The context window" }),
  max_output_tokens: Schema.NullOr(Schema.Int),
  source: Source
}).annotate({ identifier: "Model", description: "What is unknown is null" })

const listFields = { source: Source, as_of: Text, error: Text }

const Named = Schema.Struct({
  models: Schema.Array(Model),
  source: Source,
  providers: Schema.Record(Schema.String, Schema.Struct(listFields))
}).annotate({ identifier: "Models" })

const OfProvider = Schema.Struct({ provider: Schema.String, models: Schema.Array(Model), ...listFields }).annotate({
  identifier: "ProviderModels"
})

const failed = (status: number) =>
  Schema.Struct({
    error: Schema.Struct({
      message: Schema.String,
      type: Schema.NullOr(Schema.String),
      param: Schema.optionalKey(Schema.NullOr(Schema.String)),
      code: Schema.optionalKey(Schema.NullOr(Schema.String))
    })
  })
    .annotate({ identifier: `Error${status}` })
    .pipe(HttpApiSchema.status(status))

const errors = [400, 401, 403, 404, 429, 500, 502, 503].map(failed)

const params = { provider: Schema.String.annotate({ examples: ["openai"] }) }

/** The neutral API in the OpenAPI document; a dialect serves it. */
export const neutralApi = HttpApiGroup.make("llm")
  .add(
    HttpApiEndpoint.post("generate", "/llm/generate", { payload: Request, success: Response, error: errors }).annotate(
      OpenApi.Summary,
      "A response from any model, with usage and cost"
    ),
    HttpApiEndpoint.get("listModels", "/llm/models", { success: Named, error: errors }).annotate(
      OpenApi.Summary,
      "The models that this key can name"
    ),
    HttpApiEndpoint.post("refreshModels", "/llm/models/refresh", { success: Named, error: errors }).annotate(
      OpenApi.Summary,
      "The same, as the providers list them now"
    ),
    HttpApiEndpoint.get("listProviderModels", "/llm/providers/:provider/models", {
      params,
      success: OfProvider,
      error: errors
    }).annotate(OpenApi.Summary, "All models of a provider"),
    HttpApiEndpoint.post("refreshProviderModels", "/llm/providers/:provider/models/refresh", {
      params,
      success: OfProvider,
      error: errors
    }).annotate(OpenApi.Summary, "The same, as the provider lists them now")
  )
  .annotate(OpenApi.Title, "Neutral API")
  .annotate(OpenApi.Description, "Chat with any model in one shape, and lists of models")
