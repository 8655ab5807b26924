import * as Effect from "effect/Effect"
import * as Nearest from "effect-llm/domain/Nearest"
import type { ProviderModels } from "effect-llm/providers/Registry"
import { invalid } from "../../calls/Failure.ts"
import { json } from "../../http/Answer.ts"
import type { Exchange, Route } from "../../http/Routes.ts"
import { type AccountModels, ModelDirectory } from "../../models/ModelDirectory.ts"
import type { ModelFacts } from "../../models/ModelFacts.ts"
import { neutral } from "./Neutral.ts"

type From = ProviderModels["from"]

const route = (method: "GET" | "POST", path: string, run: Route<ModelDirectory>["run"]): Route<ModelDirectory> => ({
  method,
  path,
  dialect: neutral,
  access: "key",
  run
})

/** The models that a caller can name, with what is known of them and who says so. */
const named = (refresh: boolean) =>
  Effect.fnUntraced(function* ({ caller }: Exchange) {
    const { accounts, list } = yield* ModelDirectory
    const all = yield* accounts({ refresh })
    const sources = new Map(all.map((account) => [account.provider, account]))
    const models = (yield* list(caller)).map((model) => {
      const account = sources.get(model.provider)
      const isListed = account?.models.some(({ id }) => id === model.model) === true
      return encode(model, isListed ? account.from : "catalog")
    })
    return json({
      models,
      source: farthest(models.map(({ source }) => source)),
      providers: Object.fromEntries(all.map((account) => [account.provider, encodeSource(account)]))
    })
  })

/** All models of a provider. */
const ofProvider = (refresh: boolean) =>
  Effect.fnUntraced(function* ({ caller, params: { provider = "" } }: Exchange) {
    const { list, ofProvider, providers } = yield* ModelDirectory
    const found = yield* ofProvider(provider, { refresh })
    if (found === undefined) {
      const near = Nearest.find(provider, yield* providers)
      const hint = near.length === 0 ? "" : `; did you mean ${near.join(" or ")}?`
      return yield* invalid(`there is no provider ${provider}${hint}`)
    }
    const named = new Set((yield* list(caller)).map(({ model, provider }) => `${provider}/${model}`))
    const permitted = found.facts.filter(({ model }) => {
      const id = `${provider}/${model}`
      return named.has(id) || caller.permits(id)
    })
    return json({ provider, models: permitted.map((model) => encode(model, found.from)), ...encodeSource(found) })
  })

/** Lists of models, from the cache, else the provider, else the catalog. */
export const models: ReadonlyArray<Route<ModelDirectory>> = [
  route("GET", "/llm/models", named(false)),
  route("POST", "/llm/models/refresh", named(true)),
  route("GET", "/llm/providers/{provider}/models", ofProvider(false)),
  route("POST", "/llm/providers/{provider}/models/refresh", ofProvider(true))
]

/** Where a list is from, since when, and why not from the provider. */
const encodeSource = ({ asOf, error, from }: AccountModels) => ({
  source: from,
  as_of: asOf,
  ...(error && { error: error.message })
})

const order: ReadonlyArray<From> = ["catalog", "cache", "provider"]

/** The source that is farthest from the providers. */
const farthest = (sources: ReadonlyArray<From>): From => order.find((one) => sources.includes(one)) ?? "catalog"

/** What nobody knows is `null`. */
const encode = (model: ModelFacts, source: From) => ({
  id: model.id,
  provider: model.provider,
  display_name: model.displayName,
  supports_structured_output: model.structuredOutput ?? null,
  supports_vision: model.images ?? null,
  supports_function_calling: model.tools ?? null,
  max_tokens: model.contextWindow ?? null,
  max_output_tokens: model.maxOutputTokens ?? null,
  source
})
