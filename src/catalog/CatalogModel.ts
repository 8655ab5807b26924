import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { Price } from "./Price.ts"

const catalogModelSchema = Schema.Struct({
  provider: Schema.String,
  /** The provider's name for the model. */
  id: Schema.String,
  name: Schema.optional(Schema.String),
  /** The capability it serves: `chat`, `embedding`, `image`, `video`, `transcription`, `speech`, `rerank`, `moderation` ... */
  kind: Schema.String,
  /** Tokens of input and output together, or of input alone where the provider limits them separately. */
  contextWindow: Schema.optional(Schema.Number),
  maxOutputTokens: Schema.optional(Schema.Number),
  /** `text`, `image`, `audio`, `video`, `pdf`. */
  input: Schema.Array(Schema.String),
  output: Schema.Array(Schema.String),
  /**
   * `tools`, `parallelTools`, `structuredOutput`, `reasoning`, `promptCaching`, `webSearch`, `streaming`, `computerUse`,
   * `vision`, `pdf`, `audioInput`, `audioOutput`, `videoInput`, `imageOutput`. Absent means unknown.
   */
  capabilities: Schema.Array(Schema.String),
  /** The efforts a reasoning model accepts, lowest first; `none` if reasoning can be turned off. */
  reasoningEfforts: Schema.optional(Schema.Array(Schema.String)),
  /** `true` for a retired model, or the day (`YYYY-MM-DD`) on which it is or was retired. */
  deprecated: Schema.optional(Schema.Union([Schema.Boolean, Schema.String])),
  price: Schema.optional(Price),
  /** Aliases: other exact names of this model. */
  aliases: Schema.Array(Schema.String),
  /** Patterns of names that probably mean this model: `^begins`, `$ends`, `*contains`, `/expression/`. */
  matchers: Schema.Array(Schema.String),
  /** Where this was read, and the day (`YYYY-MM-DD`) of it. */
  source: Schema.String,
  asOf: Schema.optional(Schema.String)
})

/**
 * A model of a provider, with its names, modalities, capabilities, limits and price.
 *
 * @since 0.1.0
 * @category models
 */
export interface CatalogModel extends Schema.Schema.Type<typeof catalogModelSchema> {}

/**
 * The schema of `CatalogModel`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CatalogModel: Schema.Codec<CatalogModel> = catalogModelSchema

/**
 * Makes a model from its known fields; the rest is unknown.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (model: Pick<CatalogModel, "provider" | "id"> & Partial<CatalogModel>): CatalogModel => {
  const input = model.input ?? ["text"]
  const output = model.output ?? ["text"]
  const asOf = model.asOf ?? model.price?.asOf
  const source = model.source ?? "custom"
  return {
    kind: "chat",
    aliases: [],
    matchers: [],
    ...model,
    input,
    output,
    source,
    asOf,
    capabilities: [...new Set([...(model.capabilities ?? []), ...ofModalities(input, output)])],
    price:
      model.price === undefined
        ? undefined
        : { ...model.price, row: `${model.provider}/${model.id}`, source: model.price.source ?? source, asOf }
  }
}

/**
 * Whether the model is retired at `at`. One that retires later is not.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isRetired = ({ deprecated }: Pick<CatalogModel, "deprecated">, at: DateTime.DateTime): boolean =>
  typeof deprecated === "string" ? deprecated <= DateTime.formatIsoDateUtc(at) : deprecated === true

/**
 * The retirement in words: `ends 2026-12-01`, `retired 2025-10-28`, `retired`; empty if none is announced.
 *
 * @since 0.1.0
 * @category conversions
 */
export const formatEnd = (model: Pick<CatalogModel, "deprecated">, at: DateTime.DateTime): string => {
  const day = typeof model.deprecated === "string" ? ` ${model.deprecated}` : ""
  return isRetired(model, at) ? `retired${day}` : day === "" ? "" : `ends${day}`
}

const ofModalities = (input: ReadonlyArray<string>, output: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...(input.includes("image") ? ["vision"] : []),
  ...(input.includes("pdf") ? ["pdf"] : []),
  ...(input.includes("audio") ? ["audioInput"] : []),
  ...(input.includes("video") ? ["videoInput"] : []),
  ...(output.includes("audio") ? ["audioOutput"] : []),
  ...(output.includes("image") ? ["imageOutput"] : [])
]
