/**
 * How models of this protocol differ.
 *
 * @since 0.1.0
 * @category models
 */
export interface CohereChatQuirks {
  /** Whether plans of tool use go back as `tool_plan`. Default true; a model that refuses them needs none. */
  readonly toolPlans: boolean
}

/**
 * Fills in what is left open.
 *
 * @since 0.1.0
 * @category constructors
 */
export const withDefaults = (quirks: Partial<CohereChatQuirks> | undefined): CohereChatQuirks => ({
  toolPlans: true,
  ...quirks
})
