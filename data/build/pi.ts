import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as CatalogModel from "../../src/catalog/CatalogModel.ts"
import type { Price } from "../../src/catalog/Price.ts"
import * as ProviderName from "../../src/catalog/ProviderName.ts"
import type { Rates } from "../../src/catalog/Rate.ts"
import * as Feed from "../../src/catalog/sources/Feed.ts"
import { openAiLongWindow, subscriptions } from "./facts.ts"

interface Cost {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
}

interface Model {
  readonly id: string
  readonly name: string
  readonly type: "chat" | "image" | "classifier"
  readonly input: ReadonlyArray<string>
  readonly output?: ReadonlyArray<string>
  readonly reasoning?: boolean
  readonly cost: Cost & { readonly tiers?: ReadonlyArray<Cost & { readonly inputTokensAbove: number }> }
  readonly contextWindow?: number
  readonly maxTokens?: number
  readonly thinkingLevelMap?: { readonly [level: string]: string | null }
  readonly compat?: { readonly supportsStrictMode?: boolean }
}

/** Files that repeat another one, for another country or plan, or that are no provider of their own. */
const left = /-cn|-individual|-ams|-sgp|opencode-go|radius|token-plan|typesafe|vercel/

const levels = ["none", "minimal", "low", "medium", "high", "xhigh", "max"]

/** Zero for the cache means that pi-ai does not know. */
const ratesOf = (provider: string, { cacheRead, cacheWrite, input, output }: Cost): Rates => ({
  input,
  output,
  ...(cacheRead > 0 ? { cacheRead } : {}),
  ...(cacheWrite > 0 ? { cacheWrite5m: cacheWrite } : {}),
  // https://platform.claude.com/docs/en/build-with-claude/prompt-caching: written for an hour, twice the input rate.
  ...(provider === "anthropic" && cacheWrite > 0 ? { cacheWrite1h: Number((input * 2).toPrecision(12)) } : {})
})

/** All zero means free of charge where the name says so, paid for by a plan, or not known. */
const priceOf = (provider: string, model: Model): Price | undefined => {
  const { cost } = model
  if (cost.input === 0 && cost.output === 0) {
    return subscriptions.has(provider)
      ? { versions: [], billing: "subscription" }
      : /(:free|-free|\/free)$/.test(model.id)
        ? { versions: [], billing: "free" }
        : undefined
  }
  return {
    versions: [
      {
        rates: ratesOf(provider, cost),
        thresholds: cost.tiers?.map((tier) => Feed.longContext(provider, tier.inputTokensAbove, ratesOf(provider, tier)))
      }
    ]
  }
}

const windowOf = (model: Model): number | undefined =>
  model.contextWindow === 272_000 && model.cost.tiers?.some((tier) => tier.inputTokensAbove >= 272_000) === true
    ? openAiLongWindow
    : model.contextWindow

/** `off` is our `none`; a level that maps to `null` is not to be had. */
const effortsOf = (map: Model["thinkingLevelMap"]): ReadonlyArray<string> | undefined => {
  if (map === undefined) return undefined
  const given = (level: string) => map[level === "none" ? "off" : level]
  const efforts = levels.filter((level) => typeof given(level) === "string")
  return efforts.length === 0 ? undefined : efforts
}

const toModel = (provider: string, model: Model): CatalogModel.CatalogModel =>
  CatalogModel.make({
    provider,
    id: model.id,
    name: model.name,
    kind: model.type,
    contextWindow: windowOf(model),
    maxOutputTokens: model.maxTokens,
    input: model.input,
    output: model.type === "image" ? (model.output ?? ["image"]) : ["text"],
    // pi-ai lists only those chat models that take tools, and streams all of them.
    capabilities: [
      ...(model.type === "chat" ? ["tools", "streaming"] : []),
      ...(model.compat?.supportsStrictMode === true ? ["structuredOutput"] : []),
      ...(model.reasoning === true ? ["reasoning"] : []),
      ...(model.cost.cacheRead > 0 ? ["promptCaching"] : [])
    ],
    reasoningEfforts: effortsOf(model.thinkingLevelMap),
    price: priceOf(provider, model),
    source: "pi-ai"
  })

/** The models of pi-ai's `dist/providers/data/*.json`: `{ api: { "chat:id": model } }`. */
export const readPi = (folder: string): ReadonlyArray<CatalogModel.CatalogModel> => {
  const data = join(folder, "dist/providers/data")
  return readdirSync(data)
    .filter((file) => file.endsWith(".json") && !file.startsWith(".") && !left.test(file))
    .toSorted()
    .flatMap((file) => {
      const apis = JSON.parse(readFileSync(join(data, file), "utf8")) as {
        readonly [api: string]: { readonly [key: string]: Model }
      }
      const provider = ProviderName.canonical(file.replace(".json", ""))
      return Object.values(apis).flatMap((models) => Object.values(models).map((model) => toModel(provider, model)))
    })
}
