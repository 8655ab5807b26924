import * as Context from "effect/Context"
import type { Annotations } from "./CallRecord.ts"

/**
 * Whom the calls of this fiber are for; see `annotate`.
 *
 * @since 0.1.0
 * @category references
 */
export const CurrentAnnotations: Context.Reference<Annotations> = Context.Reference<Annotations>(
  "effect-llm/policies/Journal/CurrentAnnotations",
  { defaultValue: () => ({}) }
)
