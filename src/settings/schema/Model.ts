import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { DeploymentPolicies, Policies } from "./Policies.ts"
import { Price } from "./Price.ts"
import { RequestDefaults } from "./RequestDefaults.ts"
import { Count, Duration, Name } from "./Scalars.ts"

/** What keeps going to the same deployment, so that its provider's prompt cache is hit. */
export const Sticky = Schema.Union([Schema.Literals(["session", "prompt"]), Schema.Literal(false)]).annotate({
  expected: "session, prompt or false",
  description:
    "What keeps going to the same deployment, so that its prompt cache is hit: a session (as clients name it, or metadata.session or user, else the beginning of the prompt), the beginning of the prompt, or nothing (false). Default: sessions that clients name"
})

const Names = Schema.Array(Name)

const notNegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0, { expected: "a number, 0 or more" }))

const flag = Schema.optionalKey(Schema.Boolean)

const Capabilities = Schema.Struct({
  tools: flag,
  images: flag,
  audio: flag,
  files: flag,
  structuredOutput: flag,
  reasoning: flag,
  streaming: flag
}).annotate({ identifier: "Capabilities" })

const DeploymentLimits = Schema.Struct({
  requests: Schema.optionalKey(Count).annotateKey({ description: "Requests within the time of `per`" }),
  tokens: Schema.optionalKey(Count).annotateKey({ description: "Tokens, in and out, within the time of `per`" }),
  usd: Schema.optionalKey(notNegative).annotateKey({ description: "US dollars within the time of `per`" }),
  concurrency: Schema.optionalKey(Count).annotateKey({ description: "Calls at once" }),
  per: Schema.optionalKey(Duration).annotateKey({ description: "A rolling window. Default: 1m" })
}).annotate({ identifier: "DeploymentLimits" })

const modelId = Schema.String.check(
  Schema.isPattern(/^[^\s/]+\/\S+$/, { expected: `"provider/model", such as "openai/gpt-6-luna"` })
)

const DeploymentFields = Schema.Struct({
  model: modelId.annotateKey({
    description:
      "provider/model: an entry of providers, or a provider's id. In a model whose name ends in *, a * here is what the * stood for",
    messageMissingKey: `is missing: name the model to call, as "provider/model"`
  }),
  name: Schema.optionalKey(Name).annotateKey({
    description: "Its name in statistics and explanations. Default: the model, with #2 and so on if it appears twice"
  }),
  weight: Schema.optionalKey(notNegative).annotateKey({
    description: "Its share of the calls; one with 0 is called after all others. Default: 1"
  }),
  order: Schema.optionalKey(Schema.Int).annotateKey({
    description: "Lower ones are called first, and higher ones when those fail. Default: 0"
  }),
  tags: Schema.optionalKey(Names).annotateKey({ description: "Tags that a request may ask for" }),
  region: Schema.optionalKey(Name).annotateKey({ description: "Where it runs" }),
  limits: Schema.optionalKey(DeploymentLimits).annotateKey({ description: "The most that this process sends to it" }),
  price: Schema.optionalKey(Price).annotateKey({ description: "What it costs, instead of the catalog's price" }),
  contextWindow: Schema.optionalKey(Count).annotateKey({ description: "In tokens, if the catalog does not know it" }),
  maxOutputTokens: Schema.optionalKey(Count).annotateKey({ description: "If the catalog does not know it" }),
  capabilities: Schema.optionalKey(Capabilities).annotateKey({
    description: "What it can do, where that differs from the catalog, or the catalog does not know it"
  }),
  defaults: Schema.optionalKey(RequestDefaults),
  policies: Schema.optionalKey(DeploymentPolicies).annotateKey({
    description: "Policies of this deployment, over those of its model"
  }),
  metadata: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json)).annotateKey({
    description: "Notes of your own; nothing reads them"
  })
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
  any: Schema.optionalKey(Names).annotateKey({ description: "After every error where another model may succeed" }),
  contextWindow: Schema.optionalKey(Names).annotateKey({ description: "When the request is too long for the model" }),
  contentPolicy: Schema.optionalKey(Names).annotateKey({ description: "When the provider refuses the content" })
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
  to: Name.annotateKey({ description: "The name of the model that calls are copied to" }),
  share: Schema.Finite.check(
    Schema.isBetween({ minimum: 0, maximum: 1 }, { expected: "a share between 0 and 1" })
  ).annotateKey({ description: "The share of calls that are copied, such as 0.01" }),
  concurrency: Schema.optionalKey(Count).annotateKey({
    description: "How many shadows run at once; calls beyond that have none. Default: 4"
  }),
  timeout: Schema.optionalKey(Duration).annotateKey({ description: "When a shadow is stopped. Default: 5m" })
}).annotate({ identifier: "Shadow", description: "Another model that a share of the calls is copied to" })

export interface Shadow extends Schema.Schema.Type<typeof Shadow> {}

const ModelFields = Schema.Struct({
  deployments: Schema.NonEmptyArray(Deployment).annotateKey({
    description: "Who serves the calls: several share them and stand in for each other",
    messageMissingKey: `is missing: list at least one "provider/model"`
  }),
  kind: Schema.optionalKey(
    Schema.Literals(["chat", "embedding", "image", "speech", "transcription", "moderation", "rerank"])
  ).annotateKey({ description: "The kind of model. Default: chat" }),
  strategy: Schema.optionalKey(Strategy).annotateKey({ description: "How a deployment is chosen. Default: weighted" }),
  sticky: Schema.optionalKey(Sticky),
  defaults: Schema.optionalKey(RequestDefaults),
  fallbacks: Schema.optionalKey(Fallbacks),
  shadow: Schema.optionalKey(Shadow).annotateKey({
    description:
      "Copies a share of the calls to another model after they end, to compare the two: nobody waits for its responses, and nobody receives them"
  }),
  policies: Schema.optionalKey(Policies).annotateKey({ description: "Policies of this model, over those of all" })
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
