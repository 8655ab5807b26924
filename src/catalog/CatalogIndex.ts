import * as Result from "effect/Result"
import type * as CatalogModel from "./CatalogModel.ts"
import * as ProviderName from "./ProviderName.ts"

/** A model with the names to look it up by, decoded on first use. */
export interface Entry {
  readonly provider: string
  readonly id: string
  readonly aliases?: ReadonlyArray<string> | undefined
  readonly matchers?: ReadonlyArray<string> | undefined
  readonly load: () => CatalogModel.CatalogModel
}

/**
 * A model that was found, and how surely: by its own id, by another name of it, or because the name looks like it.
 */
export interface Found {
  readonly model: CatalogModel.CatalogModel
  readonly match: "exact" | "alias" | "fuzzy"
}

/** Models by name. */
export interface CatalogIndex {
  /** The providers that have models here. */
  readonly providers: ReadonlyArray<string>
  /** How many models there are. */
  readonly size: number
  /** Finds `provider/model`, or a model's name alone. */
  readonly find: (name: string) => Found | undefined
  readonly all: () => ReadonlyArray<CatalogModel.CatalogModel>
  /** Every model as `provider/model`, in the order of `all`. */
  readonly names: () => ReadonlyArray<string>
}

/** Who makes models comes before who resells them, when a name does not say whose model is meant. */
const makers = [
  "openai",
  "anthropic",
  "google",
  "xai",
  "deepseek",
  "mistral",
  "moonshotai",
  "zai",
  "minimax",
  "cohere",
  "perplexity",
  "meta",
  "voyageai",
  "xiaomi",
  "ant-ling",
  "arcee"
]

/** The gateway whose names others copy comes next. */
const first = "openrouter"

interface Slot {
  readonly entry: Entry
  model: CatalogModel.CatalogModel | undefined
}

const read = (slot: Slot): CatalogModel.CatalogModel => (slot.model ??= slot.entry.load())

/** The models of a provider. They are sorted by name when one of them is first looked up. */
class Shelf {
  readonly entries: Array<Entry> = []
  #maps: { readonly ids: Map<string, Slot>; readonly aliases: Map<string, Slot> } | undefined

  get #sorted() {
    if (this.#maps !== undefined) return this.#maps
    const ids = new Map<string, Slot>()
    const aliases = new Map<string, Slot>()
    for (const entry of this.entries) {
      const slot: Slot = { entry, model: undefined }
      ids.set(entry.id.toLowerCase(), slot)
      for (const alias of entry.aliases ?? []) aliases.set(alias.toLowerCase(), slot)
    }
    this.#maps = { ids, aliases }
    return this.#maps
  }

  get ids(): ReadonlyMap<string, Slot> {
    return this.#sorted.ids
  }

  get aliases(): ReadonlyMap<string, Slot> {
    return this.#sorted.aliases
  }

  exact(name: string): Found | undefined {
    const slot = this.ids.get(name)
    return slot === undefined ? undefined : { model: read(slot), match: "exact" }
  }

  sure(name: string): Found | undefined {
    const exact = this.exact(name)
    if (exact !== undefined) return exact
    const alias = this.aliases.get(name)
    return alias === undefined ? undefined : { model: read(alias), match: "alias" }
  }

  fuzzy(name: string): Found | undefined {
    for (const plain of plainer(name)) {
      const slot = this.ids.get(plain) ?? this.aliases.get(plain)
      if (slot !== undefined) return { model: read(slot), match: "fuzzy" }
    }
    let best: Slot | undefined
    let length = 0
    for (const slot of this.ids.values()) {
      for (const matcher of slot.entry.matchers ?? []) {
        if (matcher.length > length && holds(matcher, name)) {
          best = slot
          length = matcher.length
        }
      }
    }
    return best === undefined ? undefined : { model: read(best), match: "fuzzy" }
  }
}

