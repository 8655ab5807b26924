import * as Result from "effect/Result"
import { ResponseParseError } from "../../domain/errors/ResponseParseError.ts"
import type { Json } from "../../domain/Json.ts"
import type { ModerationRequest } from "../../domain/ModerationRequest.ts"
import type { ModerationResponse } from "../../domain/ModerationResponse.ts"
import * as Usage from "../../domain/Usage.ts"
import { array, isObject, object, text } from "../wire/WireObject.ts"

/** Reads the judgements of an answer. Where it does not say whether an input is flagged, any category does. */
export const decode = (
  body: unknown,
  { inputs }: ModerationRequest
): Result.Result<ModerationResponse, ResponseParseError> => {
  const results = array(object(body)?.results).flatMap((item) => {
    if (!isObject(item) || !isObject(item.categories)) return []
    const categories = of(item.categories, (value) => typeof value === "boolean")
    const applied = object(item.category_applied_input_types)
    return [
      {
        flagged: typeof item.flagged === "boolean" ? item.flagged : Object.values(categories).some(Boolean),
        categories,
        scores: of(item.category_scores, (value) => typeof value === "number" && Number.isFinite(value)),
        appliedInputTypes: applied && of(applied, (value): value is ReadonlyArray<string> => Array.isArray(value))
      }
    ]
  })
  if (!isObject(body) || results.length !== inputs.length) {
    const detail = `${inputs.length} judgements were asked for, and ${results.length} came that can be read`
    return Result.fail(new ResponseParseError({ detail }))
  }
  const usage = object(body.usage)
  return Result.succeed({
    id: text(body.id),
    model: text(body.model),
    results: results as ModerationResponse["results"],
    usage: Usage.make({ input: usage?.prompt_tokens ?? usage?.total_tokens, output: 0 }, { raw: usage as Json }),
    warnings: [],
    attempts: [],
    raw: body as Json
  })
}

/** The values of a kind; `null` stands for a category that was not judged. */
const of = <A>(
  u: unknown,
  is: ((value: unknown) => value is A) | ((value: unknown) => boolean)
): { readonly [name: string]: A } =>
  Object.fromEntries(Object.entries(object(u) ?? {}).filter(([, value]) => is(value))) as { readonly [name: string]: A }
