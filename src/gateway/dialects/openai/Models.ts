import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import { type Rate, toDecimal } from "effect-llm/catalog/Rate"
import type { Json } from "effect-llm/domain/Json"
import { json } from "../../http/Answer.ts"
import type { Route } from "../../http/Routes.ts"
import { ModelDirectory } from "../../models/ModelDirectory.ts"
import type { ModelFacts } from "../../models/ModelFacts.ts"
import { epoch, present } from "../../models/Shape.ts"
import { openAi } from "./OpenAi.ts"

const prefixes = ["/v1", "", "/openai/v1", "/openai"]

/** The models that a caller can name, and each of them. */
export const models: ReadonlyArray<Route<ModelDirectory>> = prefixes.flatMap(
  (prefix): ReadonlyArray<Route<ModelDirectory>> => [
    {
      method: "GET",
      path: `${prefix}/models`,
      dialect: openAi,
      access: "key",
      run: Effect.fnUntraced(function* ({ caller }) {
        const { list } = yield* ModelDirectory
        return json({ object: "list", data: (yield* list(caller)).map(encode) })
      })
    },
    {
      method: "GET",
      path: `${prefix}/models/{model...}`,
      dialect: openAi,
      access: "key",
      run: Effect.fnUntraced(function* ({ caller, params: { model = "" } }) {
        const { find } = yield* ModelDirectory
        return json(encode(yield* find(caller, model)))
      })
    }
  ]
)

/**
 * A model in OpenAI's list. What that has no field for is in those of OpenRouter's list, which many clients read.
 *
 * @see https://platform.openai.com/docs/api-reference/models/object
 * @see https://openrouter.ai/docs/api-reference/list-available-models
 */
const encode = (model: ModelFacts): Json =>
  present({
    id: model.id,
    object: "model",
    created: Math.floor(Date.parse(model.created ?? epoch) / 1000),
    owned_by: model.provider,
    name: model.displayName,
    context_length: model.contextWindow,
    architecture: model.input && model.output && { input_modalities: model.input, output_modalities: model.output },
    top_provider:
      model.maxOutputTokens === undefined
        ? undefined
        : present({ context_length: model.contextWindow, max_completion_tokens: model.maxOutputTokens }),
    supported_parameters: supported(model),
    pricing: pricing(model.rates)
  })

const supported = ({ kind, reasoning, structuredOutput, tools }: ModelFacts): ReadonlyArray<string> | undefined =>
  kind !== "chat"
    ? undefined
    : [
        ...(tools === true ? ["tools", "tool_choice"] : []),
        ...(structuredOutput === true ? ["response_format", "structured_outputs"] : []),
        ...(reasoning === true ? ["reasoning"] : [])
      ]

const million = BigDecimal.fromNumberUnsafe(1e6)

/** Dollars for one token, as decimal text. */
const pricing = (rates: ModelFacts["rates"]): Json | undefined => {
  if (rates?.input === undefined) return undefined
  const each = (rate: Rate | undefined) =>
    rate === undefined ? undefined : BigDecimal.format(BigDecimal.divideUnsafe(toDecimal(rate), million))
  return present({
    prompt: each(rates.input),
    completion: each(rates.output),
    input_cache_read: each(rates.cacheRead),
    input_cache_write: each(rates.cacheWrite)
  })
}
