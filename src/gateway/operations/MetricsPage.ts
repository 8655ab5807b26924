import * as Effect from "effect/Effect"
import { Access } from "../access/Access.ts"
import { forAdministrators, invalid } from "../calls/Failure.ts"
import { openAi } from "../dialects/openai/OpenAi.ts"
import type { Route } from "../http/Routes.ts"
import { CurrentSettings } from "./CurrentSettings.ts"
import { ProcessMetrics } from "./ProcessMetrics.ts"

/** Everything that is counted, as Prometheus reads it. Who may read it is in settings. */
export const metricsPage: Route<CurrentSettings | Access | ProcessMetrics> = {
  method: "GET",
  path: "/metrics",
  dialect: openAi,
  access: "open",
  run: Effect.fnUntraced(function* ({ received }) {
    const { get } = yield* CurrentSettings
    const access = get().server?.metrics ?? "admin"
    if (access === "off") return yield* invalid("metrics are off in the settings of this gateway", { status: 404 })
    if (access === "admin" && !(yield* (yield* Access).authenticate(received)).isAdmin) return yield* forAdministrators
    const { collect } = yield* ProcessMetrics
    return {
      status: 200,
      headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      body: yield* collect
    }
  })
}
