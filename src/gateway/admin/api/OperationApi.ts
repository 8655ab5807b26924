import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import { Plan } from "effect-llm/router/Plan"
import { Conflict, NotFound } from "./Problems.ts"

const Text = Schema.optionalKey(Schema.String)
const Number = Schema.optionalKey(Schema.Finite)

/** The statistics of a deployment in this process. */
const Deployment = Schema.Struct({
  group: Schema.String.annotateKey({ description: "The name that callers use" }),
  name: Schema.String,
  model: Schema.String,
  status: Schema.Literals(["unknown", "healthy", "degraded", "down"]),
  busy: Schema.Int.annotateKey({ description: "Calls in progress" }),
  calls: Schema.Int,
  succeeded: Schema.Int,
  failed: Schema.Int,
  interrupted: Schema.Int,
  errors: Schema.Record(Schema.String, Schema.Int).annotateKey({ description: "How often each occurred" }),
  errorRate: Schema.Finite.annotateKey({ description: "The share of recent calls that failed through its fault" }),
  latencyMillis: Number,
  p50: Number,
  p95: Number,
  p99: Number,
  headroom: Number.annotateKey({ description: "What is left of rate limits, from 0 to 1" }),
  coolingUntil: Text.annotateKey({ description: "When it may be called again" }),
  cacheHitRate: Number,
  pins: Schema.Int,
  cost: Schema.String,
  unpriced: Schema.Int
}).annotate({ identifier: "Deployment" })

export type Deployment = typeof Deployment.Type

const Provider = Schema.Struct({
  provider: Schema.String,
  status: Schema.Literals(["unknown", "healthy", "degraded", "down"]),
  deployments: Schema.Array(Deployment)
}).annotate({ identifier: "ProviderHealth" })

const Model = Schema.Struct({
  id: Schema.String,
  kind: Schema.String,
  provider: Schema.String,
  model: Schema.String,
  displayName: Schema.String,
  created: Text,
  contextWindow: Schema.optionalKey(Schema.Int),
  maxOutputTokens: Schema.optionalKey(Schema.Int),
  input: Schema.optionalKey(Schema.Array(Schema.String)),
  output: Schema.optionalKey(Schema.Array(Schema.String)),
  tools: Schema.optionalKey(Schema.Boolean),
  images: Schema.optionalKey(Schema.Boolean),
  structuredOutput: Schema.optionalKey(Schema.Boolean),
  reasoning: Schema.optionalKey(Schema.Boolean),
  rates: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown))
}).annotate({ identifier: "AdminModel" })

const explained = {
  model: Schema.String.annotate({ examples: ["fast"] }),
  prompt: Schema.optionalKey(Schema.String).annotateKey({ description: "Default: Hello" })
}

/** Health, models, routing, settings and the state of the ledger. */
export const operationApi = HttpApiGroup.make("operation")
  .add(
    HttpApiEndpoint.get("providers", "/providers", {
      success: Schema.Struct({ providers: Schema.Array(Provider) }).annotate({ identifier: "Providers" })
    }).annotate(OpenApi.Summary, "The health of providers, from the calls of this process; none is made to find out"),
    HttpApiEndpoint.get("models", "/models", {
      success: Schema.Struct({ models: Schema.Array(Model) }).annotate({ identifier: "AdminModels" })
    }).annotate(OpenApi.Summary, "The models that callers can name, and what is known of them"),
    HttpApiEndpoint.get("explain", "/explain", { query: explained, success: Plan, error: NotFound }).annotate(
      OpenApi.Summary,
      "How a prompt would be routed, without calling a provider"
    ),
    HttpApiEndpoint.post("explainPrompt", "/explain", {
      payload: Schema.Struct(explained),
      success: Plan,
      error: NotFound
    }).annotate(OpenApi.Summary, "The same for a prompt that is too long for a URL"),
    HttpApiEndpoint.get("settings", "/settings", {
      success: Schema.Struct({ settings: Schema.Json }).annotate({ identifier: "SettingsInUse" })
    }).annotate(OpenApi.Summary, "The settings in use, without their secrets"),
    HttpApiEndpoint.post("reload", "/reload", {
      success: Schema.Struct({
        difference: Schema.Array(Schema.String).annotate({
          description: "A line for each value that changed",
          examples: [["models.fast.deployments[0].weight: 1 -> 3"]]
        })
      }).annotate({ identifier: "Reloaded" }),
      error: Conflict
    }).annotate(OpenApi.Summary, "Reads the settings file again; an invalid file changes nothing"),
    HttpApiEndpoint.get("state", "/ledger", {
      success: Schema.Struct({
        waiting: Schema.Int.annotateKey({ description: "Calls that are not in the database yet" }),
        dropped: Schema.Int.annotateKey({ description: "Calls that the ledger has lost" }),
        isBehind: Schema.Boolean.annotateKey({ description: "Whether the database is away" })
      }).annotate({ identifier: "LedgerState" })
    }).annotate(OpenApi.Summary, "Whether the ledger keeps up")
  )
  .annotate(OpenApi.Title, "Operation")
  .annotate(OpenApi.Description, "Health, models, routing, settings and the state of the ledger")
