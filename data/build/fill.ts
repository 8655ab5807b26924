import type { CatalogModel } from "../../src/catalog/CatalogModel.ts"
import type { Disagreement } from "./merge.ts"

export interface Filled {
  readonly models: ReadonlyArray<CatalogModel>
  /** The models, as `provider/id`, that something was added to. */
  readonly added: ReadonlySet<string>
  /** Where a limit in the data differs, or names of one model have several days. */
  readonly disagreements: ReadonlyArray<Disagreement>
}

const key = (provider: string, id: string): string => `${provider}/${id.toLowerCase()}`

const days = (models: ReadonlyArray<CatalogModel>): ReadonlyArray<string> =>
  [...new Set(models.flatMap(({ deprecated }) => (typeof deprecated === "string" ? deprecated : [])))].toSorted()

const limits = ["contextWindow", "maxOutputTokens"] as const

/**
 * Adds what LiteLLM tells and the others do not: the day of withdrawal, parallel tool calls, limits that are unknown so
 * far. A model is meant by its id, and only where that is not listed by its other names; never by a rule.
 *
 * An alias may be one of several snapshots: a model is withdrawn when the last of its names is, and not while one of
 * them has no day.
 */
export const fill = (models: ReadonlyArray<CatalogModel>, litellm: ReadonlyArray<CatalogModel>): Filled => {
  const listed = Map.groupBy(litellm, ({ id, provider }) => key(provider, id))
  const added = new Set<string>()
  const disagreements: Array<Disagreement> = []

  const filled = models.map((model): CatalogModel => {
    const own = listed.get(key(model.provider, model.id))
    const others = model.aliases.flatMap((alias) => listed.get(key(model.provider, alias)) ?? [])
    const found = own ?? others
    if (found.length === 0) return model
    const sameKind = found.filter(({ kind }) => kind === model.kind)
    const day = found.every(({ deprecated }) => deprecated !== undefined) ? days(found).at(-1) : undefined
    const parallel =
      model.capabilities.includes("tools") && sameKind.some(({ capabilities }) => capabilities.includes("parallelTools"))
    const contextWindow = model.contextWindow ?? sameKind.find((other) => other.contextWindow !== undefined)?.contextWindow
    const most = model.kind === "chat" ? sameKind.find((other) => other.maxOutputTokens !== undefined)?.maxOutputTokens : undefined
    // As many tokens as the whole window is what LiteLLM writes where the vendor states no limit of the answer.
    const fits = most !== undefined && contextWindow !== undefined && most < contextWindow
    const next: CatalogModel = {
      ...model,
      contextWindow,
      maxOutputTokens: model.maxOutputTokens ?? (fits ? most : undefined),
      capabilities: parallel ? [...new Set([...model.capabilities, "parallelTools"])] : model.capabilities,
      deprecated: typeof model.deprecated === "string" ? model.deprecated : (day ?? model.deprecated)
    }
    const isNew =
      next.deprecated !== model.deprecated ||
      next.capabilities.length !== model.capabilities.length ||
      limits.some((limit) => next[limit] !== model[limit])
    if (isNew) added.add(`${model.provider}/${model.id}`)

    const rows = [
      ...limits.flatMap((limit) => {
        const ours = model[limit]
        const theirs = sameKind.find((other) => other[limit] !== undefined)?.[limit]
        // A window of input alone is the whole window without the answer.
        const alone = limit === "contextWindow" && theirs !== undefined && theirs + (model.maxOutputTokens ?? 0) === ours
        return ours === undefined || theirs === undefined || ours === theirs || alone
          ? []
          : [[limit, String(ours), String(theirs)] as const]
      }),
      ...(days([...(own ?? []), ...others]).length > 1
        ? [["withdrawn", String(next.deprecated ?? "unknown"), days([...(own ?? []), ...others]).join(", ")] as const]
        : [])
    ]
    if (rows.length > 0) {
      const why = own === undefined ? "another name of it" : "exact id in both"
      disagreements.push({ model: `${model.provider}/${model.id}`, chosen: model.source, why, rows })
    }
    return next
  })
  return { models: filled, added, disagreements: disagreements.toSorted((a, b) => (a.model < b.model ? -1 : 1)) }
}
