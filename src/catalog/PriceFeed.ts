import * as Predicate from "effect/Predicate"
import type * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type { Feed } from "./sources/Feed.ts"
import * as GenaiPrices from "./sources/GenaiPrices.ts"
import * as LiteLlm from "./sources/LiteLlm.ts"
import * as ModelsDev from "./sources/ModelsDev.ts"

/**
 * A file of prices somewhere on the network, and how to read it.
 *
 * @since 0.1.0
 * @category models
 */
export interface PriceFeed {
  readonly name: string
  readonly url: string
  readonly decode: (data: unknown) => Result.Result<Feed, Schema.SchemaError>
  /** Splits a large file into parts for `decode`, so that other fibers run in between. */
  readonly split?: ((data: unknown) => ReadonlyArray<unknown>) | undefined
}

/** An object as objects of at most `size` of its keys. */
const byKeys =
  (size: number) =>
  (data: unknown): ReadonlyArray<unknown> => {
    if (!Predicate.isObject(data)) return [data]
    const entries = Object.entries(data)
    return entries.length <= size ? [data] : chunks(entries, size).map((chunk) => Object.fromEntries(chunk))
  }

const chunks = <A>(all: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size))

/**
 * The prices of https://models.dev: many providers and the newest models, MIT.
 *
 * @since 0.1.0
 * @category feeds
 */
export const modelsDev: PriceFeed = {
  name: "models.dev",
  url: "https://models.dev/api.json",
  decode: (data) => ModelsDev.decode(data),
  split: byKeys(1)
}

/**
 * The prices of https://github.com/pydantic/genai-prices: dated prices and hours of the day, MIT.
 *
 * @since 0.1.0
 * @category feeds
 */
export const genaiPrices: PriceFeed = {
  name: "genai-prices",
  url: "https://raw.githubusercontent.com/pydantic/genai-prices/main/prices/new_data/v2/data.json",
  decode: (data) => GenaiPrices.decode(data),
  split: (data) => (Array.isArray(data) && data.length > 0 ? chunks(data, 1) : [data])
}

/**
 * The price file of https://github.com/BerriAI/litellm, MIT.
 *
 * @since 0.1.0
 * @category feeds
 */
export const liteLlm: PriceFeed = {
  name: "litellm",
  url: "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json",
  decode: (data) => LiteLlm.decode(data),
  split: byKeys(200)
}

/**
 * The feeds by name.
 *
 * @since 0.1.0
 * @category feeds
 */
export const all: { readonly [name: string]: PriceFeed } = {
  "models.dev": modelsDev,
  "genai-prices": genaiPrices,
  litellm: liteLlm
}
