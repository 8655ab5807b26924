import type { Price, PriceVersion } from "../../src/catalog/Price.ts"

import type { Row } from "./merge.ts"

/** Who sells another vendor's models on that vendor's terms: dates, thresholds and hours of long context. */
const sells: { readonly [provider: string]: string } = { vertex: "google" }

const isSame = (a: PriceVersion | undefined, b: PriceVersion | undefined): boolean =>
  a !== undefined && b !== undefined && a.rates.input === b.rates.input && a.rates.output === b.rates.output

/** Who serves another vendor's models whole, with what they read and how they answer. */
const serves: { readonly [provider: string]: string } = { vertex: "google", azure: "openai" }

/** LiteLLM leaves these out of half of its rows, and pi-ai does not know them. */
const served = ["structuredOutput", "pdf"]

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
 * context: https://cloud.google.com/vertex-ai/generative-ai/pricing. No source says so of Vertex itself. What OpenAI's models
 * on Azure and Google's on Vertex take and give is what they do at their makers.
 */
export const inherit = (rows: ReadonlyArray<Row>): ReadonlyArray<Row> => {
  const byName = new Map(rows.flatMap(({ model }) => [model.id, ...model.aliases].map((id) => [`${model.provider}/${id}`, model])))
  const makerOf = (provider: string | undefined, id: string) => (provider === undefined ? undefined : byName.get(`${provider}/${id}`))
  return rows.map((row) => {
    const { capabilities, id, input, kind, price, provider } = row.model
    const seller = makerOf(sells[provider], id)?.price
    const maker = makerOf(serves[provider], id)
    const added = maker === undefined || kind !== "chat" ? [] : served.filter((name) => maker.capabilities.includes(name))
    return {
      ...row,
      model: {
        ...row.model,
        capabilities: [...new Set([...capabilities, ...added])],
        input: [...new Set([...input, ...(added.includes("pdf") ? ["pdf"] : [])])],
        price: price === undefined || seller === undefined ? price : inheritPrice(price, seller)
      }
    }
  })
}
