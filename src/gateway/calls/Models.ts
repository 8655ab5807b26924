import * as Context from "effect/Context"
import type * as Settings from "../../settings/Settings.ts"

/** The models that callers can name, of the settings in use. */
export class Models extends Context.Service<Models, Omit<Settings.Built, "replace">>()("effect-llm-gateway/Models") {}
