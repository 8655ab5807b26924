import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { DeploymentPolicies, Policies } from "./Policies.ts"
import { Price } from "./Price.ts"
import { RequestDefaults } from "./RequestDefaults.ts"
import { Count, Duration, Window, Name } from "./Scalars.ts"
import { optional, required } from "./Setting.ts"

/** What keeps going to the same deployment, so that its provider's prompt cache is hit. */
export const Sticky = Schema.Union([Schema.Literals(["session", "prompt"]), Schema.Literal(false)]).annotate({
  expected: "session, prompt or false",
  description:
    "What keeps going to the same deployment, so that its prompt cache is hit: a session (as clients name it, or metadata.session or user, else the beginning of the prompt), the beginning of the prompt, or nothing (false). Default: sessions that clients name"
})

const Names = Schema.Array(Name)

const notNegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0, { expected: "a number, 0 or more" }))

const Capabilities = Schema.Struct({
  tools: optional(Schema.Boolean, "Whether it calls tools"),
  images: optional(Schema.Boolean, "Whether it takes images"),
  audio: optional(Schema.Boolean, "Whether it takes audio"),
  files: optional(Schema.Boolean, "Whether it takes files, such as PDFs"),
  structuredOutput: optional(Schema.Boolean, "Whether its responses can be made to follow a JSON Schema"),
  reasoning: optional(Schema.Boolean, "Whether it reasons before it responds"),
  streaming: optional(Schema.Boolean, "Whether it streams")
}).annotate({ identifier: "Capabilities" })

const DeploymentLimits = Schema.Struct({
  requests: optional(Count, "Requests within the time of `per`"),
  tokens: optional(Count, "Tokens, in and out, within the time of `per`"),
  usd: optional(notNegative, "US dollars within the time of `per`"),
  concurrency: optional(Count, "Calls at once"),
  per: optional(Window, "A rolling window. Default: 1m")
}).annotate({ identifier: "DeploymentLimits" })

const modelId = Schema.String.check(
  Schema.isPattern(/^[^\s/]+\/\S+$/u, { expected: `"provider/model", such as "openai/gpt-6-luna"` })
)

const DeploymentFields = Schema.Struct({
  model: required(
    modelId,
    "provider/model: an entry of providers, or a provider's id. In a model whose name ends in *, a * here is what the * stood for",
    `is missing: name the model to call, as "provider/model"`
  ),
  name: optional(
    Name,
    "Its name in statistics and explanations. Default: the model, with #2 and so on if it appears twice"
  ),
  weight: optional(notNegative, "Its share of the calls; one with 0 is called after all others. Default: 1"),
  order: optional(Schema.Int, "Lower ones are called first, and higher ones when those fail. Default: 0"),
  tags: optional(Names, "Tags that a request may ask for"),
  region: optional(Name, "Where it runs"),
  limits: optional(DeploymentLimits, "The most that this process sends to it"),
  price: optional(Price, "What it costs, instead of the catalog's price"),
  contextWindow: optional(Count, "In tokens, if the catalog does not know it"),
  maxOutputTokens: optional(Count, "If the catalog does not know it"),
  capabilities: optional(
    Capabilities,
    "What it can do, where that differs from the catalog, or the catalog does not know it"
  ),
  defaults: Schema.optionalKey(RequestDefaults),
  policies: optional(DeploymentPolicies, "Policies of this deployment, over those of its model"),
  metadata: optional(Schema.Record(Schema.String, Schema.Json), "Notes of your own; nothing reads them")
})

/** How a deployment is chosen among those of the lowest order. */
export const Strategy = Schema.Literals([
  "weighted",
  "round-robin",
  "least-busy",
  "lowest-latency",
  "lowest-cost",
  "most-headroom"
])

/** A model of one account: where calls go. */
export const Deployment = Schema.Union([modelId, DeploymentFields])
  .annotate({
    identifier: "Deployment",
    expected: `"provider/model", or an object with a model`
  })
  .pipe(
    Schema.decodeTo(
      Schema.toType(DeploymentFields),
      SchemaTransformation.transform({
        decode: (entry): Deployment => (typeof entry === "string" ? { model: entry } : entry),
        encode: (entry): Deployment | string => entry
      })
    )
  )

export interface Deployment extends Schema.Schema.Type<typeof DeploymentFields> {}

const FallbackLists = Schema.Struct({
  any: optional(Names, "After every error where another model may succeed"),
  contextWindow: optional(Names, "When the request is too long for the model"),
  contentPolicy: optional(Names, "When the provider refuses the content")
})

/** Which other models are called when one failed, by why it failed; a list is for any reason. */
export const Fallbacks = Schema.Union([Names, FallbackLists])
  .annotate({
    identifier: "Fallbacks",
    expected: "a list of models, or an object with lists for any, contextWindow or contentPolicy"
  })
  .pipe(
    Schema.decodeTo(
      Schema.toType(FallbackLists),
      SchemaTransformation.transform({
        decode: (entry): Fallbacks => (isNames(entry) ? { any: entry } : entry),
        encode: (entry): Fallbacks | ReadonlyArray<string> => entry
      })
    )
  )

export interface Fallbacks extends Schema.Schema.Type<typeof FallbackLists> {}

const isNames = Schema.is(Names)

const Shadow = Schema.Struct({
  to: required(Name, "The name of the model that calls are copied to"),
  share: required(
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }, { expected: "a share between 0 and 1" })),
    "The share of calls that are copied, such as 0.01"
  ),
  concurrency: optional(Count, "How many shadows run at once; calls beyond that have none. Default: 4"),
  timeout: optional(Duration, "When a shadow is stopped. Default: 5m")
}).annotate({ identifier: "Shadow", description: "Another model that a share of the calls is copied to" })

export interface Shadow extends Schema.Schema.Type<typeof Shadow> {}

const ModelFields = Schema.Struct({
  deployments: required(
    Schema.NonEmptyArray(Deployment),
    "Who serves the calls: several share them and stand in for each other",
    `is missing: list at least one "provider/model"`
  ),
  kind: optional(
    Schema.Literals(["chat", "embedding", "image", "speech", "transcription", "moderation", "rerank"]),
    "The kind of model. Default: chat"
  ),
  strategy: optional(Strategy, "How a deployment is chosen. Default: weighted"),
  sticky: Schema.optionalKey(Sticky),
  defaults: Schema.optionalKey(RequestDefaults),
  fallbacks: optional(Fallbacks, "The models to fall back to. Default: those of the file"),
  shadow: optional(
    Shadow,
    "Copies a share of the calls to another model after they end, to compare the two: nobody waits for its responses, and nobody receives them"
  ),
  policies: optional(Policies, "Policies of this model, over those of all")
})

/** A name that callers use, and the deployments behind it. */
export const Model = Schema.Union([modelId, Schema.NonEmptyArray(Deployment), ModelFields])
  .annotate({
    identifier: "Model",
    expected: `"provider/model", a list of them, or an object with deployments`
  })
  .pipe(
    Schema.decodeTo(
      Schema.toType(ModelFields),
      SchemaTransformation.transform({
        decode: (entry): Model =>
          typeof entry === "string"
            ? { deployments: [{ model: entry }] }
            : isDeployments(entry)
              ? { deployments: entry }
              : entry,
        encode: (entry): Model | Deployments | string => entry
      })
    )
  )

export interface Model extends Schema.Schema.Type<typeof ModelFields> {}

type Deployments = Model["deployments"]

const isDeployments = (entry: Deployments | Model): entry is Deployments => Array.isArray(entry)
