import * as Schema from "effect/Schema"
import type { CatalogModel } from "./CatalogModel.ts"
import { type Price, PriceVersion, type TierPrice } from "./Price.ts"

import { Rate, Rates } from "./Rate.ts"

const row = {
  provider: Schema.String,
  /** A regular expression on the model's id. */
  model: Schema.String,
  note: Schema.optional(Schema.String),
  source: Schema.String,
  checked: Schema.String
}

const priceTermsSchema = Schema.Struct({
  checked: Schema.String,
  tiers: Schema.Array(
    Schema.Struct({
      ...row,
      tier: Schema.String,
      multiplier: Schema.optional(Rate),
      rates: Schema.optional(Rates)
    })
  ),
  regions: Schema.Array(Schema.Struct({ ...row, region: Schema.String, multiplier: Rate })),
  fees: Schema.Array(Schema.Struct({ ...row, rates: Rates })),
  schedules: Schema.Array(Schema.Struct({ ...row, versions: Schema.Array(PriceVersion) }))
})

/**
 * What holds for many models of a provider at once: service tiers, regions, fees, hours of the day. Each row with its
 * source and the day on which it was checked.
 */
export interface PriceTerms extends Schema.Schema.Type<typeof priceTermsSchema> {}

/** The schema of `PriceTerms`. */
export const PriceTerms: Schema.Codec<PriceTerms> = priceTermsSchema

/** No terms: every price stays as it is. */
export const none: PriceTerms = { checked: "", tiers: [], regions: [], fees: [], schedules: [] }

const expressions = new Map<string, RegExp>()

const matches = (model: CatalogModel, row: { readonly provider: string; readonly model: string }): boolean => {
  if (row.provider !== model.provider) return false
  const found = expressions.get(row.model) ?? new RegExp(row.model, "i")
  expressions.set(row.model, found)
  return found.test(model.id)
}

/**
 * Adds to a model's price what the terms say of it. What the price itself says stays; a schedule takes the place of the
 * versions from its first day on.
 */
export const apply = (model: CatalogModel, terms: PriceTerms): CatalogModel => {
  const { price } = model
  if (price === undefined || price.billing !== undefined) return model
  const tiers: Record<string, TierPrice> = {}
  for (const row of terms.tiers) {
    if (matches(model, row)) tiers[row.tier] ??= { multiplier: row.multiplier, rates: row.rates }
  }
  const regions: Record<string, Rate> = {}
  for (const row of terms.regions) if (matches(model, row)) regions[row.region] ??= row.multiplier
  const fees: Rates = Object.assign({}, ...terms.fees.filter((row) => matches(model, row)).map(({ rates }) => rates))
  const schedule = terms.schedules.find((row) => matches(model, row))
  const versions = schedule === undefined ? price.versions : scheduled(price, schedule.versions)
  return {
    ...model,
    price: {
      ...price,
      versions: versions.map((version) => withFees(version, fees)),
      tiers: joined(tiers, price.tiers),
      regions: joined(regions, price.regions),
      ...(schedule === undefined ? {} : { source: schedule.source, asOf: schedule.checked })
    }
  }
}

const withFees = (version: PriceVersion, fees: Rates): PriceVersion => ({
  ...version,
  rates: { ...fees, ...version.rates }
})

const joined = <V>(
  terms: { readonly [key: string]: V },
  own: { readonly [key: string]: V } | undefined
): { readonly [key: string]: V } | undefined => (Object.keys(terms).length === 0 ? own : { ...terms, ...own })

const scheduled = (price: Price, versions: ReadonlyArray<PriceVersion>): ReadonlyArray<PriceVersion> => {
  const from = versions[0]?.from
  const before = from === undefined ? [] : price.versions.filter((version) => (version.from ?? "") < from)
  return [...before, ...versions]
}
