import * as Result from "effect/Result"
import { ResponseParseError } from "../domain/ChatResponse.ts"
import type { Json } from "../domain/Json.ts"
import type { ModelInfo } from "../domain/ModelInfo.ts"
import { array, compact, isObject, nonNegativeInt, object, text, type WireObject } from "./wire/WireObject.ts"

/**
 * Where a provider lists its models: a path below its base URL or a whole address, and the query parameter that asks
 * for the page after a cursor.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModelListEndpoint {
  readonly path: string
  readonly cursor?: string | undefined
}

/**
 * One page of a list of models; `next` is the cursor of the page after it.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModelPage {
  readonly models: ReadonlyArray<ModelInfo>
  readonly next: string | undefined
}

/**
 * Where the servers of a protocol list their models. Sources:
 * https://platform.openai.com/docs/api-reference/models, https://platform.claude.com/docs/en/api/models/list,
 * https://ai.google.dev/api/models, https://docs.cohere.com/reference/list-models and
 * https://docs.ollama.com/api/tags
 *
 * @since 0.1.0
 * @category constants
 */
export const endpoints: { readonly [protocol: string]: ModelListEndpoint } = {
  "openai-chat": { path: "/models" },
  "openai-responses": { path: "/models" },
  "mistral-chat": { path: "/models" },
  "anthropic-messages": { path: "/v1/models?limit=1000", cursor: "after_id" },
  "google-generate-content": { path: "/models?pageSize=1000", cursor: "pageToken" },
  "cohere-chat": { path: "/v1/models?page_size=1000", cursor: "page_token" },
  "ollama-chat": { path: "/api/tags" }
}

/**
 * Decodes a page of any server: the formats are alike, and some have more details than others.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodePage = (body: unknown): Result.Result<ModelPage, ResponseParseError> => {
  const page = object(body) ?? {}
  const rows = [body, page.data, page.models, page.modelSummaries, page.result].find(Array.isArray)
  if (rows === undefined) {
    const frame = { data: (typeof body === "string" ? body : (JSON.stringify(body) ?? "")).slice(0, excerpt) }
    return Result.fail(new ResponseParseError({ detail: "the body is not a list of models", frame }))
  }
  const next = page.has_more === true ? text(page.last_id) : (text(page.nextPageToken) ?? text(page.next_page_token))
  return Result.succeed({ models: array(rows).flatMap((row) => (isObject(row) ? decodeModel(row) : [])), next })
}

const excerpt = 4096

const decodeModel = (row: WireObject): ReadonlyArray<ModelInfo> => {
  // Cohere and Google call the id a name.
  const named = text(row.name)
  const id = text(row.id) ?? text(row.modelId) ?? text(row.model) ?? named?.replace(/^models\//, "")
  if (id === undefined) return []
  const name =
    text(row.display_name) ?? text(row.displayName) ?? text(row.modelName) ?? (named === id ? undefined : named)
  const capabilities = capabilitiesOf(row)
  return [
    {
      id,
      ...compact({
        name: name === id || name === `models/${id}` ? undefined : name,
        created: dayOf(row.created ?? row.created_at ?? row.modified_at),
        contextWindow: firstOf(row, contextFields),
        maxOutputTokens: firstOf(row, outputFields) ?? nonNegativeInt(object(row.top_provider)?.max_completion_tokens),
        capabilities: capabilities.length === 0 ? undefined : capabilities
      }),
      raw: row as Json
    }
  ]
}

const contextFields = [
  "context_window",
  "context_length",
  "max_context_length",
  "max_model_len",
  "max_input_tokens",
  "inputTokenLimit"
]
const outputFields = ["max_completion_tokens", "max_output_tokens", "max_tokens", "outputTokenLimit"]

const firstOf = (row: WireObject, fields: ReadonlyArray<string>): number | undefined =>
  fields.map((field) => nonNegativeInt(row[field])).find((value) => value !== undefined && value > 0)

/** Seconds since 1970, or a time in words that begin with the day. */
const dayOf = (u: unknown): string | undefined => {
  if (typeof u === "string") return /^\d{4}-\d{2}-\d{2}/.exec(u)?.[0]
  const seconds = nonNegativeInt(u)
  return seconds === undefined || seconds === 0 || seconds > 8.64e12
    ? undefined
    : new Date(seconds * 1000).toISOString().slice(0, 10)
}

const words: { readonly [word: string]: string } = {
  tools: "tools",
  function_calling: "tools",
  vision: "vision",
  image: "vision",
  IMAGE: "vision",
  reasoning: "reasoning",
  structured_outputs: "structuredOutput",
  json_schema: "structuredOutput",
  streaming: "streaming"
}

const capabilitiesOf = (row: WireObject): ReadonlyArray<string> => {
  const flags = object(row.capabilities) ?? {}
  const names = [
    ...Object.keys(flags).filter((key) => flags[key] === true),
    ...array(row.capabilities),
    ...array(row.features),
    ...array(row.supported_parameters),
    ...array(row.inputModalities),
    ...array(object(row.architecture)?.input_modalities),
    ...(row.supports_vision === true ? ["vision"] : []),
    ...(row.responseStreamingSupported === true ? ["streaming"] : [])
  ]
  const known = names.flatMap((word) =>
    typeof word === "string" && Object.hasOwn(words, word) ? [words[word] ?? word] : []
  )
  return [...new Set(known)]
}
