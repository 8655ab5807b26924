import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as ProviderSettings from "effect-llm/providers/ProviderSettings"
import { claudeCli, compatible, kinds } from "../../settings/build/Kinds.ts"
import type { Settings } from "../../settings/Settings.ts"

/** The providers whose keys are among some variables, by id. */
export const configured = Effect.fnUntraced(function* (
  variables: ConfigProvider.ConfigProvider
): Effect.fn.Return<ReadonlyArray<string>> {
  const ids: Array<string> = []
  for (const [id, kind] of yield* kinds) {
    if (id === claudeCli || id === compatible) continue
    const missing = yield* Effect.orDie(
      Effect.provideService(ProviderSettings.missing(kind), ConfigProvider.ConfigProvider, variables)
    )
    if (missing.length === 0) ids.push(id)
  }
  return ids
})

/** Settings for those who have none: every model of these providers, as `provider/model`. */
export const ofProviders = (ids: ReadonlyArray<string>, server?: Settings["server"]): Settings => ({
  ...(server && { server }),
  models: Object.fromEntries(ids.map((id) => [`${id}/*`, { deployments: [{ model: `${id}/*` }] }])),
  unlisted: "provider"
})

/** Settings for those who have no key either: a simulator is every model, and `sim-...` its own. */
export const ofSimulator = (baseUrl: string, server?: Settings["server"]): Settings => ({
  ...(server && { server }),
  providers: { simulator: { provider: compatible, baseUrl } },
  models: {
    "sim-*": { deployments: [{ model: "simulator/sim-*" }] },
    "*": { deployments: [{ model: "simulator/simulated-*" }] }
  }
})
