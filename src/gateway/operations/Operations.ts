import type { Access } from "../access/Access.ts"
import type { Models } from "../calls/Models.ts"
import type { Route } from "../http/Routes.ts"
import type { Store } from "../store/Store.ts"
import type { CurrentSettings } from "./CurrentSettings.ts"
import { health } from "./Health.ts"
import type { Lifecycle } from "./Lifecycle.ts"
import { metricsPage } from "./MetricsPage.ts"
import type { ProcessMetrics } from "./ProcessMetrics.ts"

/** What a gateway says of itself to those who operate it. */
export const operations: ReadonlyArray<Route<Lifecycle | Store | CurrentSettings | Models | Access | ProcessMetrics>> =
  [...health, metricsPage]
