import * as Effect from "effect/Effect"
import type { Json } from "effect-llm/domain/Json"
import { invalid } from "../../calls/Failure.ts"
import { json } from "../../http/Answer.ts"
import type { Route } from "../../http/Routes.ts"
import { ModelDirectory } from "../../models/ModelDirectory.ts"
import type { ModelFacts } from "../../models/ModelFacts.ts"
import { epoch, present } from "../../models/Shape.ts"
import { anthropic } from "./Anthropic.ts"

/** How many models a page has, as Anthropic's. */
const pageSize = { usual: 20, most: 1000 }

/** The models that a caller can name, page by page, and each of them. */
export const models: ReadonlyArray<Route<ModelDirectory>> = ["/v1", ""].flatMap(
  (prefix): ReadonlyArray<Route<ModelDirectory>> => [
    {
      method: "GET",
      path: `${prefix}/models`,
      dialect: anthropic,
      access: "key",
      run: Effect.fnUntraced(function* ({ caller, received: { query } }) {
        const { list } = yield* ModelDirectory
        const limit = query.has("limit") ? Number(query.get("limit")) : pageSize.usual
        if (!Number.isInteger(limit) || limit < 1 || limit > pageSize.most)
          return yield* invalid(`limit: expected a number from 1 to ${pageSize.most}`)
        const all = yield* list(caller)
        const after = yield* placeOf(all, query, "after_id")
        const before = yield* placeOf(all, query, "before_id")
        const end = before ?? all.length
        const start = after === undefined ? (before === undefined ? 0 : Math.max(0, end - limit)) : after + 1
        const page = all.slice(start, Math.min(end, start + limit))
        return json({
          data: page.map(encode),
          has_more: before === undefined ? start + page.length < all.length : start > 0,
          first_id: page[0]?.id ?? null,
          last_id: page.at(-1)?.id ?? null
        })
      })
    },
    {
      method: "GET",
      path: `${prefix}/models/{model...}`,
      dialect: anthropic,
      access: "key",
      run: Effect.fnUntraced(function* ({ caller, params: { model = "" } }) {
        const { find } = yield* ModelDirectory
        return json(encode(yield* find(caller, model)))
      })
    }
  ]
)

/** Where the model is that a page comes after or before. */
const placeOf = (all: ReadonlyArray<ModelFacts>, query: URLSearchParams, name: "after_id" | "before_id") => {
  const id = query.get(name)
  if (id === null) return Effect.undefined
  const place = all.findIndex((model) => model.id === id)
  return place < 0 ? invalid(`${name}: there is no model ${id}`) : Effect.succeed(place)
}

/**
 * A model in Anthropic's list.
 *
 * @see https://platform.claude.com/docs/en/api/models/list
 */
const encode = (model: ModelFacts): Json =>
  present({
    type: "model",
    id: model.id,
    display_name: model.displayName,
    created_at: `${model.created ?? epoch}T00:00:00Z`,
    max_input_tokens: model.contextWindow,
    max_tokens: model.maxOutputTokens
  })
