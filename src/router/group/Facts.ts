import * as DateTime from "effect/DateTime"
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as CatalogIndex from "../../catalog/CatalogIndex.ts"
import type { CatalogModel } from "../../catalog/CatalogModel.ts"
import * as Cost from "../../catalog/Cost.ts"
import * as EmbeddedCatalog from "../../catalog/EmbeddedCatalog.ts"
import type { Price } from "../../catalog/Price.ts"
import * as Restrictions from "../../client/restrictions/Restrictions.ts"
import type { CallRequest } from "../../domain/CallRequest.ts"
import type { ChatRequest } from "../../domain/ChatRequest.ts"
import * as ModelId from "../../domain/ModelId.ts"
import type { Usage } from "../../domain/Usage.ts"
import type { Capabilities, Deployment } from "../Deployment.ts"

/** A parameter that a model does not accept, and why. */
export interface Unaccepted {
  readonly parameter: string
  readonly reason?: string | undefined
}

/** What is known of a deployment's model: from the deployment, the model itself, or the catalog. */
export interface Facts {
  readonly contextWindow: number | undefined
  readonly maxOutputTokens: number | undefined
  readonly capabilities: Capabilities
  /** The parameter of a chat that the model does not accept. */
  readonly issue: (request: ChatRequest) => Unaccepted | undefined
  /** US dollars; `undefined` where the price is not known. */
  readonly estimate: (request: CallRequest, input: number, output: number, nowMillis: number) => number | undefined
  readonly cost: (request: CallRequest, usage: Usage, nowMillis: number) => Cost.Cost | undefined
}

/** If the catalog describes a model well, input that it does not list is not accepted; otherwise it is unknown. */
const capabilitiesOf = ({ capabilities, input }: CatalogModel): Capabilities => {
  const isDescribed = capabilities.length > 1
  const accepts = (medium: string) => (input.includes(medium) ? true : isDescribed ? false : undefined)
  const can = (capability: string) => (capabilities.includes(capability) ? true : undefined)
  return {
    tools: can("tools"),
    structuredOutput: can("structuredOutput"),
    reasoning: can("reasoning"),
    images: accepts("image"),
    audio: accepts("audio"),
    files: input.includes("pdf") ? true : undefined
  }
}

/** The deployment's capabilities, then the catalog's. */
const merged = (own: Capabilities = {}, known: Capabilities): Capabilities => ({
  tools: own.tools ?? known.tools,
  images: own.images ?? known.images,
  audio: own.audio ?? known.audio,
  files: own.files ?? known.files,
  structuredOutput: own.structuredOutput ?? known.structuredOutput,
  reasoning: own.reasoning ?? known.reasoning,
  streaming: own.streaming
})

const issueOf = (id: ModelId.ModelId | undefined): Facts["issue"] => {
  if (id === undefined) return () => undefined
  const restrictions = Restrictions.make(id.provider, id.model, [])
  return (request) => {
    const applied = Restrictions.apply(restrictions, request)
    return Result.isFailure(applied) ? applied.failure : undefined
  }
}

const factsOf = (deployment: Deployment, known: CatalogModel | undefined): Facts => {
  const { model } = deployment
  const price: Price | undefined = deployment.price ?? known?.price
  const context = ({ serviceTier }: CallRequest, nowMillis: number): Cost.Context => ({
    at: DateTime.makeUnsafe(nowMillis),
    serviceTier,
    region: deployment.region
  })
  return {
    contextWindow: deployment.contextWindow ?? model.contextWindow ?? known?.contextWindow,
    maxOutputTokens: deployment.maxOutputTokens,
    capabilities: merged(deployment.capabilities, known === undefined ? {} : capabilitiesOf(known)),
    issue: issueOf(model.id.includes(",") ? undefined : ModelId.parse(model.id)),
    estimate: (request, input, output, nowMillis) => {
      if (price === undefined) return undefined
      const cost = Cost.estimate(input, output, price, context(request, nowMillis))
      return cost._tag === "Priced" ? BigDecimal.toNumberUnsafe(cost.total) : undefined
    },
    // The deployment's own price always applies; the catalog's only where no policy computes costs.
    cost: (request, usage, nowMillis) =>
      price === undefined ? undefined : Cost.of(usage, price, context(request, nowMillis))
  }
}

let index: CatalogIndex.CatalogIndex | undefined

/** Loads the embedded catalog, and finds facts of deployments in it. */
export const load: Effect.Effect<(deployment: Deployment) => Facts> = Effect.map(
  EmbeddedCatalog.load,
  ({ entries }) => {
    const { find } = (index ??= CatalogIndex.make(entries))
    return (deployment) => {
      const found = find(deployment.model.id)
      return factsOf(deployment, found === undefined || found.match === "fuzzy" ? undefined : found.model)
    }
  }
)
