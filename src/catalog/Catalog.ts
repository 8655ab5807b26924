import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { UnknownModelError } from "../domain/ModelId.ts"
import * as CatalogIndex from "./CatalogIndex.ts"
import type { CatalogModel } from "./CatalogModel.ts"
import * as CatalogQuery from "./CatalogQuery.ts"
import * as EmbeddedCatalog from "./EmbeddedCatalog.ts"

import type { ParameterRestriction } from "./ParameterRestriction.ts"

/**
 * Lookups in a catalog.
 *
 * @since 0.1.0
 * @category models
 */
export interface CatalogShape {
  /** Finds a model by its id, an alias or a similar name, and says which of them matched. */
  readonly find: (name: string) => Effect.Effect<Option.Option<CatalogIndex.Found>>
  /** Like `find`, but a merely similar name fails, with suggestions in the error. */
  readonly resolve: (name: string) => Effect.Effect<CatalogModel, UnknownModelError>
  /** Up to three known names that look like this one, the nearest first. */
  readonly suggestions: (name: string) => Effect.Effect<ReadonlyArray<string>>
  /** Parameters the model rejects or ignores, each with its source. */
  readonly restrictions: (
    model: Pick<CatalogModel, "provider" | "id">
  ) => Effect.Effect<ReadonlyArray<ParameterRestriction>>
  /** The models that match the query. */
  readonly search: (query: CatalogQuery.CatalogQuery) => Effect.Effect<ReadonlyArray<CatalogModel>>
  /** The whole index, for lookups without an effect. */
  readonly index: Effect.Effect<CatalogIndex.CatalogIndex>
}

/**
 * Looks up models, their capabilities and prices, by `provider/model` or by model name alone.
 *
 * @since 0.1.0
 * @category services
 */
export class Catalog extends Context.Service<Catalog, CatalogShape>()("effect-llm/catalog/Catalog") {}

/**
 * Options of a catalog.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Custom models. They replace embedded ones with the same provider and id. */
  readonly models?: ReadonlyArray<CatalogModel> | undefined
  /** `false` leaves out the embedded models. */
  readonly embedded?: boolean | undefined
}

const restrictions = Effect.promise(() => import("./ParameterRestriction.ts"))

/**
 * A catalog of the embedded and custom models. The data is loaded on first use.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function* (options: Options = {}): Effect.fn.Return<CatalogShape> {
  const custom = (options.models ?? []).map(CatalogIndex.entry)
  const index = yield* Effect.cached(
    options.embedded === false
      ? Effect.sync(() => CatalogIndex.make(custom))
      : Effect.map(EmbeddedCatalog.load, ({ entries }) => CatalogIndex.make([...entries, ...custom]))
  )
  return Catalog.of({
    index,
    suggestions: (name) => Effect.map(index, (index) => CatalogIndex.suggestions(index, name)),
    restrictions: (model) => Effect.map(restrictions, ({ of }) => of(model)),
    find: (name) => Effect.map(index, ({ find }) => Option.fromNullishOr(find(name))),
    resolve: (name) =>
      Effect.flatMap(index, (index) => {
        const found = index.find(name)
        return found === undefined || found.match === "fuzzy"
          ? Effect.fail(new UnknownModelError({ requested: name, suggestions: CatalogIndex.suggestions(index, name) }))
          : Effect.succeed(found.model)
      }),
    search: Effect.fnUntraced(function* (query: CatalogQuery.CatalogQuery) {
      const { all } = yield* index
      const now = yield* Clock.currentTimeMillis
      return CatalogQuery.run(all(), query, DateTime.makeUnsafe(now))
    })
  })
})

/**
 * The catalog with the models of `options` on top of the embedded ones.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options: Options): Layer.Layer<Catalog> => Layer.effect(Catalog, make(options))

/**
 * The catalog of the embedded models.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Catalog> = layerWith({})
