import * as Effect from "effect/Effect"
import { Models } from "../../calls/Models.ts"
import * as NamedModels from "../../models/NamedModels.ts"

const latest = ":latest"

/** The name of a model as settings have it: to Ollama's clients, a name without a tag has the tag `latest`. */
export const nameOf = Effect.fnUntraced(function* (name: string): Effect.fn.Return<string, never, Models> {
  if (!name.endsWith(latest)) return name
  const { state } = yield* Models
  const { settings } = yield* state
  return NamedModels.of(settings).find(name) === undefined ? name.slice(0, -latest.length) : name
})
