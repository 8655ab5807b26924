import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Catalog } from "effect-llm/catalog/Catalog"
import type * as CatalogModel from "effect-llm/catalog/CatalogModel"
import type { Pricing } from "effect-llm/catalog/Pricing"
import * as ProviderName from "effect-llm/catalog/ProviderName"
import * as ModelId from "effect-llm/domain/ModelId"
import type { UnknownModelError } from "effect-llm/domain/ModelId"
import type { ProviderError } from "effect-llm/domain/ProviderError"
import type { ChatModel } from "effect-llm/policies/ChatModel"
import { Registry, type RegistryShape } from "effect-llm/providers/Registry"
import { type CliFailure, usage } from "../CliFailure.ts"
import { defaultModels } from "./DefaultModels.ts"

/** The chosen model and its name, `provider/model`. */
export interface ModelChoice {
  readonly name: string
  readonly model: ChatModel<ProviderError, Pricing>
}

const advice =
  "set OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY or OPENROUTER_API_KEY, or choose a model with --model"

/** The default model of the first configured provider, else of a running local Ollama. */
export const first: Effect.Effect<ModelChoice, CliFailure | UnknownModelError, Registry> = Effect.gen(function* () {
  const registry = yield* Registry
  const ready = registry.providers.filter(({ capabilities, configured }) => configured && capabilities.includes("chat"))
  const local = registry.providers.filter(({ configured, id }) => id === "ollama" && !configured)
  for (const { id } of [...ready, ...local]) {
    const model = defaultModels[id] ?? (yield* firstListed(registry, id))
    if (model === undefined) continue
    const name = ModelId.format({ provider: id, model })
    yield* Console.error(`effect-llm: no model given, using ${name}`)
    return { name, model: yield* registry.model(name) }
  }
  return yield* usage(`no model given and no provider configured: ${advice}`)
})

/** The first model in the provider's own list. */
const firstListed = (registry: RegistryShape, provider: string): Effect.Effect<string | undefined> =>
  registry.models(provider).pipe(
    Effect.map(({ from, models }) => (from === "catalog" ? undefined : models[0]?.id)),
    Effect.timeoutOption("2 seconds"),
    Effect.map(Option.getOrUndefined),
    Effect.catch(() => Effect.undefined)
  )

/** The model of this name: `provider/model`, or a model's name alone, which means the one of its maker. Resellers are only suggested. */
export const named = Effect.fnUntraced(function* (
  name: string
): Effect.fn.Return<ModelChoice, CliFailure | UnknownModelError, Registry | Catalog> {
  const registry = yield* Registry
  const id = ModelId.parse(name)
  const isProvider = id !== undefined && registry.providers.some((provider) => provider.id === id.provider)
  const found = isProvider ? undefined : Option.getOrUndefined(yield* Effect.flatMap(Catalog, ({ find }) => find(name)))
  if (found === undefined || found.match === "fuzzy") return { name, model: yield* registry.model(name) }
  const candidates = yield* candidatesOf(registry, found.model)
  const maker = candidates.find(({ provider }) => ProviderName.canonical(provider) === found.model.provider)
  const resellers = candidates.filter((candidate) => candidate !== maker && candidate.configured).map(ModelId.format)
  if (maker === undefined || (!maker.configured && resellers.length > 0)) {
    const problem = maker === undefined ? `${name} does not name a provider` : maker.missing
    const suggestions = candidates.map((candidate) => `${ModelId.format(candidate)} (${candidate.missing})`)
    return yield* usage(
      resellers.length > 0
        ? `${problem}; to use a reseller, pass its full name: ${resellers.slice(0, 3).join(", ")}`
        : [problem, ...suggestions.slice(0, 3)].join("; ")
    )
  }
  const fullName = ModelId.format(maker)
  const model = yield* registry.model(fullName)
  yield* Console.error(`effect-llm: ${name} is ${fullName}`)
  return { name: fullName, model }
})

interface Candidate extends ModelId.ModelId {
  readonly configured: boolean
  readonly missing: string
}

/** Providers in the registry that have this model, including its maker. */
const candidatesOf = Effect.fnUntraced(function* (
  registry: RegistryShape,
  { id, provider }: CatalogModel.CatalogModel
): Effect.fn.Return<ReadonlyArray<Candidate>, never, Catalog> {
  const { index } = yield* Catalog
  const known = new Set((yield* index).names().map((name) => name.toLowerCase()))
  return registry.providers.flatMap(({ capabilities, configured, id: server, missing }): ReadonlyArray<Candidate> => {
    if (!capabilities.includes("chat")) return []
    const canonical = ProviderName.canonical(server)
    const model = [id, `${provider}/${id}`].find((model) => known.has(`${canonical}/${model}`.toLowerCase()))
    return model === undefined
      ? []
      : [{ provider: server, model, configured, missing: `${server} needs ${missing.join(" or ")}` }]
  })
})
