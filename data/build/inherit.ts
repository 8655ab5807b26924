import type { Price } from "../../src/catalog/Price.ts"
import type { PriceVersion } from "../../src/catalog/PriceVersion.ts"
import type { Row } from "./merge.ts"

/** Who sells another vendor's models on that vendor's terms: dates, thresholds and hours of long context. */
const sells: { readonly [provider: string]: string } = { vertex: "google" }

const isSame = (a: PriceVersion | undefined, b: PriceVersion | undefined): boolean =>
  a !== undefined && b !== undefined && a.rates["input"] === b.rates["input"] && a.rates["output"] === b.rates["output"]

/** The maker's versions where the seller has but one, at the rates of one of them. */
const inheritPrice = (price: Price, maker: Price): Price => {
  const [own, ...later] = price.versions
  const same = maker.versions.find((version) => isSame(version, own))
  if (own === undefined || same === undefined || later.length > 0) return price
  const terms = (version: PriceVersion): PriceVersion => ({
    ...version,
    rates: version === same ? own.rates : version.rates,
    thresholds: version === same ? (own.thresholds ?? version.thresholds) : version.thresholds
  })
  return { ...price, versions: maker.versions.slice(maker.versions.indexOf(same)).map((version, index) => {
    const { from, ...rest } = terms(version)
    return index === 0 || from === undefined ? rest : { from, ...rest }
  }) }
}

/**
 * Google's models on Vertex AI cost what they cost at Google, with the same introductory prices and the same long
 * context: https://cloud.google.com/vertex-ai/generative-ai/pricing. No source says so of Vertex itself.
 */
export const inherit = (rows: ReadonlyArray<Row>): ReadonlyArray<Row> => {
  const byName = new Map(rows.flatMap(({ model }) => [model.id, ...model.aliases].map((id) => [`${model.provider}/${id}`, model])))
  return rows.map((row) => {
    const { id, price, provider } = row.model
    const maker = sells[provider] === undefined ? undefined : byName.get(`${sells[provider]}/${id}`)?.price
    return price === undefined || maker === undefined ? row : { ...row, model: { ...row.model, price: inheritPrice(price, maker) } }
  })
}
