import * as Effect from "effect/Effect"
import type { Json } from "effect-llm/domain/Json"
import { invalid } from "../../calls/Failure.ts"
import { json } from "../../http/Answer.ts"
import type { Route } from "../../http/Routes.ts"
import { ModelDirectory } from "../../models/ModelDirectory.ts"
import type { ModelFacts } from "../../models/ModelFacts.ts"
import { present } from "../../models/Shape.ts"
import { google, placesOf, versions } from "./Google.ts"

/** How many models a page has, as Google's. */
const pageSize = { usual: 50, most: 1000 }

/** The models that a caller can name, page by page. */
const listed = versions.map((version): Route<ModelDirectory> => ({
  method: "GET",
  path: `${version}/models`,
  dialect: google,
  access: "key",
  run: Effect.fnUntraced(function* ({ caller, received: { query } }) {
    const { list } = yield* ModelDirectory
    const size = Number(query.get("pageSize") ?? query.get("page_size") ?? pageSize.usual) || pageSize.usual
    if (!Number.isInteger(size) || size < 0) return yield* invalid("pageSize: expected a number, 0 or more")
    const token = query.get("pageToken") ?? query.get("page_token") ?? ""
    const all = yield* list(caller)
    const start = token === "" ? 0 : all.findIndex(({ id }) => id === token)
    if (start < 0) return yield* invalid(`pageToken: there is no page ${token}`)
    const end = start + Math.min(size, pageSize.most)
    return json({ models: all.slice(start, end).map(encode), nextPageToken: all[end]?.id })
  })
}))

/** Each of them. */
const single = placesOf("").map(({ modelOf, path }): Route<ModelDirectory> => ({
  method: "GET",
  path,
  dialect: google,
  access: "key",
  run: Effect.fnUntraced(function* (exchange) {
    const { find } = yield* ModelDirectory
    return json(encode(yield* find(exchange.caller, modelOf(exchange))))
  })
}))

export const models = [...listed, ...single]

/** What Google calls the ways in which a model of a kind can be called. */
const methods: { readonly [kind in ModelFacts["kind"]]?: ReadonlyArray<string> } = {
  chat: ["generateContent", "streamGenerateContent", "countTokens"],
  embedding: ["embedContent", "batchEmbedContents"]
}

/**
 * A model in Google's list.
 *
 * @see https://ai.google.dev/api/models
 */
const encode = (model: ModelFacts): Json =>
  present({
    name: model.id.startsWith("tunedModels/") ? model.id : `models/${model.id}`,
    version: "1",
    displayName: model.displayName,
    inputTokenLimit: model.contextWindow,
    outputTokenLimit: model.maxOutputTokens,
    supportedGenerationMethods: methods[model.kind] ?? [],
    thinking: model.reasoning
  })
