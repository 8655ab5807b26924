import type * as CatalogModel from "../../src/catalog/CatalogModel.ts"
import { facts, gateways } from "./facts.ts"
import { fold } from "./fold.ts"
import { inherit } from "./inherit.ts"
import type { SourceKey } from "./pinned.ts"
import { needsTwo } from "./scope.ts"
import { type Conflict, elect, priceOf, type Quote, vote } from "./vote.ts"

/** A model of the data, and the sources of its price, the newest first. */
export interface Row {
  readonly model: CatalogModel.CatalogModel
  readonly sources: ReadonlyArray<SourceKey>
  /** How many sources list it. */
  readonly listed: number
  /** Whether the source that drops what is gone still lists it. */
  readonly isListed: boolean
}

export interface Merged {
  readonly rows: ReadonlyArray<Row>
  readonly conflicts: ReadonlyArray<Conflict & { readonly model: string }>
}

export interface Source {
  readonly key: SourceKey
  readonly date: string
  readonly models: ReadonlyArray<CatalogModel.CatalogModel>
}

export const keyOf = (provider: string, id: string): string => `${provider}/${id.toLowerCase()}`

const union = (...all: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => [...new Set(all.flat())]

/** genai-prices names models by what they are called, the others by what is sent: these are the ids. */
const namesById: ReadonlySet<SourceKey> = new Set(["p", "l"])

/** A vendor that the others cover with at least so many models: what only genai-prices still has there is gone. */
const covered = 3

interface Group {
  readonly provider: string
  readonly id: string
  readonly quotes: ReadonlyArray<Quote>
  readonly aliases: ReadonlyArray<string>
}

/** Sorts what the sources say by model. A name that is another one's own id is no other name of a model. */
const groupsOf = (sources: ReadonlyArray<Source>): ReadonlyArray<Group> => {
  const ids = new Map<string, string>()
  for (const { key, models } of sources) {
    for (const { id, provider } of models) if (namesById.has(key)) ids.set(keyOf(provider, id), id)
  }
  const groups = new Map<string, Group>()
  const add = (provider: string, id: string, quote: Quote, aliases: ReadonlyArray<string>) => {
    const name = keyOf(provider, id)
    const group = groups.get(name) ?? { provider, id, quotes: [], aliases: [] }
    groups.set(name, { ...group, quotes: [...group.quotes, quote], aliases: union(group.aliases, aliases) })
  }
  for (const { date, key, models } of sources) {
    for (const model of models) {
      const { aliases, id, provider } = model
      const quote = { source: key, date, model }
      if (namesById.has(key)) {
        add(provider, id, quote, aliases)
        continue
      }
      const sent = [id, ...aliases].flatMap((name) => ids.get(keyOf(provider, name)) ?? [])
      // Of Bedrock there are names for every region, whether it has the model or not.
      const spare = provider === "bedrock" ? [] : [id, ...aliases].filter((name) => !ids.has(keyOf(provider, name)))
      const [first = id, ...others] = sent
      add(provider, first, quote, spare.filter((name) => name !== first))
      for (const other of others) add(provider, other, quote, [])
    }
  }
  return [...groups.values()]
}

/** LiteLLM may count the window without the answer. */
const windowOf = (quotes: ReadonlyArray<Quote>): number | undefined => {
  const answer = quotes.find(({ source }) => source === "p")?.model.maxOutputTokens ?? 0
  const stated = quotes.map(({ date, model, source }) => ({ source, date, value: model.contextWindow }))
  const whole = stated.map((voice) =>
    voice.source === "l" && voice.value !== undefined && stated.some(({ value }) => value === (voice.value ?? 0) + answer)
      ? { ...voice, value: voice.value + answer }
      : voice
  )
  return elect(whole)
}

/** As many tokens as the whole window is what LiteLLM writes where the vendor states no limit of the answer. */
const answerOf = (quotes: ReadonlyArray<Quote>, window: number | undefined): number | undefined => {
  const stated = quotes.map(({ date, model, source }) => ({
    source,
    date,
    value: model.kind === "chat" && (source !== "l" || model.maxOutputTokens !== window) ? model.maxOutputTokens : undefined
  }))
  return elect(stated.toSorted((a, b) => (a.source === "p" ? -1 : b.source === "p" ? 1 : 0)))
}

const limitConflicts = (quotes: ReadonlyArray<Quote>, model: CatalogModel.CatalogModel): ReadonlyArray<Conflict> =>
  (["contextWindow", "maxOutputTokens"] as const).flatMap((limit) => {
    const ours = model[limit]
    const others = quotes.flatMap(({ model, source }) =>
      model[limit] === undefined || model[limit] === ours ? [] : [`${source}: ${model[limit]}`]
    )
    return ours === undefined || others.length === 0 ? [] : [{ what: limit, ours: String(ours), others: others.join("; ") }]
  })

const withFacts = (model: CatalogModel.CatalogModel): CatalogModel.CatalogModel => {
  const found = facts.filter(
    ({ model: pattern, provider, where }) =>
      provider === model.provider &&
      pattern.test(model.id) &&
      model.kind === "chat" &&
      (where ?? []).every((modality) => model.input.includes(modality))
  )
  const input = union(model.input, ...found.map(({ input }) => input ?? []))
  const capabilities = union(model.capabilities, ...found.map(({ capabilities }) => capabilities ?? []))
  return found.length === 0 ? model : { ...model, input, capabilities }
}

/** The day on which the model ends, `true` where it is gone without one. */
const endOf = (quotes: ReadonlyArray<Quote>, isCovered: boolean): string | true | undefined => {
  const day = quotes.find(({ model }) => typeof model.deprecated === "string")?.model.deprecated
  if (typeof day === "string") return day
  const isListed = quotes.some(({ source }) => namesById.has(source))
  return !isListed && (isCovered || quotes.some(({ model }) => model.deprecated === true)) ? true : undefined
}

const familyOf = (provider: string, id: string): string => keyOf(provider, id).replace(/-latest$/, "")

/**
 * What `-latest` may mean, by the name before it: what models that begin so cost, where sources agree on them and none
 * of them has an end.
 */
const newestOf = (groups: ReadonlyArray<Group>, day: string): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, Set<string>>()
  for (const { id, provider } of groups) if (/-latest$/i.test(id)) found.set(familyOf(provider, id), new Set())
  for (const { id, provider, quotes } of groups) {
    if (quotes.some(({ model }) => model.deprecated !== undefined)) continue
    for (const [family, prices] of found) {
      if (!keyOf(provider, id).startsWith(`${family}-`)) continue
      const verdict = vote(quotes, day)
      const price = priceOf(verdict.price, day)
      if (verdict.sources.length > 1 && price !== undefined) prices.add(price)
    }
  }
  return found
}

