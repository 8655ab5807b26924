import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { BackingPersistence } from "effect/persistence/Persistence"
import * as Affinity from "effect-llm/router/Affinity"

/** Which deployment serves which session, for all processes. */
export const pins = (prefix: string): Layer.Layer<never, never, BackingPersistence> =>
  Layer.effect(Affinity.CurrentPins, Affinity.persisted(`${prefix}:pins`))

/** Which account encrypted which reasoning, for all processes, and after a restart too. */
export const origins = (prefix: string): Layer.Layer<never, never, BackingPersistence> =>
  Layer.effect(Affinity.CurrentOrigins, Effect.map(Affinity.persisted(`${prefix}:origins`), Affinity.remembered))