/** The name without what often hangs on to it: a date, a version, a variant, a region. */
const plainer = (name: string): ReadonlyArray<string> => {
  const without = [
    name.replace(/[-@](?:\d{8}|\d{4}-\d{2}-\d{2})(?:-v\d+(?::\d+)?)?$/, ""),
    name.replace(/-(?:latest|preview|exp)$/, ""),
    name.replace(/:[a-z0-9-]+$/, ""),
    name.replace(/@.*$/s, ""),
    name.replace(/^(?:models|publishers\/[^/]+\/models)\//, ""),
    name.replace(/^(?:us|eu|apac|jp|au|ca|global)\./, "")
  ]
  return without.filter((plain) => plain !== name && plain !== "")
}

const expressions = new Map<string, RegExp>()

/** An invalid expression matches nothing. */
const expressionOf = (source: string): RegExp =>
  Result.getOrElse(
    Result.try(() => new RegExp(source, "i")),
    () => /(?!)/
  )

const holds = (matcher: string, name: string): boolean => {
  const text = matcher.slice(1)
  switch (matcher[0]) {
    case "^":
      return name.startsWith(text.toLowerCase())
    case "$":
      return name.endsWith(text.toLowerCase())
    case "*":
      return name.includes(text.toLowerCase())
    default: {
      const found = expressions.get(text) ?? expressionOf(text.slice(0, -1))
      expressions.set(text, found)
      return found.test(name)
    }
  }
}

/**
 * Indexes models. A later entry takes the place of an earlier one with the same provider and id.
 *
 * A name with a provider or a maker (`anthropic/claude-sonnet-5`) is found for sure only at that provider, by id or alias.
 * What others have under that name, such as gateways whose ids are `maker/model`, has their price: it is `fuzzy`, as is
 * a model that merely looks like the name. A bare name is looked up everywhere, with those who make models before those
 * who resell them.
 */
export const make = (entries: Iterable<Entry>): CatalogIndex => {
  const shelves = new Map<string, Shelf>()
  for (const entry of entries) {
    const provider = shelves.has(entry.provider) ? entry.provider : ProviderName.canonical(entry.provider)
    const shelf = shelves.get(provider) ?? new Shelf()
    shelves.set(provider, shelf)
    shelf.entries.push(entry)
  }
  const pick = (names: Iterable<string>) => [...new Set(names)].flatMap((name) => shelves.get(name) ?? [])
  const makerMatches = pick(makers)
  const ordered = pick([...makers, first, ...[...shelves.keys()].toSorted()])

  const sureAnywhere = (name: string): Found | undefined =>
    look(makerMatches, (shelf) => shelf.sure(name)) ??
    look(ordered, (shelf) => shelf.exact(name)) ??
    look(ordered, (shelf) => shelf.sure(name))
  const anywhere = (name: string): Found | undefined =>
    sureAnywhere(name) ?? look(ordered, (shelf) => shelf.fuzzy(name))

  const known = new Map<string, Found>()
  const find = (requested: string): Found | undefined => {
    const name = requested.trim().toLowerCase()
    const slash = name.indexOf("/")
    const shelf = slash <= 0 ? undefined : shelves.get(ProviderName.canonical(name.slice(0, slash)))
    const rest = name.slice(slash + 1)
    if (rest === "") return undefined
    // Some ids of a provider begin with its own name (`openrouter/auto`).
    const ofProvider = shelf?.sure(rest) ?? shelf?.sure(name)
    if (ofProvider !== undefined) return ofProvider
    if (slash <= 0) return anywhere(name)
    // The provider that is named is billed: the same name at another provider is only similar.
    const like = shelf?.fuzzy(rest) ?? anywhere(name) ?? anywhere(rest)
    return like === undefined ? undefined : { ...like, match: "fuzzy" }
  }
  /** A provider whose models are another's has its own first. */
  const resolve = (requested: string): Found | undefined => {
    const ofProvider = find(requested)
    const other =
      ofProvider === undefined || ofProvider.match === "fuzzy" ? ProviderName.elsewhere(requested) : undefined
    return (other === undefined ? undefined : find(other)) ?? ofProvider
  }
  return {
    providers: [...shelves.keys()],
    get size() {
      return ordered.reduce((size, { ids }) => size + ids.size, 0)
    },
    find: (name) => {
      const found = known.get(name) ?? resolve(name)
      if (found !== undefined && known.size < 10_000) known.set(name, found)
      return found
    },
    all: () => ordered.flatMap(({ ids }) => Array.from(ids.values(), read)),
    names: () => ordered.flatMap(({ ids }) => Array.from(ids.values(), ({ entry }) => `${entry.provider}/${entry.id}`))
  }
}

const look = (shelves: ReadonlyArray<Shelf>, find: (shelf: Shelf) => Found | undefined): Found | undefined => {
  for (const shelf of shelves) {
    const found = find(shelf)
    if (found !== undefined) return found
  }
  return undefined
}

/** The entry of a loaded model. */
export const entry = (model: CatalogModel.CatalogModel): Entry => ({
  provider: model.provider,
  id: model.id,
  aliases: model.aliases,
  matchers: model.matchers,
  load: () => model
})

/** How many pairs of letters two names share, from 0 (none) to 1 (all). */
const likeness = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>, size: number): number => {
  let shared = 0
  for (const [pair, count] of a) shared += Math.min(count, b.get(pair) ?? 0)
  return size === 0 ? 0 : (2 * shared) / size
}

const pairs = (name: string): ReadonlyMap<string, number> => {
  const found = new Map<string, number>()
  for (let at = 0; at < name.length - 1; at++) {
    const pair = name.slice(at, at + 2)
    found.set(pair, (found.get(pair) ?? 0) + 1)
  }
  return found
}

/**
 * The names in a catalog that look most like one that is not in it, at most three.
 *
 * @since 0.1.0
 * @category getters
 */
export const suggestions = (index: CatalogIndex, name: string): ReadonlyArray<string> => {
  const requested = name.toLowerCase()
  const requestedPairs = pairs(requested)
  return index
    .names()
    .map((full) => {
      const near = (requested.includes("/") ? full : full.slice(full.indexOf("/") + 1)).toLowerCase()
      return { full, score: likeness(requestedPairs, pairs(near), requested.length + near.length - 2) }
    })
    .filter(({ score }) => score >= 0.5)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, 3)
    .map(({ full }) => full)
}