/** What went from a gateway before that day is left out: it tells nothing that its maker's row does not. */
const kept = "2026-09-01"

const isGone = ({ deprecated }: CatalogModel.CatalogModel, day: string): boolean =>
  deprecated === true || (typeof deprecated === "string" && deprecated <= day)

/** One list of models from what all sources say. Prices are those that most of them state on `day`. */
export const merge = (sources: ReadonlyArray<Source>, day: string): Merged => {
  const conflicts: Array<Conflict & { readonly model: string }> = []
  const counts = new Map<string, number>()
  for (const { key, models } of sources) {
    for (const { provider } of models) if (namesById.has(key)) counts.set(provider, (counts.get(provider) ?? 0) + 1)
  }
  const groups = groupsOf(sources)
  const expected = newestOf(groups, day)
  const rows = groups.flatMap(({ aliases, id, provider, quotes }): ReadonlyArray<Row> => {
    const of = (source: SourceKey) => quotes.find((quote) => quote.source === source)?.model
    const [genai, pi, litellm] = [of("g"), of("p"), of("l")]
    const kind = litellm?.kind ?? pi?.kind ?? genai?.kind ?? "chat"
    // pi-ai has the rate of a token of an image as that of output.
    const billing = kind === "image" && quotes.length > 1 ? quotes.filter(({ source }) => source !== "p") : quotes
    const verdict = vote(billing, day, expected.get(familyOf(provider, id)))
    const contextWindow = windowOf(quotes)
    const capabilities = union(...quotes.map(({ model }) => model.capabilities))
    const model = withFacts({
      provider,
      id,
      name: genai?.id === id ? (genai.name ?? pi?.name) : (pi?.name ?? genai?.name),
      kind,
      contextWindow,
      maxOutputTokens: kind === "chat" ? answerOf(quotes, contextWindow) : undefined,
      input: union(...quotes.map(({ model }) => model.input)),
      output: union(...quotes.map(({ model }) => (kind === "image" ? ["image"] : model.output))),
      capabilities: capabilities.includes("tools") ? capabilities : capabilities.filter((name) => name !== "parallelTools"),
      reasoningEfforts: pi?.reasoningEfforts,
      deprecated: endOf(quotes, (counts.get(provider) ?? 0) >= covered),
      price: verdict.price,
      aliases,
      matchers: genai !== undefined && keyOf(provider, genai.id) === keyOf(provider, id) ? genai.matchers : [],
      source: ""
    })
    const isOutvoted = genai !== undefined && quotes.length > 1 && verdict.sources.length > 0 && !verdict.sources.includes("g")
    for (const conflict of [...verdict.conflicts, ...limitConflicts(quotes, model)]) {
      conflicts.push({ model: `${provider}/${id}`, ...conflict })
    }
    const listed = new Set(quotes.map(({ source }) => source)).size
    const [older, ...names] = isOutvoted ? genai.aliases.filter((name) => aliases.includes(name)) : []
    const former: ReadonlyArray<Row> =
      older === undefined || genai === undefined
        ? []
        : [{ model: { ...genai, id: older, aliases: names, matchers: [], deprecated: true }, listed: 1, isListed: false, sources: ["g"] }]
    const own = isOutvoted ? aliases.filter((name) => !genai.aliases.includes(name)) : aliases
    const row: Row = { model: { ...model, aliases: own }, listed, isListed: pi !== undefined, sources: verdict.sources.length > 0 ? verdict.sources : [...new Set(quotes.map(({ source }) => source))] }
    // What genai-prices calls so, at a price that the others do not know, are models of before.
    return [row, ...former]
  })
  return {
    rows: fold(inherit(rows.filter(({ isListed, model }) => isListed || !gateways.has(model.provider) || !isGone(model, kept)))).filter(
      ({ listed, model }) => listed > 1 || !needsTwo.has(model.provider)
    ),
    conflicts: conflicts.toSorted((a, b) => (a.model < b.model ? -1 : a.model > b.model ? 1 : 0))
  }
}
