import type { Rerank, Kind } from "../domain/Capability.ts"
import { cachedFields } from "../domain/CallRequest.ts"
import { make as makeCheck } from "../domain/InputCheck.ts"
import { RerankRequest, RerankResponse } from "../domain/Rerank.ts"
import type { Model } from "./Model.ts"

/**
 * A model that orders documents by their relevance to a query.
 *
 * @since 0.1.0
 * @category models
 */
export type RerankModel<E = never, R = never> = Model<Rerank, E, R>

/**
 * The capability as a value, as `Model.make` takes it.
 *
 * @since 0.1.0
 * @category constants
 */
export const kind: Kind<Rerank> = {
  id: "rerank",
  empty: { query: "", documents: [] },
  make: (input) => input,
  check: makeCheck(RerankRequest),
  caching: {
    fields: {
      ...cachedFields,
      query: "keyed",
      documents: "keyed",
      topN: "keyed",
      maxTokensPerDocument: "keyed",
      returnDocuments: "keyed",
      truncate: "keyed"
    },
    response: RerankResponse
  }
}
