import * as Effect from "effect/Effect"
import type { Json } from "effect-llm/domain/Json"
import { ModelNotFoundError } from "effect-llm/domain/CallErrors"
import type { Caller } from "../../access/Caller.ts"
import { invalid, Refused } from "../../calls/Failure.ts"
import { Models } from "../../calls/Models.ts"
import { json } from "../../http/Answer.ts"
import * as Body from "../../http/Body.ts"
import type { Route } from "../../http/Routes.ts"
import { ModelDirectory } from "../../models/ModelDirectory.ts"
import type { ModelFacts } from "../../models/ModelFacts.ts"
import { epoch, present } from "../../models/Shape.ts"
import { nameOf } from "./ModelName.ts"
import { ollama } from "./Ollama.ts"

/** The version of Ollama whose API this is: clients refuse to speak to old ones. */
const version = "0.12.11"

/** The lists of all models and of those in use, and the details of one. */
export const models: ReadonlyArray<Route<Models | ModelDirectory>> = [
  {
    method: "GET",
    path: "/api/tags",
    dialect: ollama,
    access: "key",
    run: Effect.fnUntraced(function* ({ caller }) {
      const { list } = yield* ModelDirectory
      return json({ models: (yield* list(caller)).map(encode) })
    })
  },
  {
    method: "POST",
    path: "/api/show",
    dialect: ollama,
    access: "key",
    run: Effect.fnUntraced(function* ({ caller, received }) {
      const body = yield* Body.json(received)
      const { model, name } = Object(body) as { readonly model?: unknown; readonly name?: unknown }
      const id = model ?? name
      if (typeof id !== "string") return yield* invalid("model is required")
      return json(encodeShown(yield* found(caller, id)))
    })
  },
  {
    method: "GET",
    path: "/api/ps",
    dialect: ollama,
    access: "key",
    run: Effect.fnUntraced(function* ({ caller }) {
      const { list } = yield* ModelDirectory
      const stats = yield* Effect.flatMap(Models, ({ stats }) => stats)
      const isBusy = ({ id }: ModelFacts) => stats[id]?.some(({ busy }) => busy > 0) === true
      return json({ models: (yield* list(caller)).filter(isBusy).map(encodeRunning) })
    })
  },
  {
    method: "GET",
    path: "/api/version",
    dialect: ollama,
    access: "open",
    run: () => Effect.succeed(json({ version }))
  }
]

const found = Effect.fnUntraced(function* (caller: Caller, name: string) {
  const { find } = yield* ModelDirectory
  return yield* Effect.mapError(
    find(caller, yield* nameOf(name)),
    () => new Refused({ error: new ModelNotFoundError({ model: name, detail: `model '${name}' not found` }) })
  )
})

const detailsOf = ({ provider }: ModelFacts) => ({
  parent_model: "",
  format: "",
  family: provider,
  families: [provider],
  parameter_size: "",
  quantization_level: ""
})

/** There is no file behind a name, so the digest is of the name alone. */
const digestOf = (id: string): string =>
  Array.from(new TextEncoder().encode(id), (byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .padEnd(64, "0")
    .slice(0, 64)

/**
 * A model in Ollama's list.
 *
 * @see https://docs.ollama.com/api/tags
 */
const encode = (model: ModelFacts) => ({
  name: model.id,
  model: model.id,
  modified_at: `${model.created ?? epoch}T00:00:00Z`,
  size: 0,
  digest: digestOf(model.id),
  details: detailsOf(model)
})

/**
 * What Ollama shows of a model. Clients read the window from the key that the architecture begins.
 *
 * @see https://docs.ollama.com/api-reference/show-model-details
 */
const encodeShown = (model: ModelFacts): Json => ({
  modelfile: `FROM ${model.id}`,
  parameters: "",
  template: "",
  details: detailsOf(model),
  modified_at: `${model.created ?? epoch}T00:00:00Z`,
  model_info: present({
    "general.architecture": model.provider,
    "general.basename": model.displayName,
    [`${model.provider}.context_length`]: model.contextWindow
  }),
  capabilities:
    model.kind === "embedding"
      ? ["embedding"]
      : [
          "completion",
          ...(model.tools === true ? ["tools"] : []),
          ...(model.images === true ? ["vision"] : []),
          ...(model.reasoning === true ? ["thinking"] : [])
        ]
})

const encodeRunning = (model: ModelFacts) => ({
  ...encode(model),
  expires_at: "9999-12-31T23:59:59Z",
  size_vram: 0,
  context_length: model.contextWindow
})
