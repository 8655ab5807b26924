import type { CatalogModel } from "../../src/catalog/CatalogModel.ts"
import type { Row } from "./merge.ts"

/** What a name may have beside a model's: a day, a stage, a version of the service. */
const additions = /[-@](?:\d{8}|\d{4}-\d{2}-\d{2}|\d{2}-\d{4}|\d{2}-\d{2}|\d{4}|00\d|latest|default|beta|experimental|exp|preview|maas)(?=[-@]|$)/g

/** The name without a region (Bedrock), a maker's folder (Vertex), the day of a snapshot or a stage. */
const baseOf = ({ id, provider }: CatalogModel): string => {
  const name = id.toLowerCase()
  const bare =
    provider === "bedrock"
      ? name.replace(/^(?:us|eu|apac|jp|au|ca|sa|in|global|us-gov)\./, "").replace(/-v\d+(?::\d+)?$/, "")
      : provider === "vertex"
        ? name.replace(/^.*\//, "")
        : name
  return bare.replaceAll(additions, "").replaceAll(additions, "")
}

const factsOf = ({ model: { deprecated, kind, price } }: Row): string => JSON.stringify([kind, deprecated, price])

/** The shortest name, and of those as long the first: without a region, without a day. */
const compareNames = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : 1)

/**
 * Snapshots and regions of one model that cost the same, and end on the same day, are other names of it. A name that is
 * a row of its own is no other name of another.
 */
export const fold = (rows: ReadonlyArray<Row>): ReadonlyArray<Row> => {
  const groups = Map.groupBy(rows, (row) => `${row.model.provider}\n${baseOf(row.model)}\n${factsOf(row)}`)
  const folded = [...groups.values()].map((group): Row => {
    const [first = group[0]!, ...others] = group.toSorted((a, b) => compareNames(a.model.id, b.model.id))
    const names = [...first.model.aliases, ...others.flatMap(({ model }) => [model.id, ...model.aliases])]
    const capabilities = [...new Set(group.flatMap(({ model }) => model.capabilities))]
    return {
      ...first,
      model: {
        ...first.model,
        capabilities,
        input: [...new Set(group.flatMap(({ model }) => model.input))],
        contextWindow: first.model.contextWindow ?? others.find(({ model }) => model.contextWindow !== undefined)?.model.contextWindow,
        maxOutputTokens:
          first.model.maxOutputTokens ?? others.find(({ model }) => model.maxOutputTokens !== undefined)?.model.maxOutputTokens,
        aliases: [...new Set(names)],
        matchers: [...new Set(group.flatMap(({ model }) => model.matchers))]
      }
    }
  })
  const own = new Set(folded.map(({ model }) => `${model.provider}/${model.id.toLowerCase()}`))
  const taken = new Set<string>()
  return folded.map((row) => ({
    ...row,
    model: {
      ...row.model,
      aliases: row.model.aliases
        .filter((alias) => {
          const name = `${row.model.provider}/${alias.toLowerCase()}`
          if (own.has(name) || taken.has(name)) return false
          taken.add(name)
          return true
        })
        .toSorted()
    }
  }))
}
