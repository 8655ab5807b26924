import type { ClientRow } from "./Clients.ts"
import type { FeatureName } from "./Features.ts"
import type { Upstream } from "./Upstreams.ts"

/** What does not work, and why. */
export interface Limit {
  readonly client?: (client: ClientRow) => boolean
  readonly upstreams?: ReadonlyArray<Upstream>
  readonly features: ReadonlyArray<FeatureName>
  readonly because: string
}

export const limits: ReadonlyArray<Limit> = []

export const limitOf = (client: ClientRow, upstream: Upstream, feature: FeatureName): Limit | undefined =>
  limits.find(
    (limit) =>
      limit.features.includes(feature) &&
      (limit.upstreams?.includes(upstream) ?? true) &&
      (limit.client?.(client) ?? true)
  )
