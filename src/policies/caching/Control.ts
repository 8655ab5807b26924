import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"

/**
 * How the caches in this fiber treat a call. `no-store` neither reads nor keeps, `refresh` keeps without reading. `ttl` and
 * `namespace` take the place of those of the cache.
 *
 * @since 0.1.0
 * @category models
 */
export interface Control {
  readonly mode?: "no-store" | "refresh" | undefined
  readonly ttl?: Duration.Input | undefined
  readonly namespace?: string | undefined
}

/**
 * How the caches in this fiber treat calls; see `control`.
 *
 * @since 0.1.0
 * @category references
 */
export const CurrentControl: Context.Reference<Control> = Context.Reference<Control>(
  "effect-llm/policies/ResponseCache/CurrentControl",
  { defaultValue: () => ({}) }
)
