import type * as CatalogModel from "effect-llm/catalog/CatalogModel"
import type * as Price from "effect-llm/catalog/Price"
import type { Rate } from "effect-llm/catalog/Rate"
import * as ModelId from "effect-llm/domain/ModelId"
import type { ModelInfo } from "effect-llm/domain/ModelInfo"
import type { ModelKind } from "../../settings/build/ModelKind.ts"
import { priceIn } from "../../settings/build/ModelPrice.ts"
import type { Settings } from "../../settings/Settings.ts"
import type { NamedModel } from "./NamedModels.ts"

/** What is known about a model. Absent fields are unknown; a capability is `false` only where it is known to be missing. */
export interface ModelFacts {
  /** The name by which it is called. */
  readonly id: string
  readonly kind: ModelKind
  /** The account that serves it first, and its name there. */
  readonly provider: string
  readonly model: string
  readonly displayName: string
  /** `YYYY-MM-DD` */
  readonly created?: string | undefined
  readonly contextWindow?: number | undefined
  readonly maxOutputTokens?: number | undefined
  readonly input?: ReadonlyArray<string> | undefined
  readonly output?: ReadonlyArray<string> | undefined
  readonly tools?: boolean | undefined
  readonly images?: boolean | undefined
  readonly structuredOutput?: boolean | undefined
  readonly reasoning?: boolean | undefined
  /** US dollars by meter; per million for meters of tokens. */
  readonly rates?: { readonly [meter: string]: Rate } | undefined
}

type Deployment = NamedModel["deployments"][number]

/** Where facts about a deployment's model come from. */
export interface Sources {
  readonly catalog: (id: ModelId.ModelId) => CatalogModel.CatalogModel | undefined
  readonly listed: (id: ModelId.ModelId) => ModelInfo | undefined
  readonly prices: Settings["prices"]
  /** `YYYY-MM-DD` */
  readonly today: string
}

/** The facts of a model: what holds for every one of its deployments, since any of them may serve a call. */
export const of = (
  id: string,
  { deployments, kind }: Pick<NamedModel, "deployments" | "kind">,
  sources: Sources
): ModelFacts => {
  const all = deployments.map((deployment) => ofDeployment(deployment, sources))
  const [first] = deployments
  const { model, provider } = ModelId.parse(first.model) ?? { provider: "", model: first.model }
  const one = all.length === 1 ? all[0] : undefined
  const isItsOwn = id === model || id === first.model
  return {
    id,
    kind,
    provider,
    model,
    displayName: (isItsOwn ? one?.name : undefined) ?? id,
    created: one?.created,
    contextWindow: least(all.map(({ contextWindow }) => contextWindow)),
    maxOutputTokens: least(all.map(({ maxOutputTokens }) => maxOutputTokens)),
    input: shared(all.map(({ input }) => input)),
    output: shared(all.map(({ output }) => output)),
    tools: every(all.map(({ tools }) => tools)),
    images: every(all.map(({ images }) => images)),
    structuredOutput: every(all.map(({ structuredOutput }) => structuredOutput)),
    reasoning: every(all.map(({ reasoning }) => reasoning)),
    rates: one?.rates
  }
}

const ofDeployment = (deployment: Deployment, { catalog, listed, prices, today }: Sources) => {
  const id = ModelId.parse(deployment.model)
  const known = id && catalog(id)
  const info = id && listed(id)
  const { capabilities: own = {} } = deployment
  const has = (capability: string): boolean | undefined =>
    known?.capabilities.includes(capability) === true || info?.capabilities?.includes(capability) === true || undefined
  const input = known?.input
  const price = deployment.price ?? priceIn(prices, deployment.model)
  return {
    name: known?.name ?? info?.name,
    created: info?.created,
    contextWindow: deployment.contextWindow ?? info?.contextWindow ?? known?.contextWindow,
    maxOutputTokens: deployment.maxOutputTokens ?? info?.maxOutputTokens ?? known?.maxOutputTokens,
    input: input && withOrWithout(input, "image", own.images),
    output: known?.output,
    tools: own.tools ?? has("tools"),
    images: own.images ?? has("vision") ?? (input === undefined ? undefined : input.includes("image")),
    structuredOutput: own.structuredOutput ?? has("structuredOutput"),
    reasoning: own.reasoning ?? has("reasoning"),
    rates:
      price === "free" ? { input: 0, output: 0 } : price !== undefined ? present(price) : ratesOn(known?.price, today)
  }
}

/** Adds or removes a modality, as far as `has` is known. */
const withOrWithout = (
  modalities: ReadonlyArray<string>,
  one: string,
  has: boolean | undefined
): ReadonlyArray<string> =>
  has === undefined ? modalities : [...modalities.filter((other) => other !== one), ...(has ? [one] : [])]

const present = (rates: { readonly [meter: string]: Rate | undefined }): { readonly [meter: string]: Rate } =>
  Object.fromEntries(Object.entries(rates).flatMap(([meter, rate]) => (rate === undefined ? [] : [[meter, rate]])))

const ratesOn = (price: Price.Price | undefined, today: string): { readonly [meter: string]: Rate } | undefined =>
  price?.billing === "free"
    ? { input: 0, output: 0 }
    : price?.versions.findLast(({ from = "" }) => from.slice(0, 10) <= today)?.rates

const least = (numbers: ReadonlyArray<number | undefined>): number | undefined => {
  const known = numbers.filter((number) => number !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

const every = (all: ReadonlyArray<boolean | undefined>): boolean | undefined =>
  all.includes(false) ? false : all.includes(undefined) ? undefined : true

const shared = (all: ReadonlyArray<ReadonlyArray<string> | undefined>): ReadonlyArray<string> | undefined => {
  const [first, ...others] = all
  return others.reduce(
    (some, one) => (some === undefined || one === undefined ? undefined : some.filter((item) => one.includes(item))),
    first
  )
}
